// SPDX-License-Identifier: Apache-2.0
// A Lock that its holder may take again: for functions that lock and call each other.

/// A lock that the thread which holds it can take again, and releases as often. A handle: copies are the same lock.
///
/// At a holder's death it behaves like `Lock`, however often it was taken.
public struct RecursiveLock: Codable, Sendable {
  let core: LockCore

  /// A free lock. Throws `insufficientMemory` or `resourceLimit` when there is no room for another small segment.
  public init(onOwnerDeath: Lock.OwnerDeath = .report) throws(SystemError) {
    core = LockCore(
      segment: try SharedSegment.create(
        .recursiveLock, contentByteCount: 0, numbers: (onOwnerDeath == .recover ? 1 : 0, 0)))
  }

  private var recovers: Bool { core.segment.numbers.0 != 0 }

  /// Takes the lock, once more if this thread holds it, blocking the thread while another holds it. In a task, use
  /// `withLock`. Throws `SystemError` with code `timedOut` after `timeout` (nil: none), or `ownerDied` (see `Lock`).
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock")
  public func acquire(timeout: Duration? = nil) throws(SystemError) {
    try core.take(until: Deadline(after: timeout), recovers: recovers)
  }

  /// Takes the lock if no other thread holds it; false: one does.
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock")
  public func tryAcquire() throws(SystemError) -> Bool { try core.tryTake(recovers: recovers) }

  /// Releases the lock once; this thread must hold it.
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

  @usableFromInline func releaseIfHeld() { core.give() }

  /// The same in a task; `body` cannot suspend. Throws `CancellationError` when the task is cancelled while it waits.
  public nonisolated(nonsending) func withLock<Result>(
    timeout: Duration? = nil, _ body: () throws -> Result
  ) async throws -> Result {
    try await core.withLock(
      until: Deadline(after: timeout), repair: { try core.report(unless: recovers) }, body)
  }

  public init(from decoder: any Decoder) throws {
    core = LockCore(segment: try SharedSegment.decode(.recursiveLock, from: decoder))
  }
  public func encode(to encoder: any Encoder) throws { try core.segment.encode(to: encoder) }
}
