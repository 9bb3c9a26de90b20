// SPDX-License-Identifier: Apache-2.0
// A dictionary that lives in a manager's server, as its users see it. The calls of tasks are in +Async.

/// A dictionary in a manager's server: the same one for every process that has a copy of this handle.
///
/// Every call is one step of its own. What takes a look and a change, and must not be torn, is `update` and its
/// ready-made forms. Calls throw `disconnected` at once when the server is gone, and `timedOut` after `timeout`.
public struct ManagerDictionary<Key: Codable & Hashable & Sendable, Value: Codable & Sendable>: Codable, Sendable {
  private(set) var reference: ManagerReference

  init(_ reference: ManagerReference) { self.reference = reference }

  /// For tests: the object's number.
  package var objectNumber: UInt64 { reference.object }

  /// What a call of this handle waits for at most; nil: for ever. Does not travel. A call that throws `timedOut` may
  /// still be carried out.
  public var timeout: Duration? {
    get { reference.timeout }
    set { reference.timeout = newValue }
  }

  /// Travels in inputs, through pipes and in other managers; not through a `Queue`, which outlives its users, unless the
  /// manager is one on TCP.
  public init(from decoder: any Decoder) throws { reference = try ManagerReference(from: decoder) }
  public func encode(to encoder: any Encoder) throws { try reference.encode(to: encoder) }

  /// The value under `key`; nil: there is none.
  public func get(_ key: Key) throws -> Value? {
    try reference.call(.get, Payload(key), as: Value.self)
  }

  /// Puts `value` under `key`, in place of what was there.
  public func set(_ key: Key, _ value: Value) throws {
    _ = try reference.call(.set, Payload(key), Payload(value))
  }

  /// Removes `key`; the value that was there.
  ///
  /// Of several processes that remove the same key at once, exactly one gets the value.
  @discardableResult
  public func remove(_ key: Key) throws -> Value? {
    try reference.call(.remove, Payload(key), as: Value.self)
  }

  /// Whether there is a value under `key`.
  public func contains(_ key: Key) throws -> Bool {
    try ManagerReference.required(reference.call(.contains, Payload(key), as: Bool.self))
  }

  /// Number of keys.
  public func count() throws -> Int {
    try ManagerReference.required(reference.call(.count, as: Int.self))
  }

  /// All keys, in no order.
  public func keys() throws -> [Key] {
    try ManagerReference.required(reference.call(.keys, as: [Key].self))
  }

  /// A copy of the whole dictionary at one moment.
  public func copy() throws -> [Key: Value] {
    try ManagerReference.required(reference.call(.all, as: [Key: Value].self))
  }

  /// Puts all of `entries` in, in one step, in place of what was under their keys.
  public func merge(_ entries: [Key: Value]) throws {
    _ = try reference.call(.merge, Payload(entries))
  }

  /// Removes everything.
  public func removeAll() throws {
    _ = try reference.call(.removeAll)
  }

  /// Gives the dictionary up: its memory is freed, and every handle's calls throw `notFound`.
  public func discard() throws {
    _ = try reference.call(.discard)
  }

  /// Runs `update` on the value under `key` in the server, as one step; its output.
  ///
  /// - Throws: `RemoteError` with what `update` threw; `payload` when it is for another type of value.
  public func update<Update: RemoteUpdate>(
    _ key: Key, _ update: Update.Type, _ argument: Update.Argument
  ) throws -> Update.Output where Update.Value == Value {
    try ManagerReference.required(
      reference.call(
        .update, Payload(key), Payload(ManagerTypeName.of(update)), Payload(argument), as: Update.Output.self))
  }

  /// Puts `value` under `key` if there is none yet; the value that is there now.
  @discardableResult
  public func setDefault(_ key: Key, _ value: Value) throws -> Value {
    try update(key, SetDefault<Value>.self, value)
  }
}

extension ManagerDictionary where Value: Equatable {
  /// Puts `desired` (nil: removes) in place of `expected` (nil: no value), if that is what is there. Whether it was.
  public func compareAndSet(_ key: Key, expected: Value?, desired: Value?) throws -> Bool {
    try update(
      key, CompareAndSet<Value>.self, CompareAndSet<Value>.Argument(expected: expected, desired: desired))
  }
}

extension ManagerDictionary where Value: FixedWidthInteger {
  /// Adds `amount` to the number under `key`, as one step; the sum. No number counts as 0.
  ///
  /// - Throws: `outOfRange` when the sum does not fit into the type; the number stays as it was.
  @discardableResult
  public func increment(_ key: Key, by amount: Value = 1) throws -> Value {
    try update(key, Increment<Value>.self, amount)
  }
}

extension ManagerDictionary where Value: BinaryFloatingPoint {
  /// Adds `amount` to the number under `key`, as one step; the sum. No number counts as 0.
  @discardableResult
  public func increment(_ key: Key, by amount: Value = 1) throws -> Value {
    try update(key, IncrementFloat<Value>.self, amount)
  }
}
