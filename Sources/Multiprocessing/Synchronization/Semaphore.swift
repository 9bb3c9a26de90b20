// SPDX-License-Identifier: Apache-2.0
// A number of permits that processes take and give back. Those taken by `withPermit` are counted by process, so that a
// dead one's come back; not a POSIX semaphore, whose count would be wrong for ever (faults.md F34).

/// A number of permits shared by processes. A handle: copies are the same semaphore.
///
/// A process that dies inside `withPermit` gives its permit back: who waits gets it within 100 ms. A permit taken by
/// `acquire` belongs to nobody, may be released by any process, and stays taken when its taker dies.
///
/// Glibc, and with it Foundation, has a pointer type of this name: beside one of them, `import struct
/// Multiprocessing.Semaphore` too.
public struct Semaphore: Codable, Sendable {
  private let segment: SharedSegment

  /// Permits not taken by `acquire`; those that processes hold by `withPermit` are still among them.
  private var unowned: SharedWord { segment.word(SharedSegment.contentOffset) }
  private var holders: ProcessTable { ProcessTable(segment: segment, offset: SharedSegment.contentOffset + 64) }

  /// - Parameters:
  ///   - value: permits at the start.
  ///   - isBounded: `release` refuses to make more permits than `value`.
  /// - Throws: `insufficientMemory` or `resourceLimit` when there is no room for another small segment.
  public init(value: Int = 1, isBounded: Bool = false) throws(SystemError) {
    precondition(value >= 0, "a semaphore's value is never negative")
    segment = try SharedSegment.create(
      .semaphore, contentByteCount: 64 + ProcessTable.byteCount, numbers: (value, isBounded ? 1 : 0))
    unowned.store(UInt64(value))
  }

  /// Permits that can be taken now. Others may take them before you do.
  public var value: Int { max(0, Int(truncatingIfNeeded: unowned.load()) - ownedCount) }

  private var ownedCount: Int {
    var count = 0
    holders.forEach { count += Int(truncatingIfNeeded: $0.count.load()) }
    return count
  }

  /// Takes a permit, blocking this thread until there is one. Throws `SystemError` with code `timedOut` after `timeout`
  /// (nil: none).
  public func acquire(timeout: Duration? = nil) throws(SystemError) {
    try wait(timeout) { () throws(SystemError) -> Bool? in try take() }
  }

  /// The same in a task. Throws `CancellationError` when the task is cancelled.
  public nonisolated(nonsending) func acquire(timeout: Duration? = nil) async throws {
    try await wait(timeout) { () throws(SystemError) -> Bool? in try take() }
  }

  /// Takes a permit if there is one now.
  public func tryAcquire() throws(SystemError) -> Bool {
    if try take() != nil { return true }
    try returnPermitsOfTheDead()
    return try take() != nil
  }

  /// Gives a permit back, or adds one. Throws `outOfRange` when the semaphore is bounded and all permits are back
  /// already.
  public func release() throws(SystemError) {
    let (initial, isBounded) = segment.numbers
    try segment.mutex.withLock { () throws(SystemError) in
      let count = unowned.load()
      guard isBounded == 0 || count < UInt64(initial) else {
        throw SystemError(
          code: .outOfRange,
          message: "The semaphore was released more often than acquired, and it is bounded by \(initial).")
      }
      unowned.store(count + 1)
    }
    segment.place.announce()
  }

  /// Runs `body` with a permit. Throws what `acquire` throws, and what `body` throws.
  public func withPermit<Result>(timeout: Duration? = nil, _ body: () throws -> Result) throws -> Result {
    try wait(timeout) { () throws(SystemError) -> Bool? in try takeOwned() }
    defer { giveOwned() }
    return try body()
  }

  /// The same in a task; `body` may suspend.
  public nonisolated(nonsending) func withPermit<Result>(
    timeout: Duration? = nil, _ body: nonisolated(nonsending) () async throws -> Result
  ) async throws -> Result {
    try await wait(timeout) { () throws(SystemError) -> Bool? in try takeOwned() }
    defer { giveOwned() }
    return try await body()
  }

  public init(from decoder: any Decoder) throws { segment = try SharedSegment.decode(.semaphore, from: decoder) }
  public func encode(to encoder: any Encoder) throws { try segment.encode(to: encoder) }
}

extension Semaphore {
  /// nil: there is none.
  private func take() throws(SystemError) -> Bool? {
    guard value > 0 else { return nil }
    return try segment.mutex.withLock { () throws(SystemError) -> Bool? in
      guard value > 0 else { return nil }
      unowned.store(unowned.load() - 1)
      return true
    }
  }

  private func takeOwned() throws(SystemError) -> Bool? {
    guard value > 0 else { return nil }
    return try segment.mutex.withLock { () throws(SystemError) -> Bool? in
      guard value > 0 else { return nil }
      let own = try holders.claim()
      own.count.store(own.count.load() + 1)
      return true
    }
  }

  private func giveOwned() {
    // The mutex is never held over a wait, and a dead holder leaves nothing to repair: it cannot fail.
    try? segment.mutex.withLock { () throws(SystemError) in
      guard let own = holders.own else { return }
      own.count.store(own.count.load() - 1)
      if own.count.load() == 0 { own.free() }
    }
    segment.place.announce()
  }

  private func returnPermitsOfTheDead() throws(SystemError) {
    let dead = try segment.mutex.withLock { () throws(SystemError) in holders.removeDead() }
    if dead != nil { segment.place.announce() }
  }

  private static let timedOut = SystemError(
    code: .timedOut, message: "No permit of the semaphore came in time; try again, or with a longer timeout.")

  private func wait(_ timeout: Duration?, _ take: () throws(SystemError) -> Bool?) throws(SystemError) {
    let taken = try segment.place.wait(
      until: Deadline(after: timeout), onSlice: { () throws(SystemError) in try returnPermitsOfTheDead() }, take)
    if taken == nil { throw Semaphore.timedOut }
  }

  private nonisolated(nonsending) func wait(
    _ timeout: Duration?, _ take: @escaping @Sendable () throws(SystemError) -> Bool?
  ) async throws {
    let taken = try await segment.place.wait(
      until: Deadline(after: timeout), onSlice: { () throws(SystemError) in try returnPermitsOfTheDead() }, take)
    if taken == nil { throw Semaphore.timedOut }
  }
}
