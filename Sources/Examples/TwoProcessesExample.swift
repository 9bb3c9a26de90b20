// SPDX-License-Identifier: Apache-2.0
//
// The guide's first program: two named processes side by side, and a wait for both.

import Multiprocessing

/// Works for a while, and says when it begins and when it is done.
struct NamedTask: RemoteFunction {
  struct Input: Codable, Sendable {
    var name: String
    var milliseconds: Int
  }

  static func call(_ input: Input) async throws -> Nothing {
    print("\(input.name): begins in \(CurrentProcess.name)")
    try await Task.sleep(for: .milliseconds(input.milliseconds))
    print("\(input.name): done")
    return Nothing()
  }
}

enum TwoProcessesExample: Example {
  static let name = "two-processes"
  static let summary = "two named processes run side by side, and are joined"

  static func run() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let tasks = try ["reader", "writer"].map { name in
      try ChildProcess(NamedTask.self, NamedTask.Input(name: name, milliseconds: 1000), name: "process-\(name)")
    }
    for task in tasks { try task.start() }
    for task in tasks {
      let status = try await task.join()
      print("\(task.name) ended with \(status ?? .unknown)")
    }
    // Side by side: together they took less time than one after the other.
    let elapsed = clock.now - start
    print("side by side: \(elapsed < .milliseconds(2000) ? "yes" : "no")")
    print("time \(elapsed.milliseconds)")
  }
}
