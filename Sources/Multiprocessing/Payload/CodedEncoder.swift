// SPDX-License-Identifier: Apache-2.0
// The encoder of Payload: any Codable value to the form of CodedItem.swift. One CodedEncoder for each value that is not
// a number, a string or raw; all of them append to one buffer. Containers that Swift lets be filled in any order
// (nested ones, superclasses) get a buffer of their own, put in place when the value around them is complete.

/// Encodes whole values.
enum CodedEncoding {
  struct Result {
    var bytes: [UInt8]
    var descriptors: [Int32]
    var owners: [any AnyObject & Sendable]
  }

  /// The coded form of `value` behind `headByteCount` zero bytes.
  static func encode<Value: Encodable>(_ value: Value, headByteCount: Int) throws(SystemError) -> Result {
    let session = EncodingSession()
    let buffer = CodedBuffer(headByteCount: headByteCount)
    let root = CodedEncoder(session, buffer, path: nil, depth: 0)
    do {
      try root.append(value, key: nil)
      if let complaint = session.complaint { throw complaint }
    } catch let error as SystemError {
      throw error
    } catch EncodingError.invalidValue(_, let context) {
      throw SystemError(
        code: .payload,
        message: "Cannot encode \(Value.self), at \(codedPlace(context.codingPath)): \(context.debugDescription)")
    } catch {
      throw SystemError(code: .payload, message: "Cannot encode \(Value.self): \(error)")
    }
    return Result(bytes: buffer.bytes, descriptors: session.descriptors, owners: session.owners)
  }
}

/// What all encoders of one value share.
final class EncodingSession {
  fileprivate(set) var descriptors: [Int32] = []
  fileprivate(set) var owners: [any AnyObject & Sendable] = []
  /// The first wrong use of a container whose method cannot throw.
  fileprivate(set) var complaint: EncodingError?

  /// The index of `descriptor` among those that travel; `owner` lives until the payload goes.
  func index(of descriptor: Int32, owner: any AnyObject & Sendable) -> Int {
    if let index = descriptors.firstIndex(of: descriptor) { return index }
    descriptors.append(descriptor)
    owners.append(owner)
    return descriptors.count - 1
  }
}

/// Encodes one value.
final class CodedEncoder: Encoder {
  enum Form { case none, single, keyed, unkeyed }

  let session: EncodingSession
  let buffer: CodedBuffer
  private let path: CodedPath?
  private let depth: Int
  private var form = Form.none
  private var contentStart = 0
  /// Items written into the container.
  private(set) var count = 0
  /// Containers with a buffer of their own, and the offsets in ours where they go.
  private var pending: [(offset: Int, encoder: CodedEncoder)] = []

  init(_ session: EncodingSession, _ buffer: CodedBuffer, path: CodedPath?, depth: Int) {
    self.session = session
    self.buffer = buffer
    self.path = path
    self.depth = depth
  }

  var codingPath: [any CodingKey] { path?.keys ?? [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    open(.keyed)
    return KeyedEncodingContainer(CodedKeyedEncoding<Key>(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    open(.unkeyed)
    return CodedUnkeyedEncoding(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    open(.single)
    return CodedSingleEncoding(encoder: self)
  }

  /// A second request for the same container goes on with it: so does a subclass with its superclass's keys.
  private func open(_ wanted: Form) {
    guard form == .none else {
      if form != wanted { complain("The value asks for two different containers; one value has one.") }
      return
    }
    form = wanted
    if wanted != .single { buffer.open(wanted == .keyed ? CodedTag.keyed : CodedTag.unkeyed) }
    contentStart = buffer.bytes.count
  }

  private func complain(_ sentence: String) {
    guard session.complaint == nil else { return }
    session.complaint = .invalidValue(self, .init(codingPath: codingPath, debugDescription: sentence))
  }

  // MARK: Items

  /// Writes `value` as the next item.
  func append<Value: Encodable>(_ value: Value, key: (any CodingKey)?) throws {
    // Where `pendingEncoder` could only complain.
    guard depth <= CodedLimit.depth else { throw tooDeep(value) }
    countItem()
    if buffer.append(primitive: value) { return }
    switch RawForm.of(Value.self) {
    case .value: buffer.append(rawValue: value)
    case .array:
      // The form was asked of the type: a value of it is one.
      if let array = RawForm.array(value) { buffer.append(array: array) }
    case .coded:
      guard depth < CodedLimit.depth else { throw tooDeep(value) }
      let encoder = CodedEncoder(session, buffer, path: below(key), depth: depth + 1)
      try value.encode(to: encoder)
      try encoder.close()
    }
  }

  private func tooDeep<Value>(_ value: Value) -> EncodingError {
    .invalidValue(
      value,
      .init(
        codingPath: codingPath.suffix(3),
        debugDescription: "values lie more than \(CodedLimit.depth) deep in each other; send the parts in an array."))
  }

  func appendNull() {
    countItem()
    buffer.bytes.append(CodedTag.null)
  }

  func appendKey(_ key: any CodingKey) { buffer.append(text: key.stringValue) }

  /// An encoder for the next item that may be used until this value is complete.
  func pendingEncoder(key: any CodingKey) -> CodedEncoder {
    countItem()
    let encoder = CodedEncoder(session, CodedBuffer(), path: below(key), depth: depth + 1)
    if encoder.depth > CodedLimit.depth { complain("Containers lie more than \(CodedLimit.depth) deep in each other.") }
    pending.append((buffer.bytes.count, encoder))
    return encoder
  }

  /// Writes `descriptors` and `numbers` as the whole of this value.
  func travel(_ descriptors: [Int32], owner: any AnyObject & Sendable, numbers: [Int]) {
    open(.single)
    countItem()
    buffer.open(CodedTag.travel)
    let start = buffer.bytes.count
    buffer.append(varint: UInt64(descriptors.count))
    for descriptor in descriptors { buffer.append(varint: UInt64(session.index(of: descriptor, owner: owner))) }
    for number in numbers { buffer.append(integer: Int64(number)) }
    buffer.close(contentAt: start)
    if session.descriptors.count > Int(UInt16.max) { complain("A value has more than \(UInt16.max) descriptors.") }
  }

  private func countItem() {
    count += 1
    if form == .single && count > 1 { complain("A single value container takes one value.") }
  }

  private func below(_ key: (any CodingKey)?) -> CodedPath? { key.map { CodedPath(path, $0) } ?? path }

  /// The value has written all it has.
  func close() throws {
    switch form {
    case .none:
      // A value without anything in it.
      buffer.open(CodedTag.keyed)
    case .single:
      if count == 0 { complain("The value wrote nothing into its container.") }
    case .keyed, .unkeyed:
      if !pending.isEmpty { try insertPending() }
      buffer.close(contentAt: contentStart)
    }
  }

  private func insertPending() throws {
    var content: [UInt8] = []
    var copied = contentStart
    for (offset, encoder) in pending {
      try encoder.close()
      content += buffer.bytes[copied..<offset]
      content += encoder.buffer.bytes
      copied = offset
    }
    content += buffer.bytes[copied...]
    buffer.bytes.replaceSubrange(contentStart..., with: content)
    pending = []
  }
}
