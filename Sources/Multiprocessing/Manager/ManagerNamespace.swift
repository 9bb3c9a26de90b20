// SPDX-License-Identifier: Apache-2.0
// Values of different types under names, in a manager's server: a dictionary whose values remember their types.

/// A namespace in a manager's server: each name has a value of any Codable type.
///
/// Asking for another type than the one that was set throws `payload`, setting a value of a private or local type
/// `programNotFound`: no other process could name it. The rest is as for `ManagerDictionary`.
public struct ManagerNamespace: Codable, Sendable {
  private var values: ManagerDictionary<String, NamespaceValue>

  init(_ values: ManagerDictionary<String, NamespaceValue>) { self.values = values }

  /// What a call of this handle waits for at most; nil: for ever. Does not travel.
  public var timeout: Duration? {
    get { values.timeout }
    set { values.timeout = newValue }
  }

  /// The value of `name`; nil: there is none.
  public func get<Value: Codable & Sendable>(_ name: String, as type: Value.Type) throws -> Value? {
    try values.get(name)?.decoded(as: type)
  }

  public func get<Value: Codable & Sendable>(_ name: String, as type: Value.Type) async throws -> Value? {
    try await values.get(name)?.decoded(as: type)
  }

  /// Gives `name` a value, of whatever type.
  public func set<Value: Codable & Sendable>(_ name: String, _ value: Value) throws {
    try values.set(name, NamespaceValue(value))
  }

  public func set<Value: Codable & Sendable>(_ name: String, _ value: Value) async throws {
    try await values.set(name, NamespaceValue(value))
  }

  /// Runs `update` on the value of `name` in the server, as one step; its output. When it throws, nothing has changed.
  public func update<Update: RemoteUpdate>(
    _ name: String, _ update: Update.Type, _ argument: Update.Argument
  ) throws -> Update.Output {
    try values.update(name, NamespaceUpdate<Update>.self, argument)
  }

  public func update<Update: RemoteUpdate>(
    _ name: String, _ update: Update.Type, _ argument: Update.Argument
  ) async throws -> Update.Output {
    try await values.update(name, NamespaceUpdate<Update>.self, argument)
  }

  /// Whether `name` has a value.
  public func contains(_ name: String) throws -> Bool { try values.contains(name) }
  public func contains(_ name: String) async throws -> Bool { try await values.contains(name) }

  /// Takes the value of `name` away. Whether there was one.
  @discardableResult
  public func remove(_ name: String) throws -> Bool { try values.remove(name) != nil }
  @discardableResult
  public func remove(_ name: String) async throws -> Bool { try await values.remove(name) != nil }

  /// All names, in no order.
  public func names() throws -> [String] { try values.keys() }
  public func names() async throws -> [String] { try await values.keys() }

  /// Gives the namespace up: its memory is freed, and every handle's calls throw `notFound`.
  public func discard() throws { try values.discard() }
  public func discard() async throws { try await values.discard() }
}

/// A value of any type, as it travels, and the name of the type: the bytes alone would pass for any type of their
/// shape.
struct NamespaceValue: Codable, Sendable {
  var type: String
  var bytes: [UInt8]

  init<Value: Encodable>(_ value: Value) throws(SystemError) {
    let payload = try Payload(value)
    guard payload.descriptors.isEmpty else {
      throw SystemError(
        code: .payload,
        message: "A namespace holds no locks, queues or shared memory; keep them in a manager's dictionary.")
    }
    type = try ManagerTypeName.of(Value.self)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.byteCount)
    unsafe payload.forEachPart { unsafe bytes.append(contentsOf: $0) }
    self.bytes = bytes
  }

  func decoded<Value: Decodable>(as type: Value.Type) throws(SystemError) -> Value {
    guard try self.type == ManagerTypeName.of(type) else {
      let present = ManagerTypeName.find(self.type).map { String(reflecting: $0) } ?? self.type
      throw SystemError(
        code: .payload, message: "The value in the namespace is a \(present), not a \(String(reflecting: type)).")
    }
    return try PayloadDecoding.decode(type, bytes: bytes)
  }
}

/// A RemoteUpdate on a value that travels with its type.
enum NamespaceUpdate<Update: RemoteUpdate>: RemoteUpdate {
  static func update(_ value: inout NamespaceValue?, _ argument: Update.Argument) throws -> Update.Output {
    var inner = try value?.decoded(as: Update.Value.self)
    let output = try Update.update(&inner, argument)
    value = try inner.map { value throws(SystemError) in try NamespaceValue(value) }
    return output
  }
}
