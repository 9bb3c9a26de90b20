// SPDX-License-Identifier: Apache-2.0
// The server process as the program that started it has it: alive until this goes, or the program does.

import Synchronization

/// A manager's server.
final class ManagerProcess: Sendable {
  private let worker: Mutex<WorkerProcess?>
  let pid: Int32
  /// As `ps` and errors from there show it.
  static let name = "manager"

  /// Starts the server on `listener`; returns when it runs.
  init(_ setup: ManagerSetup, listener: OwnedDescriptor) throws(SystemError) {
    let worker = try WorkerProcess(program: ManagerServer.self, name: ManagerProcess.name)
    try worker.channel.send(setup.bytes, descriptors: [listener.number], deadline: .in(seconds: 10))
    try worker.waitUntilReady(deadline: .in(seconds: 30))
    pid = worker.pid
    self.worker = Mutex(worker)
  }

  /// Ends it at once; there is nothing that it would have to save.
  func end() {
    // The worker's own deinit kills and reaps.
    let worker = worker.withLock { worker in
      defer { worker = nil }
      return worker.map { Ended(worker: $0) }
    }
    withExtendedLifetime(worker) {}
  }

  private struct Ended { let worker: WorkerProcess }
}
