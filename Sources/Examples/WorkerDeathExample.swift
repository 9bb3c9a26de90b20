// SPDX-License-Identifier: Apache-2.0
//
// How a worker's death is noticed. A pidfd becomes readable when its process ends, however it ends, so one wait covers
// answers and deaths; whoever waits for answers alone hangs here for ever.

import Glibc
import Multiprocessing

/// Says that it is there, and then never finishes: it waits for a message that nobody sends.
struct EndlessProgram: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      try channel.send(Array("working".utf8), deadline: .in(seconds: 10))
      while try channel.receive(deadline: nil) != nil {}
      return 0
    } catch {
      return 1
    }
  }
}

enum WorkerDeathExample: Example {
  static let name = "worker-death"
  static let summary = "a worker process is killed; its coordinator notices, and says how it ended"

  static func run() async throws {
    let worker = try WorkerProcess(program: EndlessProgram.self, name: "victim")
    guard let answer = try worker.channel.receive(deadline: .in(seconds: 30)) else {
      throw SystemError(code: .disconnected, message: "The worker ended before it was killed.")
    }
    print("\(worker.name) says: \(String(decoding: answer.bytes, as: UTF8.self))")

    let quiet = try waitForAny(descriptors: [worker.pidDescriptorNumber], deadline: .in(seconds: 0.05))
    print("its pidfd is silent: \(quiet.isEmpty ? "yes" : "no")")

    // Stands for the kernel when memory runs out, or for a user with `kill -9`.
    worker.send(signal: SIGKILL)
    let clock = ContinuousClock()
    let killed = clock.now
    let happened = try waitForAny(
      descriptors: [worker.channel.descriptorNumber, worker.pidDescriptorNumber], deadline: .in(seconds: 30))
    guard !happened.isEmpty, let status = try worker.reap(deadline: .in(seconds: 30)) else {
      throw SystemError(code: .timedOut, message: "The worker's death was not noticed within 30 seconds.")
    }
    let noticed = clock.now
    print("\(worker.name) ended with \(status)")
    print("alive: \(worker.isAlive ? "yes" : "no")")
    print("a signal to it now reaches \(worker.send(signal: SIGTERM) ? "somebody else" : "nobody")")
    print("noticed and reaped after \((noticed - killed).milliseconds)")
  }
}
