// SPDX-License-Identifier: Apache-2.0
// How long an operation on a queue waits, and how: first spinning, then in naps. Made by Queue for each call.

/// The end of a wait: a deadline or a cancellation, whichever is first.
struct QueueWait {
  /// The longest sleep without a look: a wake-up can be lost with its sender, and nobody wakes a task that is
  /// cancelled.
  private static let nap: UInt64 = 50_000_000
  /// Thrown inside this folder, and turned into `CancellationError` by the async calls.
  static let cancelled = SystemError.Code(description: "cancelled")

  /// nil: none.
  let deadline: Deadline?
  let isCancelled: () -> Bool

  init(_ deadline: Deadline?, isCancelled: @escaping () -> Bool = { false }) {
    self.deadline = deadline
    self.isCancelled = isCancelled
  }

  init(timeout: Duration?) { self.init(Deadline(after: timeout)) }

  /// A wait that only spins: short enough for a thread of the cooperative pool.
  static var brief: QueueWait { QueueWait(Deadline(nanoseconds: Deadline.now.nanoseconds + Spin.nanoseconds)) }

  var hasPassed: Bool { deadline?.hasPassed ?? false }

  /// Throws when the wait is over: `timedOut` with `message`, or `cancelled`.
  func check(_ message: @autoclosure () -> String) throws(SystemError) {
    try checkCancellation()
    if hasPassed { throw SystemError(code: .timedOut, message: message()) }
  }

  func checkCancellation() throws(SystemError) {
    if isCancelled() { throw SystemError(code: QueueWait.cancelled, message: "The task was cancelled.") }
  }

  /// Whether `condition` came true in a short while, or before the deadline.
  func spin(_ condition: () -> Bool) -> Bool {
    Spin.until(deadline.map { min($0.remainingNanoseconds, Spin.nanoseconds) } ?? Spin.nanoseconds, condition)
  }

  var napEnd: Deadline {
    let end = Deadline(nanoseconds: Deadline.now.nanoseconds + QueueWait.nap)
    return deadline.map { min($0, end) } ?? end
  }

  /// Sleeps until somebody who lowers `flag` wakes it, unless `condition` holds already; a nap long at most.
  func sleep(on flag: FutexWord, until end: Deadline? = nil, unless condition: () -> Bool) {
    flag.store(1)
    if condition() { return flag.store(0) }
    flag.wait(while: 1, deadline: end ?? napEnd)
  }

  /// Takes the mutex; false: the wait is over.
  func lock(_ mutex: RobustMutex) throws(SystemError) -> Bool {
    // An error is met again below.
    if spin({ (try? mutex.takeIfFree()) ?? false }) { return true }
    while !hasPassed {
      try checkCancellation()
      do throws(SystemError) {
        // In naps, too: a waiter that is killed just after it was woken leaves the others asleep.
        if try mutex.lock(deadline: napEnd) { mutex.makeConsistent() }
        return true
      } catch { if error.code != .timedOut { throw error } }
    }
    return false
  }
}

extension RobustMutex {
  /// Takes the mutex if it is free. Its holder's death needs no repair here: see QueueSegment.
  func takeIfFree() throws(SystemError) -> Bool {
    guard let died = try tryLock() else { return false }
    if died { makeConsistent() }
    return true
  }
}
