// SPDX-License-Identifier: Apache-2.0
//
// A small process manager: workers that take tasks from one queue and put results into another, until the queue is
// closed or a signal asks for the end. Then what is running is finished, what waits is left, and everybody goes.

import Glibc
import Multiprocessing

struct ManagedTask: Codable, Sendable {
  var number: Int
}

struct ManagedResult: Codable, Sendable {
  var number: Int
  var square: Int
  var worker: String
}

/// Works until the queue of tasks is closed and empty, or until it is told to stop.
struct ManagedWorker: RemoteFunction {
  struct Input: Codable, Sendable {
    var tasks: Queue<ManagedTask>
    var results: Queue<ManagedResult>
    var stop: Event
  }

  static func call(_ input: Input) async throws -> Nothing {
    while !input.stop.isSet, let task = try await input.tasks.get() {
      try await Task.sleep(for: .milliseconds(20))
      try await input.results.put(
        ManagedResult(number: task.number, square: task.number * task.number, worker: CurrentProcess.name))
    }
    return Nothing()
  }
}

enum ProcessManagerExample: Example {
  static let name = "process-manager"
  static let summary = "task queue, result queue, and a clean shutdown on a signal"

  private static let taskCount = 200

  static func run() async throws {
    let signals = try TerminationSignals.install()
    let input = ManagedWorker.Input(tasks: try Queue(), results: try Queue(), stop: try Event())
    let workers = try (1...3).map { try ChildProcess(ManagedWorker.self, input, name: "worker-\($0)") }
    for worker in workers { try worker.start() }
    for number in 1...taskCount { try await input.tasks.put(ManagedTask(number: number)) }

    var results: [ManagedResult] = []
    while results.count < taskCount, signals.received == nil {
      guard let result = try await input.results.get(timeout: .seconds(30)) else { break }
      results.append(result)
      // Stands for Ctrl-C, or for `kill`.
      if results.count == 10 { kill(getpid(), SIGTERM) }
    }
    if let signal = signals.received { print("\(ExitStatus.signalName(signal)): finishing what is running") }

    input.stop.set()
    try input.tasks.close()
    for worker in workers {
      let status = try await worker.join()
      print("\(worker.name) ended with \(status ?? .unknown)")
    }
    while input.results.count > 0, let result = try await input.results.get() { results.append(result) }

    print("results correct: \(results.allSatisfy { $0.square == $0.number * $0.number } ? "yes" : "no")")
    print("none twice: \(Set(results.map(\.number)).count == results.count ? "yes" : "no")")
    print("results \(results.count), left \(input.tasks.count), together \(results.count + input.tasks.count)")
    signals.uninstall()
  }
}
