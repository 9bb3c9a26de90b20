// SPDX-License-Identifier: Apache-2.0
// The calls of ManagerDictionary for tasks: they mean the same, hold no thread while they wait, and end within 50 ms,
// by CancellationError, when their task is cancelled. What was asked for may be carried out nevertheless.

extension ManagerDictionary {
  public func get(_ key: Key) async throws -> Value? {
    try await reference.call(.get, Payload(key), as: Value.self)
  }

  public func set(_ key: Key, _ value: Value) async throws {
    _ = try await reference.call(.set, Payload(key), Payload(value))
  }

  @discardableResult
  public func remove(_ key: Key) async throws -> Value? {
    try await reference.call(.remove, Payload(key), as: Value.self)
  }

  public func contains(_ key: Key) async throws -> Bool {
    try ManagerReference.required(await reference.call(.contains, Payload(key), as: Bool.self))
  }

  public func count() async throws -> Int {
    try ManagerReference.required(await reference.call(.count, as: Int.self))
  }

  public func keys() async throws -> [Key] {
    try ManagerReference.required(await reference.call(.keys, as: [Key].self))
  }

  public func copy() async throws -> [Key: Value] {
    try ManagerReference.required(await reference.call(.all, as: [Key: Value].self))
  }

  public func merge(_ entries: [Key: Value]) async throws {
    _ = try await reference.call(.merge, Payload(entries))
  }

  public func removeAll() async throws {
    _ = try await reference.call(.removeAll)
  }

  public func discard() async throws {
    _ = try await reference.call(.discard)
  }

  public func update<Update: RemoteUpdate>(
    _ key: Key, _ update: Update.Type, _ argument: Update.Argument
  ) async throws -> Update.Output where Update.Value == Value {
    try ManagerReference.required(
      await reference.call(
        .update, Payload(key), Payload(ManagerTypeName.of(update)), Payload(argument), as: Update.Output.self))
  }

  @discardableResult
  public func setDefault(_ key: Key, _ value: Value) async throws -> Value {
    try await update(key, SetDefault<Value>.self, value)
  }
}

extension ManagerDictionary where Value: Equatable {
  public func compareAndSet(_ key: Key, expected: Value?, desired: Value?) async throws -> Bool {
    try await update(
      key, CompareAndSet<Value>.self, CompareAndSet<Value>.Argument(expected: expected, desired: desired))
  }
}

extension ManagerDictionary where Value: FixedWidthInteger {
  @discardableResult
  public func increment(_ key: Key, by amount: Value = 1) async throws -> Value {
    try await update(key, Increment<Value>.self, amount)
  }
}

extension ManagerDictionary where Value: BinaryFloatingPoint {
  @discardableResult
  public func increment(_ key: Key, by amount: Value = 1) async throws -> Value {
    try await update(key, IncrementFloat<Value>.self, amount)
  }
}
