// SPDX-License-Identifier: Apache-2.0
// The one way in which Lock, Semaphore, Condition, Event and Barrier wait: look, spin briefly, sleep on a futex word,
// and look again at least twenty times a second, because who should wake the sleepers may die before it does.

/// A word of a segment on which processes sleep: bit 0 says that somebody does, the rest counts announcements. There is
/// no count of sleepers that a dead one could falsify.
struct WaitPlace: Sendable {
  let segment: SharedSegment
  let offset: Int

  /// A sleeper looks again after this time in any case: deaths are noticed within it, and cancellation too.
  static let sliceNanoseconds: UInt64 = 40_000_000

  private var word: FutexWord { segment.futexWord(offset) }

  /// Wakes every sleeper, after something has changed for which they may wait.
  func announce() {
    while true {
      let before = word.load()
      guard word.exchange(before, for: (before &+ 2) & ~1) else { continue }
      if before & 1 != 0 { word.wake() }
      return
    }
  }

  /// The same at the cost of one look when nobody sleeps. Only behind an instruction that is a full barrier.
  func announceIfAwaited() { if word.load() & 1 != 0 { announce() } }

  /// Waits until `attempt` gives a result; nil when `deadline` (nil: none) passes first or `isCancelled` says so.
  ///
  /// - Parameters:
  ///   - onSlice: looks for deaths; called about every 40 ms of sleep and at the deadline, just before an
  ///     attempt.
  ///   - attempt: cheap; called many times in a row.
  func wait<Result>(
    until deadline: Deadline?, isCancelled: () -> Bool = { false }, onSlice: () throws(SystemError) -> Void = {},
    _ attempt: () throws(SystemError) -> Result?
  ) throws(SystemError) -> Result? {
    if let result = try spin(until: deadline, attempt) { return result }
    return try sleep(until: deadline, isCancelled, onSlice, attempt)
  }

  /// The same without blocking the thread for longer than a brief spin. Throws `CancellationError` when the task is
  /// cancelled.
  nonisolated(nonsending) func wait<Result: Sendable>(
    until deadline: Deadline?, onSlice: @escaping @Sendable () throws(SystemError) -> Void = {},
    _ attempt: @escaping @Sendable () throws(SystemError) -> Result?
  ) async throws -> Result? {
    if let result = try spin(until: deadline, attempt) { return result }
    return try await Offload.run { isCancelled in
      if let result = try sleep(until: deadline, isCancelled, onSlice, attempt) { return result }
      if isCancelled() { throw CancellationError() }
      return nil
    }
  }

  private func spin<Result>(
    until deadline: Deadline?, _ attempt: () throws(SystemError) -> Result?
  ) throws(SystemError) -> Result? {
    if let result = try attempt() { return result }
    let left = deadline?.remainingNanoseconds ?? .max
    if left == 0 { return nil }
    var outcome: Swift.Result<Result?, SystemError> = .success(nil)
    _ = Spin.until(min(Spin.nanoseconds, left)) {
      do throws(SystemError) { outcome = .success(try attempt()) } catch { outcome = .failure(error) }
      if case .success(nil) = outcome { return false }
      return true
    }
    return try outcome.get()
  }

  private func sleep<Result>(
    until deadline: Deadline?, _ isCancelled: () -> Bool, _ onSlice: () throws(SystemError) -> Void,
    _ attempt: () throws(SystemError) -> Result?
  ) throws(SystemError) -> Result? {
    var slice = Deadline(nanoseconds: Deadline.now.nanoseconds + WaitPlace.sliceNanoseconds)
    while true {
      let before = word.load()
      // From here on an announcement changes the word and wakes us.
      guard before & 1 != 0 || word.exchange(before, for: before | 1) else { continue }
      if let result = try attempt() { return result }
      if isCancelled() { return nil }
      if let deadline, deadline.hasPassed {
        try onSlice()
        return try attempt()
      }
      word.wait(while: before | 1, deadline: min(slice, deadline ?? slice))
      if slice.hasPassed {
        try onSlice()
        slice = Deadline(nanoseconds: Deadline.now.nanoseconds + WaitPlace.sliceNanoseconds)
      }
    }
  }
}
