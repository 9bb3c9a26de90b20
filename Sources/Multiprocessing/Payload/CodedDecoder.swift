// SPDX-License-Identifier: Apache-2.0
// The decoder of Payload: the form of CodedItem.swift to any Codable value.

/// Decodes whole values.
enum CodedDecoding {
  /// The value whose coded form is all of `bytes` from `start` on.
  static func decode<Value: Decodable>(
    _ type: Value.Type, _ bytes: [UInt8], from start: Int, _ descriptors: [OwnedDescriptor]
  ) throws(SystemError) -> Value {
    let source = CodedSource(bytes, descriptors)
    do {
      let item = try source.item(at: start, limit: bytes.count)
      guard item.end == bytes.count else { throw CodedDamage() }
      return try CodedDecoder(source, item, path: nil, depth: 0).value(type)
    } catch let error as SystemError {
      throw error
    } catch let error as DecodingError {
      throw SystemError(code: .payload, message: "Cannot decode \(type), \(describe(error))")
    } catch is CodedDamage {
      throw SystemError(
        code: .payload,
        message: "Cannot decode \(type): the bytes that arrived are damaged; both processes must run the same build.")
    } catch {
      throw SystemError(code: .payload, message: "Cannot decode \(type): \(error)")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "at \(codedPlace(context.codingPath)): \(context.debugDescription)"
    case .keyNotFound(let key, let context):
      "at \(codedPlace(context.codingPath)): there is no \"\(key.stringValue)\"."
    @unknown default: "\(error)"
    }
  }
}

/// Decodes one value.
struct CodedDecoder: Decoder {
  let source: CodedSource
  let item: CodedItem
  private let path: CodedPath?
  private let depth: Int

  init(_ source: CodedSource, _ item: CodedItem, path: CodedPath?, depth: Int) {
    self.source = source
    self.item = item
    self.path = path
    self.depth = depth
  }

  var codingPath: [any CodingKey] { path?.keys ?? [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard item.tag == CodedTag.keyed else { throw mismatch([String: Any].self) }
    return KeyedDecodingContainer(try CodedKeyedDecoding<Key>(self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try CodedUnkeyedDecoding(self) }
  func singleValueContainer() -> any SingleValueDecodingContainer { CodedSingleDecoding(decoder: self) }

  /// A decoder for an item inside this one.
  func below(_ item: CodedItem, _ key: (any CodingKey)?) throws -> CodedDecoder {
    guard depth < CodedLimit.depth else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath.suffix(3),
          debugDescription: "values lie more than \(CodedLimit.depth) deep in each other."))
    }
    return CodedDecoder(source, item, path: key.map { CodedPath(path, $0) } ?? path, depth: depth + 1)
  }

  /// The item inside this one, as a value.
  func value<Value: Decodable>(_ type: Value.Type, _ item: CodedItem, key: (any CodingKey)?) throws -> Value {
    if let value = try primitive(type, item, key) { return value }
    return try below(item, key).value(type)
  }

  /// This item as a value.
  func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let value = try primitive(type, item, nil) { return value }
    switch item.tag {
    case CodedTag.rawValue:
      // Not raw itself: an Optional, or another wrapper around one value.
      guard let rawType = type as? any RawPayload.Type else { return try type.init(from: self) }
      guard let value = rawValue(rawType) as? Value else { throw mismatch(type) }
      return value
    case CodedTag.rawArray:
      if let arrayType = RawForm.arrayType(type), let value = try rawArray(type, arrayType) { return value }
      return try type.init(from: self)
    default:
      return try type.init(from: self)
    }
  }

  /// Whether `type` is one that Swift's containers know by name, and then its value.
  private func primitive<Value>(_ type: Value.Type, _ item: CodedItem, _ key: (any CodingKey)?) throws -> Value? {
    func found<Found>(_ value: Found?) throws -> Value {
      guard let value else { throw mismatch(type, at: key) }
      return unsafe unsafeBitCast(value, to: Value.self)
    }
    if type == Int.self { return try found(source.integer(item, as: Int.self)) }
    if type == String.self { return try found(source.string(item)) }
    if type == Double.self { return try found(source.double(item)) }
    if type == Bool.self { return try found(source.bool(item)) }
    if type == Float.self { return try found(source.float(item)) }
    if type == Int64.self { return try found(source.integer(item, as: Int64.self)) }
    if type == UInt64.self { return try found(source.integer(item, as: UInt64.self)) }
    if type == Int32.self { return try found(source.integer(item, as: Int32.self)) }
    if type == UInt8.self { return try found(source.integer(item, as: UInt8.self)) }
    if type == UInt32.self { return try found(source.integer(item, as: UInt32.self)) }
    if type == UInt.self { return try found(source.integer(item, as: UInt.self)) }
    if type == UInt16.self { return try found(source.integer(item, as: UInt16.self)) }
    if type == Int16.self { return try found(source.integer(item, as: Int16.self)) }
    if type == Int8.self { return try found(source.integer(item, as: Int8.self)) }
    if type == Int128.self { return try found(source.integer(item, as: Int128.self)) }
    if type == UInt128.self { return try found(source.integer(item, as: UInt128.self)) }
    return nil
  }

  private func rawValue(_ type: any RawPayload.Type) -> (any RawPayload)? {
    func opened<Raw: RawPayload>(_ type: Raw.Type) -> (any RawPayload)? { source.load(type, item.content) }
    return opened(type)
  }

  /// nil: an array of other elements.
  private func rawArray<Value>(_ type: Value.Type, _ arrayType: any RawArray.Type) throws -> Value? {
    let array = try rawElements()
    guard array.code == arrayType.elementCode, array.stride == arrayType.elementStride else { return nil }
    return unsafe try RawForm.make(type, arrayType, byteCount: array.range.count) { storage in
      unsafe source.bytes.withUnsafeBytes { all in
        unsafe storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[array.range]))
      }
    }
  }

  /// What a raw array holds, and where.
  func rawElements() throws -> (code: UInt8, stride: Int, range: Range<Int>) {
    var position = item.content.lowerBound + 1
    guard position <= item.end else { throw CodedDamage() }
    let stride = try source.varint(at: &position, limit: item.end)
    let byteCount = item.end - position
    guard stride > 0, stride <= UInt64(UInt32.max), byteCount % Int(stride) == 0 else { throw CodedDamage() }
    return (source.bytes[item.content.lowerBound], Int(stride), position..<item.end)
  }

  func mismatch(_ type: Any.Type, at key: (any CodingKey)? = nil) -> DecodingError {
    let place = codingPath + (key.map { [$0] } ?? [])
    return .typeMismatch(
      type, .init(codingPath: place, debugDescription: "what arrived is no \(type), or does not fit into one."))
  }

  /// The descriptors and numbers of a value that `Travel` wrote.
  func travelled() throws -> (descriptors: [OwnedDescriptor], numbers: [Int]) {
    guard item.tag == CodedTag.travel else { throw mismatch(OwnedDescriptor.self) }
    var position = item.content.lowerBound
    let count = try source.byteCount(at: &position, limit: item.end)
    var descriptors: [OwnedDescriptor] = []
    for _ in 0..<count {
      let index = try source.varint(at: &position, limit: item.end)
      guard index < UInt64(source.descriptors.count) else { throw CodedDamage() }
      descriptors.append(source.descriptors[Int(index)])
    }
    var numbers: [Int] = []
    while position < item.end {
      let number = try source.item(at: position, limit: item.end)
      guard let value = try source.integer(number, as: Int.self) else { throw CodedDamage() }
      numbers.append(value)
      position = number.end
    }
    return (descriptors, numbers)
  }
}
