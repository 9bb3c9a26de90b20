// SPDX-License-Identifier: Apache-2.0
// The bytes that an encoder writes, and how single values are written. Used by CodedEncoder.

final class CodedBuffer {
  var bytes: [UInt8]

  init(headByteCount: Int) {
    bytes = []
    bytes.reserveCapacity(256)
    for _ in 0..<headByteCount { bytes.append(0) }
  }

  init() { bytes = [] }

  func append(varint number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  func append(integer: Int64) {
    if integer < 0 {
      bytes.append(CodedTag.negative)
      append(varint: UInt64(bitPattern: ~integer))
    } else {
      append(integer: UInt64(integer))
    }
  }

  func append(integer: UInt64) {
    if integer < 0x80 {
      bytes.append(CodedTag.small | UInt8(integer))
    } else {
      bytes.append(CodedTag.positive)
      append(varint: integer)
    }
  }

  /// Byte count and UTF-8: a key, or what follows the tag of a string.
  func append(text: String) {
    var text = text
    text.withUTF8 { utf8 in
      append(varint: UInt64(utf8.count))
      unsafe bytes.append(contentsOf: utf8)
    }
  }

  private func append<Value: BitwiseCopyable>(_ tag: UInt8, _ value: Value) {
    bytes.append(tag)
    unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Writes a value that Swift's containers know by name. False: it is none of them.
  func append<Value>(primitive value: Value) -> Bool {
    // By comparison of types, not by casts: a cast takes longer than the rest together.
    if Value.self == Int.self {
      append(integer: Int64(unsafe unsafeBitCast(value, to: Int.self)))
    } else if Value.self == String.self {
      bytes.append(CodedTag.string)
      append(text: unsafe unsafeBitCast(value, to: String.self))
    } else if Value.self == Double.self {
      append(CodedTag.double, unsafe unsafeBitCast(value, to: Double.self))
    } else if Value.self == Bool.self {
      bytes.append(unsafe unsafeBitCast(value, to: Bool.self) ? CodedTag.yes : CodedTag.no)
    } else if Value.self == Float.self {
      append(CodedTag.float, unsafe unsafeBitCast(value, to: Float.self))
    } else {
      return append(otherInteger: value)
    }
    return true
  }

  private func append<Value>(otherInteger value: Value) -> Bool {
    if Value.self == Int64.self {
      append(integer: unsafe unsafeBitCast(value, to: Int64.self))
    } else if Value.self == UInt64.self {
      append(integer: unsafe unsafeBitCast(value, to: UInt64.self))
    } else if Value.self == Int32.self {
      append(integer: Int64(unsafe unsafeBitCast(value, to: Int32.self)))
    } else if Value.self == UInt8.self {
      append(integer: UInt64(unsafe unsafeBitCast(value, to: UInt8.self)))
    } else if Value.self == UInt32.self {
      append(integer: UInt64(unsafe unsafeBitCast(value, to: UInt32.self)))
    } else if Value.self == UInt.self {
      append(integer: UInt64(unsafe unsafeBitCast(value, to: UInt.self)))
    } else if Value.self == UInt16.self {
      append(integer: UInt64(unsafe unsafeBitCast(value, to: UInt16.self)))
    } else if Value.self == Int16.self {
      append(integer: Int64(unsafe unsafeBitCast(value, to: Int16.self)))
    } else if Value.self == Int8.self {
      append(integer: Int64(unsafe unsafeBitCast(value, to: Int8.self)))
    } else if Value.self == Int128.self {
      append(CodedTag.signed128, unsafe unsafeBitCast(value, to: Int128.self))
    } else if Value.self == UInt128.self {
      append(CodedTag.unsigned128, unsafe unsafeBitCast(value, to: UInt128.self))
    } else {
      return false
    }
    return true
  }

  /// A tag and room for the byte count of what follows; `close` fills it in.
  func open(_ tag: UInt8) {
    bytes.append(tag)
    bytes.append(0)
  }

  /// Ends the content that began at `start`, right behind its `open`. One byte holds the count of most; a longer one
  /// moves the content.
  func close(contentAt start: Int) {
    let byteCount = bytes.count - start
    if byteCount < 0x80 {
      bytes[start - 1] = UInt8(byteCount)
    } else {
      let number = CodedBuffer()
      number.append(varint: UInt64(byteCount))
      bytes.replaceSubrange(start - 1..<start, with: number.bytes)
    }
  }

  func append(array: any RawArray) {
    let type = type(of: array)
    open(CodedTag.rawArray)
    let start = bytes.count
    bytes.append(type.elementCode)
    append(varint: UInt64(type.elementStride))
    unsafe array.withBytes { unsafe bytes.append(contentsOf: $0) }
    close(contentAt: start)
  }

  func append<Value>(rawValue value: Value) {
    bytes.append(CodedTag.rawValue)
    append(varint: UInt64(MemoryLayout<Value>.size))
    unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
  }
}
