// SPDX-License-Identifier: Apache-2.0
// How a worker ended, in words that a user reads in an error.

import CPOSIX

/// How a process ended.
public enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
  /// It returned or called `exit`.
  case exited(code: Int32)
  /// A signal ended it: SIGKILL (also from the kernel when memory ran out), or its own fault.
  case signaled(signal: Int32, coreDumped: Bool)
  /// Someone else in this program took the status, or SIGCHLD is ignored in it.
  case unknown

  public var isSuccess: Bool { self == .exited(code: 0) }

  public var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signaled(let signal, let coreDumped):
      "signal \(signal) (\(ExitStatus.signalName(signal)))" + (coreDumped ? ", core dumped" : "")
    case .unknown: "an unknown exit status"
    }
  }

  /// "SIGKILL", or "signal 40" for one without a name.
  public static func signalName(_ signal: Int32) -> String {
    guard let name = unsafe cposix_signal_name(signal) else { return "signal \(signal)" }
    return unsafe String(cString: name)
  }
}

/// Exit codes with which a worker ends before its program runs (sysexits.h; faults.md §1).
enum WorkerExit {
  /// Started by hand: the marker or the channel is missing.
  static let usage: Int32 = 64
  /// A limit of the machine: no thread, no memory.
  static let unavailable: Int32 = 69
  /// The program's type is not there.
  static let software: Int32 = 70
  /// Another build or version than the coordinator's.
  static let mismatch: Int32 = 76
}
