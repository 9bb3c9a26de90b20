// SPDX-License-Identifier: Apache-2.0
// A list that lives in a manager's server, as its users see it. The calls of tasks are in +Async.

/// A list in a manager's server: the same one for every process that has a copy of this handle.
///
/// Every call is one step of its own; an index means what it means when the call arrives. Calls throw `disconnected` at
/// once when the server is gone, and `timedOut` after `timeout`.
public struct ManagerList<Element: Codable & Sendable>: Codable, Sendable {
  private(set) var reference: ManagerReference

  init(_ reference: ManagerReference) { self.reference = reference }

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

  /// The element at `index`; nil: beyond the end.
  public func get(_ index: Int) throws -> Element? {
    try reference.call(.get, Payload(index), as: Element.self)
  }

  /// Puts `element` at `index`, in place of the one there. Throws `outOfRange` beyond the end.
  public func set(_ index: Int, _ element: Element) throws {
    _ = try reference.call(.set, Payload(index), Payload(element))
  }

  /// Adds `element` at the end.
  public func append(_ element: Element) throws {
    _ = try reference.call(.merge, Payload([element]))
  }

  /// Adds all of `elements` at the end, next to each other.
  public func append(contentsOf elements: [Element]) throws {
    _ = try reference.call(.merge, Payload(elements))
  }

  /// Puts `element` before the one at `index`, or at the end. Throws `outOfRange` beyond it.
  public func insert(_ element: Element, at index: Int) throws {
    _ = try reference.call(.insert, Payload(index), Payload(element))
  }

  /// Takes the element at `index` out. Throws `outOfRange` beyond the end.
  @discardableResult
  public func remove(at index: Int) throws -> Element {
    try ManagerReference.required(reference.call(.remove, Payload(index), as: Element.self))
  }

  /// Takes the last element out; nil: there is none. Of several processes each gets another element.
  @discardableResult
  public func popLast() throws -> Element? {
    try reference.call(.remove, as: Element.self)
  }

  /// Number of elements.
  public func count() throws -> Int {
    try ManagerReference.required(reference.call(.count, as: Int.self))
  }

  /// A copy of the whole list at one moment.
  public func copy() throws -> [Element] {
    try ManagerReference.required(reference.call(.all, as: [Element].self))
  }

  /// Removes everything.
  public func removeAll() throws {
    _ = try reference.call(.removeAll)
  }

  /// Gives the list up: its memory is freed, and every handle's calls throw `notFound`.
  public func discard() throws {
    _ = try reference.call(.discard)
  }

  /// Runs `update` on the element at `index` in the server, as one step; its output. An element that it sets to nil is
  /// taken out.
  ///
  /// - Throws: `RemoteError` with what `update` threw; `outOfRange` beyond the end.
  public func update<Update: RemoteUpdate>(
    _ index: Int, _ update: Update.Type, _ argument: Update.Argument
  ) throws -> Update.Output where Update.Value == Element {
    try ManagerReference.required(
      reference.call(
        .update, Payload(index), Payload(ManagerTypeName.of(update)), Payload(argument), as: Update.Output.self))
  }
}

extension ManagerList where Element: Equatable {
  /// Puts `desired` at `index` (nil: takes the element out) if `expected` is there. Whether it was.
  public func compareAndSet(_ index: Int, expected: Element, desired: Element?) throws -> Bool {
    try update(
      index, CompareAndSet<Element>.self, CompareAndSet<Element>.Argument(expected: expected, desired: desired))
  }
}

extension ManagerList where Element: FixedWidthInteger {
  /// Adds `amount` to the number at `index`, as one step; the sum.
  ///
  /// - Throws: `outOfRange` beyond the end, and when the sum does not fit into the type.
  @discardableResult
  public func increment(_ index: Int, by amount: Element = 1) throws -> Element {
    try update(index, Increment<Element>.self, amount)
  }
}

extension ManagerList where Element: BinaryFloatingPoint {
  /// Adds `amount` to the number at `index`, as one step; the sum.
  ///
  /// - Throws: `outOfRange` beyond the end.
  @discardableResult
  public func increment(_ index: Int, by amount: Element = 1) throws -> Element {
    try update(index, IncrementFloat<Element>.self, amount)
  }
}
