// SPDX-License-Identifier: Apache-2.0
//
// What a computation without workers asks now and then: whether it is to go on.

import Multiprocessing

/// Looks ten times a second for the caller's wish to stop, for the deadline, and for the failure of another rank.
final class Heartbeat {
  private let watch: RunWatch
  private let start = Deadline.now
  private var nextLook: Deadline
  /// Whether the deadline was what stopped it.
  private(set) var isLate = false
  /// Whether another rank's failure was.
  private var hasHeard = false

  init(_ watch: RunWatch) {
    self.watch = watch
    nextLook = start
  }

  /// - Parameter report: called with the seconds since the start, ten times a second.
  /// - Returns: whether to go on. Cheap enough for every ten thousand elements.
  func beat(_ report: (_ seconds: Double) -> Void = { _ in }) -> Bool {
    let now = Deadline.now
    guard now >= nextLook else { return true }
    nextLook = .in(seconds: 0.1)
    report(Double(now.nanoseconds - start.nanoseconds) / 1e9)
    if watch.deadline?.hasPassed == true { isLate = true }
    if watch.ranks?.hasHeardOfFailure == true { hasHeard = true }
    guard !isLate, !hasHeard, let interrupt = watch.interrupt else { return !isLate && !hasHeard }
    return (try? waitForAny(descriptors: [interrupt], deadline: .now))?.isEmpty ?? true
  }

  /// What an error of the computation was in truth.
  func cause(of error: EngineError) -> EngineError {
    guard error.code == .cancelled else { return error }
    return hasHeard ? EngineError(.otherRank, "Another rank has failed.") : isLate ? .late : error
  }
}
