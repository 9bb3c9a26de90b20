// SPDX-License-Identifier: Apache-2.0
// The three containers through which values give themselves to a CodedEncoder. One generic method each: what Swift's
// protocols list type by type is told apart in CodedBuffer.

struct CodedKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: CodedEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) {
    encoder.appendKey(key)
    encoder.appendNull()
  }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    encoder.appendKey(key)
    try encoder.append(value, key: key)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested>
  {
    pending(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { pending(key).unkeyedContainer() }
  func superEncoder() -> any Encoder { pending(CodedSuperKey()) }
  func superEncoder(forKey key: Key) -> any Encoder { pending(key) }

  private func pending(_ key: any CodingKey) -> CodedEncoder {
    encoder.appendKey(key)
    return encoder.pendingEncoder(key: key)
  }
}

struct CodedUnkeyedEncoding: UnkeyedEncodingContainer {
  let encoder: CodedEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.count }

  func encodeNil() { encoder.appendNull() }

  // Elements have no place in errors: it would cost each of them an allocation.
  func encode<Value: Encodable>(_ value: Value) throws { try encoder.append(value, key: nil) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    pending().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { pending().unkeyedContainer() }
  func superEncoder() -> any Encoder { pending() }

  private func pending() -> CodedEncoder { encoder.pendingEncoder(key: CodedPosition(count)) }
}

struct CodedSingleEncoding: SingleValueEncodingContainer {
  let encoder: CodedEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }
  func encodeNil() { encoder.appendNull() }
  func encode<Value: Encodable>(_ value: Value) throws { try encoder.append(value, key: nil) }
}
