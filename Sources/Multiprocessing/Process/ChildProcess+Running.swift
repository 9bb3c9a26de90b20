// SPDX-License-Identifier: Apache-2.0
// The children that run, and what becomes of them when the program ends. Called by ChildProcess.

import Glibc
import Synchronization

/// A started child: owned by its ChildProcess, and by `RunningChildren` until it has been reaped.
final class RunningChild: Sendable {
  let pid: pid_t
  let isDaemon: Bool
  /// Polls readable from the child's end on.
  let sentinel: Int32
  // Never held while waiting: several threads may join.
  private let worker: Mutex<WorkerProcess>

  init(_ worker: sending WorkerProcess, isDaemon: Bool) {
    pid = worker.pid
    sentinel = worker.pidDescriptorNumber
    self.isDaemon = isDaemon
    self.worker = Mutex(worker)
  }

  func send(signal: Int32) { worker.withLock { _ = $0.send(signal: signal) } }

  /// Waits until the child has ended, and reaps it. nil: `deadline` (nil: none) has passed.
  func wait(deadline: Deadline?) throws(SystemError) -> ExitStatus? {
    while true {
      let status = try worker.withLock { worker throws(SystemError) in try worker.reap(deadline: .now) }
      if let status {
        RunningChildren.remove(self)
        return status
      }
      if try waitForAny(descriptors: [sentinel], deadline: deadline).isEmpty { return nil }
    }
  }
}

enum RunningChildren {
  private static let all = Mutex<[ObjectIdentifier: RunningChild]>([:])
  private static let registered: Bool = atexit { RunningChildren.finish() } == 0

  static func add(_ child: RunningChild) {
    // Where the C library has no room for a handler, children end with the program, by its death.
    _ = registered
    all.withLock { $0[ObjectIdentifier(child)] = child }
  }

  static func remove(_ child: RunningChild) { all.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(child)) } }

  /// Reaps those that have ended and that nobody joins.
  static func forgetEnded() {
    for child in all.withLock({ Array($0.values) }) { _ = try? child.wait(deadline: .now) }
  }

  /// At the end of the program.
  private static func finish() {
    let children = all.withLock { Array($0.values) }
    for child in children where child.isDaemon { child.send(signal: SIGKILL) }
    for child in children { _ = try? child.wait(deadline: nil) }
  }
}
