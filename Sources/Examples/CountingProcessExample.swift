// SPDX-License-Identifier: Apache-2.0
//
// A process with state of its own. What it counts is its own business, in its own memory, until it tells by a value
// that both see: Python's subclass of Process, without a class.

import Multiprocessing

/// Counts what it has done, and publishes the count at the end.
struct CountingWorker: RemoteFunction {
  struct Input: Codable, Sendable {
    var items: [String]
    var done: SharedValue<Int>
  }

  /// The state. Each process has its own.
  private struct Counter {
    private(set) var count = 0
    mutating func work(on item: String) {
      count += 1
      print("\(CurrentProcess.name) has done \(item), which makes \(count)")
    }
  }

  static func call(_ input: Input) -> Nothing {
    var counter = Counter()
    for item in input.items { counter.work(on: item) }
    input.done.value = counter.count
    return Nothing()
  }
}

enum CountingProcessExample: Example {
  static let name = "counting-process"
  static let summary = "a process with state of its own counts its work"

  static func run() async throws {
    let done = try SharedValue(0)
    let input = CountingWorker.Input(items: ["warp", "weft", "selvage"], done: done)
    let process = try ChildProcess(CountingWorker.self, input, name: "counter")
    print("alive before its start: \(process.isAlive)")
    try process.start()
    let status = try await process.join()
    print("\(process.name) ended with \(status ?? .unknown); alive: \(process.isAlive)")
    print("it counted \(done.value)")
  }
}
