// SPDX-License-Identifier: Apache-2.0
// The three containers through which values take themselves from a CodedDecoder. Each is walked through once when it is
// opened: what it then hands out lies inside it.

/// The entries of a keyed container, and where the last one asked for ended: values are decoded in the order in which
/// they were encoded, so the next key is nearly always the next entry.
private final class KeyedCursor {
  let source: CodedSource
  let range: Range<Int>
  private var next: Int

  init(_ source: CodedSource, _ range: Range<Int>) throws {
    self.source = source
    self.range = range
    next = range.lowerBound
    var position = range.lowerBound
    while position < range.upperBound { position = try entry(at: position).item.end }
  }

  func entry(at start: Int) throws -> (key: Range<Int>, item: CodedItem) {
    var position = start
    let byteCount = try source.byteCount(at: &position, limit: range.upperBound)
    let key = position..<position + byteCount
    return (key, try source.item(at: key.upperBound, limit: range.upperBound))
  }

  func find(_ key: String) throws -> CodedItem? {
    if let item = try find(key, in: next..<range.upperBound) { return item }
    return try find(key, in: range.lowerBound..<next)
  }

  private func find(_ key: String, in part: Range<Int>) throws -> CodedItem? {
    var position = part.lowerBound
    while position < part.upperBound {
      let entry = try entry(at: position)
      position = entry.item.end
      guard source.matches(entry.key, key) else { continue }
      next = position
      return entry.item
    }
    return nil
  }

  /// Looks without moving on: `decodeIfPresent` asks three times for the same key.
  func peek(_ key: String) throws -> CodedItem? {
    let before = next
    defer { next = before }
    return try find(key)
  }
}

struct CodedKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let decoder: CodedDecoder
  private let cursor: KeyedCursor

  init(_ decoder: CodedDecoder) throws {
    self.decoder = decoder
    cursor = try KeyedCursor(decoder.source, decoder.item.content)
  }

  var codingPath: [any CodingKey] { decoder.codingPath }

  var allKeys: [Key] {
    var keys: [Key] = []
    var position = cursor.range.lowerBound
    while position < cursor.range.upperBound, let entry = try? cursor.entry(at: position) {
      position = entry.item.end
      if let text = cursor.source.text(entry.key), let key = Key(stringValue: text) { keys.append(key) }
    }
    return keys
  }

  func contains(_ key: Key) -> Bool { (try? cursor.peek(key.stringValue)) != nil }

  func decodeNil(forKey key: Key) throws -> Bool {
    guard let item = try cursor.peek(key.stringValue) else { throw missing(key) }
    return item.tag == CodedTag.null
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decoder.value(type, try item(key), key: key)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder.below(try item(key), key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder.below(try item(key), key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try decoder.below(try item(CodedSuperKey()), CodedSuperKey()) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder.below(try item(key), key) }

  private func item(_ key: any CodingKey) throws -> CodedItem {
    guard let item = try cursor.find(key.stringValue) else { throw missing(key) }
    return item
  }

  private func missing(_ key: any CodingKey) -> DecodingError {
    .keyNotFound(key, .init(codingPath: codingPath, debugDescription: "the key is missing."))
  }
}

struct CodedUnkeyedDecoding: UnkeyedDecodingContainer {
  private let decoder: CodedDecoder
  private var position: Int
  /// Not 0: the elements of a raw array, which have no tags.
  private let elementCode: UInt8
  private let stride: Int
  private let elementCount: Int
  private(set) var currentIndex = 0

  init(_ decoder: CodedDecoder) throws {
    self.decoder = decoder
    switch decoder.item.tag {
    case CodedTag.unkeyed:
      elementCode = 0
      stride = 0
      position = decoder.item.content.lowerBound
      var count = 0
      var end = position
      while end < decoder.item.end {
        end = try decoder.source.item(at: end, limit: decoder.item.end).end
        count += 1
      }
      elementCount = count
    case CodedTag.rawArray:
      let array = try decoder.rawElements()
      guard RawElement.byteCount(ofCode: array.code) == array.stride else { throw decoder.mismatch([Any].self) }
      elementCode = array.code
      stride = array.stride
      position = array.range.lowerBound
      elementCount = array.range.count / array.stride
    default: throw decoder.mismatch([Any].self)
    }
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { elementCount }
  var isAtEnd: Bool { currentIndex == elementCount }

  mutating func decodeNil() throws -> Bool {
    guard try item().tag == CodedTag.null else { return false }
    advance(over: try item())
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let item = try item()
    let value = try decoder.value(type, item, key: nil)
    advance(over: item)
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    try takeDecoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try takeDecoder().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try takeDecoder() }

  private mutating func takeDecoder() throws -> CodedDecoder {
    let item = try item()
    let inner = try decoder.below(item, CodedPosition(currentIndex))
    advance(over: item)
    return inner
  }

  private func item() throws -> CodedItem {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        Any.self, .init(codingPath: codingPath, debugDescription: "there are only \(elementCount) elements."))
    }
    return elementCode == 0
      ? try decoder.source.item(at: position, limit: decoder.item.end)
      : CodedItem(tag: CodedTag.element + elementCode, content: position..<position + stride)
  }

  private mutating func advance(over item: CodedItem) {
    position = item.end
    currentIndex += 1
  }
}

struct CodedSingleDecoding: SingleValueDecodingContainer {
  let decoder: CodedDecoder

  var codingPath: [any CodingKey] { decoder.codingPath }
  func decodeNil() -> Bool { decoder.item.tag == CodedTag.null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decoder.value(type, decoder.item, key: nil)
  }
}
