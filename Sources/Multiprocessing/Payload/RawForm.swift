// SPDX-License-Identifier: Apache-2.0
// Which way a type travels, decided once for each. Casts to protocols, above all to the conditional conformance of Array,
// take several times as long as all the rest of a small payload. Asked by Payload and its coder.

import Synchronization

/// How values of a type are written.
enum RawForm: UInt {
  case coded = 1
  /// A RawPayload.
  case value
  /// An array of RawPayload.
  case array

  /// Addresses of types, whose lowest three bits are free for the form. A type that meets another in its place is merely
  /// looked up again.
  private static let known = InlineArray<256, Atomic<UInt>> { _ in Atomic(0) }

  static func of<Value>(_ type: Value.Type) -> RawForm {
    let address = UInt(bitPattern: ObjectIdentifier(type))
    let place = Int((address >> 4 ^ address >> 12) & 255)
    let found = known[place].load(ordering: .relaxed)
    if found & ~7 == address, let form = RawForm(rawValue: found & 7) { return form }
    let form: RawForm = type is any RawPayload.Type ? .value : type is any RawArray.Type ? .array : .coded
    if address & 7 == 0 { known[place].store(address | form.rawValue, ordering: .relaxed) }
    return form
  }

  /// `value` as an array of raw elements; nil: it is none.
  static func array<Value>(_ value: Value) -> (any RawArray)? {
    // Written out: a generic function for one of them would look its type up at every call.
    if Value.self == [Double].self { return unsafe unsafeBitCast(value, to: [Double].self) }
    if Value.self == [Int].self { return unsafe unsafeBitCast(value, to: [Int].self) }
    if Value.self == [UInt8].self { return unsafe unsafeBitCast(value, to: [UInt8].self) }
    if Value.self == [Float].self { return unsafe unsafeBitCast(value, to: [Float].self) }
    return value as? any RawArray
  }

  /// `type` as one of an array of raw elements; nil: it is none.
  static func arrayType<Value>(_ type: Value.Type) -> (any RawArray.Type)? {
    guard of(type) == .array else { return nil }
    if type == [Double].self { return [Double].self }
    if type == [Int].self { return [Int].self }
    if type == [UInt8].self { return [UInt8].self }
    if type == [Float].self { return [Float].self }
    return type as? any RawArray.Type
  }

  /// The array that `fill` writes, as a `Value`, which is `arrayType`.
  static func make<Value>(
    _ type: Value.Type, _ arrayType: any RawArray.Type, byteCount: Int,
    fill: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Void
  ) throws(SystemError) -> Value {
    func opened<Made: RawArray>(_ type: Made.Type) throws(SystemError) -> Value {
      let array = unsafe try Made(byteCount: byteCount, fill: fill)
      return unsafe unsafeBitCast(array, to: Value.self)
    }
    return try opened(arrayType)
  }
}
