// SPDX-License-Identifier: Apache-2.0
// The bytes that a decoder reads, and how items and single values are read from them. Nothing is read before its length
// is compared with what there is.

/// An item found in a CodedSource.
struct CodedItem {
  var tag: UInt8
  /// Its content; empty where the tag says all.
  var content: Range<Int>
  /// The first byte behind the item.
  var end: Int { content.upperBound }
}

/// The form is broken. Becomes a `SystemError` with code `payload`.
struct CodedDamage: Error {}

final class CodedSource {
  let bytes: [UInt8]
  let descriptors: [OwnedDescriptor]

  init(_ bytes: [UInt8], _ descriptors: [OwnedDescriptor]) {
    self.bytes = bytes
    self.descriptors = descriptors
  }

  /// The item that begins at `start` and ends at `limit` or before.
  func item(at start: Int, limit: Int) throws -> CodedItem {
    guard start < limit else { throw CodedDamage() }
    let tag = bytes[start]
    var position = start + 1
    switch tag {
    case CodedTag.small...: break
    case CodedTag.null...CodedTag.yes: break
    case CodedTag.positive, CodedTag.negative:
      let first = position
      _ = try varint(at: &position, limit: limit)
      return CodedItem(tag: tag, content: first..<position)
    case CodedTag.float: return try item(tag, position, 4, limit)
    case CodedTag.double: return try item(tag, position, 8, limit)
    case CodedTag.signed128, CodedTag.unsigned128: return try item(tag, position, 16, limit)
    case CodedTag.string...CodedTag.travel:
      let byteCount = try byteCount(at: &position, limit: limit)
      return CodedItem(tag: tag, content: position..<position + byteCount)
    default: throw CodedDamage()
    }
    return CodedItem(tag: tag, content: position..<position)
  }

  private func item(_ tag: UInt8, _ start: Int, _ byteCount: Int, _ limit: Int) throws -> CodedItem {
    guard byteCount <= limit - start else { throw CodedDamage() }
    return CodedItem(tag: tag, content: start..<start + byteCount)
  }

  func varint(at position: inout Int, limit: Int) throws -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while position < limit {
      let byte = bytes[position]
      position += 1
      if shift == 63 && byte > 1 { throw CodedDamage() }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
      if shift > 63 { throw CodedDamage() }
    }
    throw CodedDamage()
  }

  /// A byte count that fits before `limit`.
  func byteCount(at position: inout Int, limit: Int) throws -> Int {
    let number = try varint(at: &position, limit: limit)
    guard number <= UInt64(limit - position) else { throw CodedDamage() }
    return Int(number)
  }

  // MARK: Single values. nil: the item is of another kind, or does not fit.

  func load<Value: BitwiseCopyable>(_ type: Value.Type, _ range: Range<Int>) -> Value? {
    guard range.count == MemoryLayout<Value>.size else { return nil }
    return unsafe bytes.withUnsafeBytes { all in
      unsafe RawElement.load(type, from: UnsafeRawBufferPointer(rebasing: all[range]))
    }
  }

  func integer<Value: FixedWidthInteger>(_ item: CodedItem, as type: Value.Type) throws -> Value? {
    var position = item.content.lowerBound
    switch item.tag {
    case CodedTag.small...: return Value(item.tag & 0x7F)
    case CodedTag.positive: return Value(exactly: try varint(at: &position, limit: item.end))
    case CodedTag.negative: return Value(exactly: ~Int64(bitPattern: try varint(at: &position, limit: item.end)))
    case CodedTag.signed128: return load(Int128.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.unsigned128: return load(UInt128.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 1: return load(UInt8.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 2: return load(Int8.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 3: return load(UInt16.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 4: return load(Int16.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 5: return load(UInt32.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 6: return load(Int32.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 7: return load(UInt64.self, item.content).flatMap { Value(exactly: $0) }
    case CodedTag.element + 8: return load(Int64.self, item.content).flatMap { Value(exactly: $0) }
    default: return nil
    }
  }

  func double(_ item: CodedItem) throws -> Double? {
    switch item.tag {
    case CodedTag.double, CodedTag.element + 10: return load(Double.self, item.content)
    case CodedTag.float, CodedTag.element + 9: return load(Float.self, item.content).map { Double($0) }
    default: return try integer(item, as: Int64.self).map { Double($0) }
    }
  }

  func float(_ item: CodedItem) throws -> Float? {
    switch item.tag {
    // Not by way of Double: a signalling NaN would come out as another one.
    case CodedTag.float, CodedTag.element + 9: load(Float.self, item.content)
    default: try double(item).map { Float($0) }
    }
  }

  func bool(_ item: CodedItem) -> Bool? {
    switch item.tag {
    case CodedTag.no: false
    case CodedTag.yes: true
    case CodedTag.element + 11: load(Bool.self, item.content)
    default: nil
    }
  }

  func string(_ item: CodedItem) throws -> String? {
    guard item.tag == CodedTag.string else { return nil }
    guard let text = text(item.content) else { throw CodedDamage() }
    return text
  }

  /// nil: not UTF-8.
  func text(_ range: Range<Int>) -> String? {
    unsafe bytes.withUnsafeBufferPointer { all in
      unsafe String(validating: UnsafeBufferPointer(rebasing: all[range]), as: UTF8.self)
    }
  }

  /// Whether `range` is the UTF-8 of `key`.
  func matches(_ range: Range<Int>, _ key: String) -> Bool {
    var key = key
    return key.withUTF8 { utf8 in
      guard utf8.count == range.count else { return false }
      return unsafe bytes.withUnsafeBufferPointer { all in
        unsafe utf8.elementsEqual(UnsafeBufferPointer(rebasing: all[range]))
      }
    }
  }
}
