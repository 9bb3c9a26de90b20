// SPDX-License-Identifier: Apache-2.0
// Values whose bytes are the value: they travel without being encoded. Users conform their own plain structs; Payload
// and the coder below ask for it.

/// A value that travels as its bytes in memory: numbers, and plain structs of them.
///
/// Conforming is a promise that the bytes mean the same in another process of the same program: no pointers, no file
/// descriptors. An array of such values is sent from its own storage and received into the new array's, with no copy of
/// its own. An `enum` should stay `Codable`: no check is made that the bytes which arrive are one of its cases.
public protocol RawPayload: BitwiseCopyable, Sendable {}

extension Int: RawPayload {}
extension Int8: RawPayload {}
extension Int16: RawPayload {}
extension Int32: RawPayload {}
extension Int64: RawPayload {}
extension UInt: RawPayload {}
extension UInt8: RawPayload {}
extension UInt16: RawPayload {}
extension UInt32: RawPayload {}
extension UInt64: RawPayload {}
extension Float: RawPayload {}
extension Double: RawPayload {}
extension Bool: RawPayload {}

/// How an element of the standard library lies in a raw array, so that another type than `Array` (a `Set`) can still be
/// decoded from one, element by element. 0: a user's type, which only the same type can read.
enum RawElement {
  static let codeOfDouble: UInt8 = 10

  static func code<Element>(of type: Element.Type) -> UInt8 {
    if type == Double.self { return codeOfDouble }
    if type == Int.self || type == Int64.self { return 8 }
    if type == UInt.self || type == UInt64.self { return 7 }
    if type == UInt8.self { return 1 }
    if type == Int8.self { return 2 }
    if type == UInt16.self { return 3 }
    if type == Int16.self { return 4 }
    if type == UInt32.self { return 5 }
    if type == Int32.self { return 6 }
    if type == Float.self { return 9 }
    if type == Bool.self { return 11 }
    return 0
  }

  /// nil: no such code.
  static func byteCount(ofCode code: UInt8) -> Int? {
    switch code {
    case 1, 2, 11: 1
    case 3, 4: 2
    case 5, 6, 9: 4
    case 7, 8, 10: 8
    default: nil
    }
  }

  /// The value whose bytes these are, `MemoryLayout<Value>.size` of them, at any alignment.
  static func load<Value: BitwiseCopyable>(_ type: Value.Type, from bytes: UnsafeRawBufferPointer) -> Value {
    // Any other byte than 0 or 1 would be a Bool that is neither.
    if type == Bool.self {
      return unsafe unsafeBitCast(unsafe bytes[0] & 1, to: type)
    }
    return unsafe bytes.loadUnaligned(as: type)
  }
}

/// An array of raw elements, of a type that is only known at run time.
protocol RawArray: Sendable {
  static var elementStride: Int { get }
  static var elementCode: UInt8 { get }

  var byteCount: Int { get }
  func withBytes<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure)

  /// A new array of `byteCount` bytes, a multiple of the stride, which `fill` writes all of.
  init(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Void) throws(SystemError)
}

extension Array: RawArray where Element: RawPayload {
  static var elementStride: Int { MemoryLayout<Element>.stride }
  static var elementCode: UInt8 { RawElement.code(of: Element.self) }

  var byteCount: Int { count * MemoryLayout<Element>.stride }

  func withBytes<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    var failure: Failure?
    unsafe withUnsafeBytes { bytes in
      do throws(Failure) { unsafe try body(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  init(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) {
    var failure: SystemError?
    unsafe self.init(unsafeUninitializedCapacity: byteCount / MemoryLayout<Element>.stride) { elements, count in
      let bytes = unsafe UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(elements.baseAddress), count: byteCount)
      do throws(SystemError) {
        unsafe try fill(bytes)
        if Element.self == Bool.self {
          for index in 0..<byteCount { unsafe bytes[index] &= 1 }
        }
        count = byteCount / MemoryLayout<Element>.stride
      } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
