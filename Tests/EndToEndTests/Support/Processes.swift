// SPDX-License-Identifier: Apache-2.0
//
// Which processes belong to a run, told by a mark in their environment, and what /proc says of them. Zombies are gone
// for all that matters: in some containers nobody reaps orphans, and `kill(pid, 0)` calls them alive for ever.

import Glibc
import Synchronization

/// The mark of a run: every process that it starts inherits it.
enum Tag {
  static let variable = "WEFT_TEST_RUN"
  private static let counter = Atomic<Int>(0)

  static func next() -> Int { counter.wrappingAdd(1, ordering: .relaxed).newValue }

  /// Living processes of this run.
  static func processes(_ tag: String) -> [pid_t] {
    let entry = Array("\(variable)=\(tag)".utf8)
    return Files.names(in: "/proc").compactMap { pid_t($0) }.filter { pid in
      guard let environment = Files.bytes("/proc/\(pid)/environ"), !environment.isEmpty else { return false }
      return environment.split(separator: 0).contains { $0.elementsEqual(entry) } && isRunning(pid)
    }
  }

  static func isRunning(_ pid: pid_t) -> Bool { !["Z", "X", nil].contains(state(of: pid)) }

  /// "R", "S", "T"…; nil when the process is gone.
  static func state(of pid: pid_t) -> String? {
    guard let stat = Files.text("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
    return stat[end...].split(separator: " ").dropFirst().first.map(String.init)
  }

  static func name(of pid: pid_t) -> String {
    (Files.text("/proc/\(pid)/comm") ?? "?").filter { $0 != "\n" }
  }

  /// A line of /proc/PID/status, without its label.
  static func status(_ label: String, of pid: pid_t) -> String? {
    let lines = Files.text("/proc/\(pid)/status")?.split(separator: "\n") ?? []
    guard let line = lines.first(where: { $0.hasPrefix(label + ":") }) else { return nil }
    return line.dropFirst(label.count + 1).trimmingSpaces
  }
}

extension Substring {
  var trimmingSpaces: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}

/// Monotonic time.
enum Clock {
  static var seconds: Double {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  static func sleep(_ seconds: Double) {
    let end = self.seconds + seconds
    while case let rest = end - self.seconds, rest > 0 { usleep(UInt32(min(rest, 0.5) * 1e6)) }
  }

  /// Waits until `condition` holds; false when it does not within `seconds`.
  static func eventually(within seconds: Double, _ condition: () -> Bool) -> Bool {
    let deadline = self.seconds + seconds
    while !condition() {
      if self.seconds > deadline { return false }
      usleep(2_000)
    }
    return true
  }
}

/// Names in /dev/shm that could be ours. (Weft's segments have none at all.)
enum SharedMemoryNames {
  static var ours: [String] { Files.names(in: "/dev/shm").filter { $0.lowercased().contains("weft") }.sorted() }
}

/// A repeatable source of random numbers; tests print the seed.
struct RandomSource: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
