// SPDX-License-Identifier: Apache-2.0
//
// Four worker processes that say where they run. Uses Multiprocessing alone: a program for the workers, a channel to each
// of them, and one wait for whatever happens first.

import Glibc
import Multiprocessing

/// Answers one message with a line about its process and machine.
struct PlatformReporter: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard let request = try channel.receive(deadline: nil) else { return 1 }
      let name = String(decoding: request.bytes, as: UTF8.self)
      try channel.send(Array("\(name): \(platform())".utf8), deadline: .in(seconds: 10))
      return 0
    } catch {
      return 1
    }
  }

  static func platform() -> String {
    let cpus = Machine.cpuCount()
    var system = utsname()
    guard unsafe uname(&system) == 0 else { return "pid \(getpid()), \(cpus.count) CPUs" }
    return "pid \(getpid()) of \(getppid()), \(text(of: system.sysname)) \(text(of: system.release)) on "
      + "\(text(of: system.machine)), \(cpus.reason), page of \(getpagesize()) bytes"
  }

  /// The text in a C array of characters, which Swift sees as a tuple.
  private static func text<Field: BitwiseCopyable>(of field: Field) -> String {
    unsafe withUnsafeBytes(of: field) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

enum WorkerReportExample: Example {
  static let name = "worker-report"
  static let summary = "four worker processes report their platform, each through its channel"

  static func run() async throws {
    var workers: [WorkerProcess] = []
    for k in 1...4 {
      let worker = try WorkerProcess(program: PlatformReporter.self, name: "reporter \(k)")
      // Waits in the channel until the worker is up.
      try worker.channel.send(Array(worker.name.utf8), deadline: .in(seconds: 10))
      workers.append(worker)
    }

    let deadline = Deadline.in(seconds: 30)
    var lines = [String?](repeating: nil, count: workers.count)
    while lines.contains(nil) {
      // A channel polls readable when its worker has died, too: nobody waits for an answer that cannot come.
      let missing = lines.indices.filter { lines[$0] == nil }
      let ready = try waitForAny(
        descriptors: missing.map { workers[$0].channel.descriptorNumber }, deadline: deadline)
      if ready.isEmpty { throw SystemError(code: .timedOut, message: "No report came within 30 seconds.") }
      for k in ready.map({ missing[$0] }) {
        guard let answer = try workers[k].channel.receive(deadline: deadline) else {
          let status = try workers[k].reap(deadline: deadline) ?? .unknown
          throw SystemError(
            code: .disconnected, message: "\(workers[k].name) ended with \(status) instead of an answer.")
        }
        lines[k] = String(decoding: answer.bytes, as: UTF8.self)
      }
    }
    for line in lines { print(line ?? "") }

    for worker in workers {
      let status = try worker.reap(deadline: deadline) ?? .unknown
      print("\(worker.name) ended with \(status)")
    }
  }
}
