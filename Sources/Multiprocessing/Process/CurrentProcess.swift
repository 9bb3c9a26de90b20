// SPDX-License-Identifier: Apache-2.0
// What a function may ask about the process it runs in.

import Glibc
import Synchronization

/// The process that asks.
public enum CurrentProcess {
  /// A worker's name is the one it was started with; a program's is that of its file.
  public static var name: String {
    let name = CommandLine.arguments.first ?? ""
    return isWorker ? name : name.split(separator: "/").last.map(String.init) ?? name
  }

  /// Whether this is a `ChildProcess`, a `Pool`'s worker or another worker of this module, and not the program that a
  /// user started.
  public static var isWorker: Bool { WorkerEntry.isWorker.load(ordering: .relaxed) }

  public static var pid: pid_t { getpid() }

  /// In a worker: the process that started it, which outlives it.
  public static var parentPid: pid_t { getppid() }
}
