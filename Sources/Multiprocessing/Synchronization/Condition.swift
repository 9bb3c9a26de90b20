// SPDX-License-Identifier: Apache-2.0
// Waiting until something that a lock guards has changed. Each waiter has a slot with its process, so that a
// notification for a dead one goes to another; a pthread condition variable would be lost with a dead waiter (faults.md
// F34).

/// A place where processes wait, with a lock released, until another notifies them. A handle: copies are the same.
///
/// Change what the lock guards with the lock held, then notify, with or without it. A waiter that is killed takes no
/// notification with it: the next one in line gets it within 100 ms. In rare cases (a death in the wrong moment) a
/// waiter returns without a notification of its own: look again at what you wait for, or leave that to `wait(until:)`.
public struct Condition: Codable, Sendable {
  /// Its lock: the one given, or its own.
  public let lock: Lock
  private let segment: SharedSegment
  private var waiters: ConditionWaiters { ConditionWaiters(segment: segment) }

  /// - Parameter lock: what guards the state waited for; nil makes one.
  /// - Throws: `insufficientMemory` or `resourceLimit` when there is no room for another small segment.
  public init(lock: Lock? = nil) throws(SystemError) {
    self.lock = if let lock { lock } else { try Lock() }
    segment = try SharedSegment.create(.condition, contentByteCount: ConditionWaiters.byteCount)
  }

  /// Releases the lock, waits for a notification, and takes the lock again. This thread must hold it, once.
  ///
  /// - Returns: false when `timeout` (nil: none) passed without a notification. The lock is held in both cases.
  /// - Throws: `ownerDied`, without the lock, when its holder died meanwhile; `resourceLimit`, with the lock, when 256
  ///   wait already.
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock(when:)")
  @discardableResult
  public func wait(timeout: Duration? = nil) throws(SystemError) -> Bool {
    try wait(deadline: Deadline(after: timeout))
  }

  /// Waits until `isReady`, which is asked with the lock held, first at once and then after each notification. False:
  /// it did not come true within `timeout`. Otherwise like `wait`.
  @available(*, noasync, message: "a lock belongs to a thread and a task changes threads: use withLock(when:)")
  @discardableResult
  public func wait(timeout: Duration? = nil, until isReady: () throws -> Bool) throws -> Bool {
    let deadline = Deadline(after: timeout)
    while true {
      if try isReady() { return true }
      if try !wait(deadline: deadline) { return try isReady() }
    }
  }

  private func wait(deadline: Deadline?) throws(SystemError) -> Bool {
    precondition(lock.core.isHeldByThisThread, "wait with the condition's lock held")
    let slot = try waiters.claim()
    lock.core.give()
    let isNotified: Bool
    do throws(SystemError) {
      let waited = try slot.place.wait(
        until: deadline, onSlice: { () throws(SystemError) in waiters.inheritFromTheDead(slot) }
      ) { () throws(SystemError) in slot.isNotified ? true : nil }
      try lock.acquire()
      // A notification that came after the timeout, before the lock, counts.
      isNotified = slot.free() || waited != nil
    } catch {
      waiters.leave(slot)
      throw error
    }
    return isNotified
  }

  /// Takes the lock, waits until `isReady`, and runs `body` with the lock held. Throws `timedOut` after `timeout` (nil:
  /// none), `ownerDied` (see `Lock`), and what the closures throw.
  public func withLock<Result>(
    when isReady: () throws -> Bool, timeout: Duration? = nil, _ body: () throws -> Result
  ) throws -> Result {
    let deadline = Deadline(after: timeout)
    return try lock.core.withLock(until: deadline, repair: { try lock.core.report(unless: lock.recovers) }) {
      while try !isReady() {
        if try !wait(deadline: deadline), try !isReady() { throw Condition.timedOut }
      }
      return try body()
    }
  }

  /// The same in a task. The closures run with the lock held, on one thread each time: they cannot suspend. Throws
  /// `CancellationError` too, when the task is cancelled while it waits.
  public nonisolated(nonsending) func withLock<Result>(
    when isReady: () throws -> Bool, timeout: Duration? = nil, _ body: () throws -> Result
  ) async throws -> Result {
    let deadline = Deadline(after: timeout)
    let waiters = waiters
    var slot: ConditionWaiters.Slot?
    do {
      while true {
        let result: Result? = try await lock.core.withLock(
          until: deadline, repair: { try lock.core.report(unless: lock.recovers) }
        ) {
          // Not before the lock is held: a notification for a task that does not get it is for somebody else.
          slot?.free()
          slot = nil
          if try isReady() { return .some(try body()) }
          slot = try waiters.claim()
          return nil
        }
        if let result { return result }
        guard let waiting = slot else { continue }
        let isNotified = try await waiting.place.wait(
          until: deadline, onSlice: { () throws(SystemError) in waiters.inheritFromTheDead(waiting) }
        ) { () throws(SystemError) -> Bool? in waiting.isNotified ? true : nil }
        if isNotified == nil { throw Condition.timedOut }
      }
    } catch {
      if let slot { waiters.leave(slot) }
      throw error
    }
  }

  /// Wakes `count` of those who wait, the longest waiting first.
  public func notify(_ count: Int = 1) { waiters.notify(count) }

  /// Wakes everyone who waits.
  public func notifyAll() { waiters.notify(.max) }

  private static let timedOut = SystemError(
    code: .timedOut, message: "What the condition stands for did not come in time; try again, or with a longer timeout."
  )

  public init(from decoder: any Decoder) throws {
    let (descriptors, numbers) = try Travel.decodeAll(from: decoder)
    guard descriptors.count == 2, numbers.count == 2 else {
      throw SystemError(code: .protocolMismatch, message: "What arrived is no condition of this version.")
    }
    lock = Lock(LockCore(segment: try SharedSegment.attach(.lock, descriptors[0], byteCount: numbers[0])))
    segment = try SharedSegment.attach(.condition, descriptors[1], byteCount: numbers[1])
  }

  public func encode(to encoder: any Encoder) throws {
    try SharedSegment.encode([lock.core.segment, segment], to: encoder)
  }
}
