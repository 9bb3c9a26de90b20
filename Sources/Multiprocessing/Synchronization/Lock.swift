// SPDX-License-Identifier: Apache-2.0
// Mutual exclusion between processes. Travels: passed to a ChildProcess, a Pool's task or through a Pipe it arrives as
// the same lock. On a robust mutex: taken and released in well under 0.1 µs when nobody else wants it.

/// A lock that processes and threads share. A handle: copies are the same lock.
///
/// It belongs to the thread that took it. Taking it twice on one thread is an error (`deadlock`); see `RecursiveLock`.
/// When a process dies while it holds the lock, the lock becomes free at once, and the next to take it is told by
/// `SystemError` code `ownerDied`, once and without the lock: what the lock guards may be half changed. Made with
/// `onOwnerDeath: .recover`, it is simply taken; `withLock(repair:_:)` repairs before anyone else comes in.
public struct Lock: Codable, Sendable {
  /// What the next to take the lock finds when its holder died.
  public enum OwnerDeath: Sendable {
    /// `SystemError` code `ownerDied`, once; after it the lock is free and in order.
    case report
    /// The lock, as if it had been released: for data that a death cannot leave half changed.
    case recover
  }

  let core: LockCore

  /// A free lock. Throws `insufficientMemory` or `resourceLimit` when there is no room for another small segment.
  public init(onOwnerDeath: OwnerDeath = .report) throws(SystemError) {
    core = LockCore(
      segment: try SharedSegment.create(.lock, contentByteCount: 0, numbers: (onOwnerDeath == .recover ? 1 : 0, 0)))
  }

  var recovers: Bool { core.segment.numbers.0 != 0 }

  /// Takes the lock, blocking this thread while somebody else holds it. In a task, use `withLock`.
  ///
  /// - Throws: `SystemError` with code `timedOut` after `timeout` (nil: none), `ownerDied` (see `Lock`), `deadlock`
  ///   when this thread holds it already.
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock")
  public func acquire(timeout: Duration? = nil) throws(SystemError) {
    try core.take(until: Deadline(after: timeout), recovers: recovers)
  }

  /// Takes the lock if it is free; false: somebody holds it. Throws like `acquire`.
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock")
  public func tryAcquire() throws(SystemError) -> Bool { try core.tryTake(recovers: recovers) }

  /// Releases the lock, which this thread must hold.
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock")
  public func release() {
    let wasHeld = core.give()
    precondition(wasHeld, "only the thread that holds a lock releases it")
  }

  /// Runs `body` with the lock held. Throws what `acquire` throws, and what `body` throws.
  @inlinable
  public func withLock<Result>(timeout: Duration? = nil, _ body: () throws -> Result) throws -> Result {
    try acquire(timeout: timeout)
    defer { releaseIfHeld() }
    return try body()
  }

  /// It is not when a Condition's wait threw.
  @usableFromInline func releaseIfHeld() { core.give() }

  /// The same in a task, which waits without blocking a thread of Swift's pool. `body` cannot suspend: it should be
  /// short. Throws `CancellationError` too, when the task is cancelled while it waits.
  public nonisolated(nonsending) func withLock<Result>(
    timeout: Duration? = nil, _ body: () throws -> Result
  ) async throws -> Result {
    try await core.withLock(
      until: Deadline(after: timeout), repair: { try core.report(unless: recovers) }, body)
  }

  /// Runs `body` with the lock held; when a holder died, `repair` first, which puts in order what that one may have
  /// left half changed. Nobody else gets the lock in between; if `repair` throws or dies too, the next one repairs. For
  /// locks whose users all come this way.
  public func withLock<Result>(
    timeout: Duration? = nil, repair: () throws -> Void, _ body: () throws -> Result
  ) throws -> Result {
    try core.withLock(until: Deadline(after: timeout), repair: repair, body)
  }

  /// The same in a task; neither closure can suspend.
  public nonisolated(nonsending) func withLock<Result>(
    timeout: Duration? = nil, repair: () throws -> Void, _ body: () throws -> Result
  ) async throws -> Result {
    try await core.withLock(until: Deadline(after: timeout), repair: repair, body)
  }

  init(_ core: LockCore) { self.core = core }
  public init(from decoder: any Decoder) throws {
    core = LockCore(segment: try SharedSegment.decode(.lock, from: decoder))
  }
  public func encode(to encoder: any Encoder) throws { try core.segment.encode(to: encoder) }
}
