// SPDX-License-Identifier: Apache-2.0
// A moment on the monotonic clock by which a wait must end. Every wait in this module takes one.

import Glibc

/// A moment on the monotonic clock: unaffected by changes of the wall clock, never moving backwards.
public struct Deadline: Hashable, Comparable, Sendable {
  /// Nanoseconds on CLOCK_MONOTONIC.
  public let nanoseconds: UInt64

  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// The present moment.
  public static var now: Deadline {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Deadline(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// The moment `seconds` from now. Negative means now; beyond about 290 years, and NaN, means never.
  public static func `in`(seconds: Double) -> Deadline {
    guard seconds < 9e9 else { return Deadline(nanoseconds: .max) }
    return Deadline(nanoseconds: now.nanoseconds + UInt64(max(0, seconds) * 1e9))
  }

  /// The moment `timeout` from now; nil for nil: no deadline.
  public init?(after timeout: Duration?) {
    guard let timeout else { return nil }
    self.init(nanoseconds: Deadline.now.nanoseconds + timeout.clampedNanoseconds)
  }

  /// Seconds left, 0 when the moment has passed.
  public var remaining: Double {
    Double(remainingNanoseconds) / 1e9
  }

  public var hasPassed: Bool { remainingNanoseconds == 0 }

  var remainingNanoseconds: UInt64 {
    let now = Deadline.now.nanoseconds
    return nanoseconds > now ? nanoseconds - now : 0
  }

  public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
  /// Not below 0, not above 290 years.
  var clampedNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 9_000_000_000 else { return 9_000_000_000_000_000_000 }
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
