// SPDX-License-Identifier: Apache-2.0
// Which process holds something, told apart from a later one with the same number. Kept in shared memory by
// ProcessTable; read by whoever waits.

import Glibc

/// A process: its number, and when it started.
package struct ProcessIdentity: Hashable, Sendable {
  package let pid: pid_t
  /// Clock ticks since the machine started (field 22 of /proc/PID/stat).
  package let startTime: UInt64

  package init(pid: pid_t, startTime: UInt64) {
    self.pid = pid
    self.startTime = startTime
  }

  /// This process.
  package static let current =
    switch look(getpid()) {
    case .living(let startTime): ProcessIdentity(pid: getpid(), startTime: startTime)
    case .gone, .unknown: ProcessIdentity(pid: getpid(), startTime: unknownTime)
    }

  /// False once the process has ended, reaped or not: a zombie changes nothing any more. Costs 10 to 30 µs.
  package var isAlive: Bool {
    switch ProcessIdentity.look(pid) {
    case .gone: false
    // Out of descriptors or memory: to take the living for dead would be worse than to ask again later.
    case .unknown: true
    case .living(let time): time == startTime || startTime == ProcessIdentity.unknownTime
    }
  }

  private static let unknownTime: UInt64 = 0

  private enum Sight {
    case gone, unknown
    case living(startTime: UInt64)
  }

  private static func look(_ pid: pid_t) -> Sight {
    errno = 0
    guard let bytes = SmallFile("/proc/\(pid)/stat")?.bytes else {
      return errno == ENOENT || errno == ESRCH ? .gone : .unknown
    }
    // Behind the name, which may hold spaces and parentheses: state (field 3), then numbers.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return .unknown }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let startTime = UInt64(String(decoding: fields[19], as: UTF8.self)) else {
      return .unknown
    }
    let state = fields[0].first
    return state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") ? .gone : .living(startTime: startTime)
  }
}
