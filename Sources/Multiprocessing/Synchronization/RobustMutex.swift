// SPDX-License-Identifier: Apache-2.0
// A mutex in shared memory that notices its holder's death (faults.md F32, F33). Under Lock, Semaphore, Barrier, the
// shared values and Queue. It belongs to a thread: whoever holds one does not suspend.

import CPOSIX
import Glibc

/// A process-shared mutex at a fixed place. Does not own the memory, which must stay mapped while the mutex is held:
/// the kernel keeps a list of what a thread holds, and glibc writes through it.
@safe package struct RobustMutex {
  /// At the place given, aligned to 16.
  package static let byteCount = Int(cposix_mutex_byte_count)
  private let place: UnsafeMutableRawPointer

  /// Makes one, free, at `place`. A recursive one can be taken again by the thread that holds it.
  @unsafe package init(creatingAt place: UnsafeMutableRawPointer, isRecursive: Bool = false) throws(SystemError) {
    unsafe self.place = place
    let made = unsafe cposix_mutex_create(place, isRecursive)
    guard made == 0 else {
      throw SystemError("pthread_mutex_init", errno: -made, "Cannot make a lock that several processes share.")
    }
  }

  /// The one that another process made at `place`.
  @unsafe package init(attachingAt place: UnsafeMutableRawPointer) { unsafe self.place = place }

  /// Takes the mutex.
  ///
  /// - Returns: true when its last holder died with it. The mutex is held all the same: repair what it guards and call
  ///   `makeConsistent()` before `unlock`. Who dies during the repair leaves the repair to the next; who unlocks
  ///   without `makeConsistent` makes the mutex `unusable` for everyone.
  /// - Throws: `timedOut` after `deadline` (nil: none), `deadlock` when this thread holds it already, `unusable`.
  package func lock(deadline: Deadline? = nil) throws(SystemError) -> Bool {
    if let died = try tryLock() { return died }
    // Most holders are done within a microsecond; sleeping and being woken costs eighty.
    var taken: Result<Bool?, SystemError> = .success(nil)
    let isOver = Spin.until(RobustMutex.spinNanoseconds) {
      do throws(SystemError) { taken = .success(try tryLock()) } catch { taken = .failure(error) }
      if case .success(nil) = taken { return false }
      return true
    }
    if isOver, let died = try taken.get() { return died }
    let limit = deadline.map { Int64(clamping: $0.nanoseconds) } ?? -1
    return try RobustMutex.check("pthread_mutex_clocklock", unsafe cposix_mutex_lock(place, limit)) ?? false
  }

  /// The same without waiting; nil: somebody else holds it.
  package func tryLock() throws(SystemError) -> Bool? {
    try RobustMutex.check("pthread_mutex_trylock", unsafe cposix_mutex_try_lock(place))
  }

  /// What a mutex taken from a dead holder guards is in order again.
  package func makeConsistent() { _ = unsafe cposix_mutex_make_consistent(place) }

  /// False: this thread does not hold it; nothing has changed.
  @discardableResult
  package func unlock() -> Bool { unsafe cposix_mutex_unlock(place) == 0 }

  /// Runs `body` with the mutex held. `repair` runs before it when the last holder died, to put in order what that one
  /// left half done; leave it out where every change is the store of one word.
  package func withLock<Result>(
    repair: () -> Void = {}, _ body: () throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    if try lock() {
      repair()
      makeConsistent()
    }
    defer { unlock() }
    return try body()
  }

  private static let spinNanoseconds: UInt64 = 10_000

  /// nil: somebody else holds it.
  private static func check(_ call: String, _ result: Int32) throws(SystemError) -> Bool? {
    switch -result {
    case 0: return false
    case EOWNERDEAD: return true
    case EBUSY: return nil
    case ETIMEDOUT:
      throw SystemError(
        code: .timedOut, message: "The lock was not free in time; try again, or with a longer timeout.")
    case EDEADLK:
      throw SystemError(
        code: .deadlock,
        message:
          "This thread holds the lock already and would wait for itself; release it first, or use a RecursiveLock.")
    case ENOTRECOVERABLE:
      throw SystemError(
        code: .unusable, message: "The lock's holder died and nobody repaired what it guards; make a new lock.")
    default: throw SystemError(call, errno: -result, "Cannot take the lock.")
    }
  }
}
