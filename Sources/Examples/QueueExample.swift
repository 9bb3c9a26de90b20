// SPDX-License-Identifier: Apache-2.0
//
// A producer and a consumer, two processes, and a queue of five places between them. Closing the queue is the end of
// the work: no special item has to mean it.

import Multiprocessing

struct Producer: RemoteFunction {
  static func call(_ queue: Queue<String>) async throws -> Nothing {
    for k in 1...8 { try await queue.put("item \(k)") }
    try queue.close()
    return Nothing()
  }
}

struct Consumer: RemoteFunction {
  struct Input: Codable, Sendable {
    var queue: Queue<String>
    var sum: SharedValue<Int>
  }

  static func call(_ input: Input) async throws -> Nothing {
    while let item = try await input.queue.get(timeout: .seconds(30)) {
      print("consumed \(item)")
      try await input.sum.withLock { $0 += 1 }
      try input.queue.taskDone()
    }
    return Nothing()
  }
}

enum QueueExample: Example {
  static let name = "queue"
  static let summary = "a producer and a consumer with a bounded queue between them"

  static func run() async throws {
    let queue = try Queue<String>(capacity: 5)
    let consumed = try SharedValue(0)
    let producer = try ChildProcess(Producer.self, queue, name: "producer")
    let consumer = try ChildProcess(Consumer.self, Consumer.Input(queue: queue, sum: consumed), name: "consumer")
    try producer.start()
    try consumer.start()
    print("\(producer.name) ended with \(try await producer.join() ?? .unknown)")
    print("\(consumer.name) ended with \(try await consumer.join() ?? .unknown)")
    // Every item was taken, and worked on.
    try await queue.join(timeout: .seconds(30))
    print("\(consumed.value) items consumed, \(queue.count) left")
  }
}
