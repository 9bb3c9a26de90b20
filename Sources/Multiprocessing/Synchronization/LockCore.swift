// SPDX-License-Identifier: Apache-2.0
// What Lock, RecursiveLock, Condition, SharedValue and SharedArray have in common: the mutex of their segment, kept
// mapped while it is held, and the news that a holder died.

/// The lock in a segment.
struct LockCore: Sendable {
  let segment: SharedSegment

  static let mutexOffset = 64
  /// Tasks that wait. Threads sleep in the mutex itself.
  private var place: WaitPlace { WaitPlace(segment: segment, offset: 128) }
  /// Not 0: a holder died, and nobody has been told.
  private var unreportedDeath: SharedWord { segment.word(136) }

  /// Takes the lock whether or not a holder died; that is told to the next who asks by `take`.
  func takeQuietly(until deadline: Deadline? = nil) throws(SystemError) {
    taken(fromDead: try segment.mutex.lock(deadline: deadline))
  }

  func tryTakeQuietly() throws(SystemError) -> Bool {
    guard let died = try segment.mutex.tryLock() else { return false }
    taken(fromDead: died)
    return true
  }

  private func taken(fromDead: Bool) {
    if fromDead {
      // In this order: if we die in between, the next one finds the death again.
      unreportedDeath.store(1)
      segment.mutex.makeConsistent()
    }
    // Mapped while held, even when the last handle to the lock goes meanwhile.
    _ = unsafe Unmanaged.passUnretained(segment).retain()
  }

  /// Takes the lock. Throws `ownerDied`, without it, once after each death of a holder, unless `recovers`.
  func take(until deadline: Deadline?, recovers: Bool) throws(SystemError) {
    try takeQuietly(until: deadline)
    try finishTaking(recovers)
  }

  func tryTake(recovers: Bool) throws(SystemError) -> Bool {
    guard try tryTakeQuietly() else { return false }
    try finishTaking(recovers)
    return true
  }

  private func finishTaking(_ recovers: Bool) throws(SystemError) {
    do throws(SystemError) { try settleDeath { () throws(SystemError) in try report(unless: recovers) } } catch {
      give()
      throw error
    }
  }

  /// With the lock held: calls `repair` if a holder died and nobody has settled it.
  private func settleDeath<Failure: Error>(_ repair: () throws(Failure) -> Void) throws(Failure) {
    guard unreportedDeath.load() != 0 else { return }
    try repair()
    unreportedDeath.store(0)
  }

  /// The `repair` of those who have none: an error, which is then settled.
  func report(unless recovers: Bool) throws(SystemError) {
    if recovers { return }
    unreportedDeath.store(0)
    throw SystemError(
      code: .ownerDied,
      message:
        "A process died while it held the lock; what it guards may be half changed. Check or repair that: the lock "
        + "itself is free again, and this error comes once.")
  }

  /// False, with nothing changed: this thread does not hold it.
  @discardableResult
  func give() -> Bool {
    guard segment.mutex.unlock() else { return false }
    place.announceIfAwaited()
    unsafe Unmanaged.passUnretained(segment).release()
    return true
  }

  /// Whether this thread holds it (once or more).
  var isHeldByThisThread: Bool {
    do throws(SystemError) {
      if try tryTakeQuietly() { give() }
      return false
    } catch { return error.code == .deadlock }
  }

  /// Runs `body` with the lock, after `repair` when a holder died; for code that may block its thread.
  func withLock<Result>(
    until deadline: Deadline?, repair: () throws -> Void, _ body: () throws -> Result
  ) throws -> Result {
    try takeQuietly(until: deadline)
    // It is not held any more when a Condition's wait threw.
    defer { give() }
    try settleDeath(repair)
    return try body()
  }

  /// The same for tasks. `body` runs on the thread that took the lock, from beginning to end: it cannot suspend.
  nonisolated(nonsending) func withLock<Result>(
    until deadline: Deadline?, repair: () throws -> Void, _ body: () throws -> Result
  ) async throws -> Result {
    while true {
      if try tryTakeQuietly() {
        defer { give() }
        try settleDeath(repair)
        return try body()
      }
      // The thread that waits for us cannot take the lock for us; it sees that the lock is free, and we try again.
      let isFree: Bool? = try await place.wait(until: deadline) { () throws(SystemError) -> Bool? in
        guard try tryTakeQuietly() else { return nil }
        give()
        return true
      }
      if isFree == nil {
        throw SystemError(
          code: .timedOut, message: "The lock was not free in time; try again, or with a longer timeout.")
      }
    }
  }
}
