// SPDX-License-Identifier: Apache-2.0
// The calls of ManagerList for tasks: they mean the same, hold no thread while they wait, and end within 50 ms, by
// CancellationError, when their task is cancelled. What was asked for may be carried out nevertheless.

extension ManagerList {
  public func get(_ index: Int) async throws -> Element? {
    try await reference.call(.get, Payload(index), as: Element.self)
  }

  public func set(_ index: Int, _ element: Element) async throws {
    _ = try await reference.call(.set, Payload(index), Payload(element))
  }

  public func append(_ element: Element) async throws {
    _ = try await reference.call(.merge, Payload([element]))
  }

  public func append(contentsOf elements: [Element]) async throws {
    _ = try await reference.call(.merge, Payload(elements))
  }

  public func insert(_ element: Element, at index: Int) async throws {
    _ = try await reference.call(.insert, Payload(index), Payload(element))
  }

  @discardableResult
  public func remove(at index: Int) async throws -> Element {
    try ManagerReference.required(await reference.call(.remove, Payload(index), as: Element.self))
  }

  @discardableResult
  public func popLast() async throws -> Element? {
    try await reference.call(.remove, as: Element.self)
  }

  public func count() async throws -> Int {
    try ManagerReference.required(await reference.call(.count, as: Int.self))
  }

  public func copy() async throws -> [Element] {
    try ManagerReference.required(await reference.call(.all, as: [Element].self))
  }

  public func removeAll() async throws {
    _ = try await reference.call(.removeAll)
  }

  public func discard() async throws {
    _ = try await reference.call(.discard)
  }

  public func update<Update: RemoteUpdate>(
    _ index: Int, _ update: Update.Type, _ argument: Update.Argument
  ) async throws -> Update.Output where Update.Value == Element {
    try ManagerReference.required(
      await reference.call(
        .update, Payload(index), Payload(ManagerTypeName.of(update)), Payload(argument), as: Update.Output.self))
  }
}

extension ManagerList where Element: Equatable {
  public func compareAndSet(_ index: Int, expected: Element, desired: Element?) async throws -> Bool {
    try await update(
      index, CompareAndSet<Element>.self, CompareAndSet<Element>.Argument(expected: expected, desired: desired))
  }
}

extension ManagerList where Element: FixedWidthInteger {
  @discardableResult
  public func increment(_ index: Int, by amount: Element = 1) async throws -> Element {
    try await update(index, Increment<Element>.self, amount)
  }
}

extension ManagerList where Element: BinaryFloatingPoint {
  @discardableResult
  public func increment(_ index: Int, by amount: Element = 1) async throws -> Element {
    try await update(index, IncrementFloat<Element>.self, amount)
  }
}
