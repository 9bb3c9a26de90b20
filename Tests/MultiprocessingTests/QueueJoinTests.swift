// SPDX-License-Identifier: Apache-2.0
// What `join` and `count` believe: handles of one process that came in several ways, and words that a dead producer
// left behind.

import Glibc
import Multiprocessing
import Testing

@Suite struct QueueJoinTests {
  /// The queue as it arrives once more in this process, as in a pool's next task.
  private static func anotherHandle(_ queue: Queue<[Int]>) throws -> Queue<[Int]> {
    let payload = try Payload(queue)
    let descriptors = try payload.descriptors.map { OwnedDescriptor(try Descriptor(duplicating: $0)) }
    return try PayloadDecoding.decode(Queue<[Int]>.self, bytes: payload.bytes, descriptors: descriptors)
  }

  /// As many handles as a worker of a pool gets in as many tasks do not fill the table of processes.
  @Test(.timeLimit(.minutes(10))) func manyHandlesAreOneProcess() async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>()
      for number in 0..<300 {
        let handle = try Self.anotherHandle(queue)
        try handle.put([1, number])
        #expect(try handle.get(timeout: .seconds(5)) == [1, number])
        try handle.taskDone()
      }
      try queue.join(timeout: .zero)
      try queue.put(QueueItem.make(1, 1, 3))
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .consume(count: 0))
      let consumer = try QueueWorker.start(order, table, fault: "queue.get.unlocked:1:kill")
      #expect(try consumer.reap(deadline: .in(seconds: 20)) == QueueFaultTests.killed)
      expectError {
        try queue.join(timeout: .seconds(5))
      } satisfies: { error in
        #expect(error.code == .ownerDied)
      }
      try queue.join(timeout: .seconds(5))
    }
  }

  /// Taken through one handle and done through another: nothing is left when the process ends.
  @Test(.timeLimit(.minutes(10))) func doneCountsForTheProcess() async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>()
      for number in 1...2 { try queue.put(QueueItem.make(1, number, 3)) }
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, back: queue, task: .consumeApart)
      let consumer = try QueueWorker.start(order, table)
      #expect(try consumer.reap(deadline: .in(seconds: 20)) == .exited(code: 0))
      expectError {
        try queue.join(timeout: .milliseconds(200))
      } satisfies: { error in
        #expect(error.code == .timedOut, "the second item is still there")
      }
      #expect(try queue.get(timeout: .seconds(5)) == QueueItem.make(1, 2, 3))
      try queue.taskDone()
      try queue.join(timeout: .zero)
    }
  }

  /// A producer dies with an item announced; the next one's half item ends just where that one would have ended.
  @Test(.timeLimit(.minutes(10))) func anAnnouncementDoesNotOutliveItsProducer() async throws {
    let queue = try Queue<[Int]>(byteCapacity: 4096)
    try await onOwnThread { () throws in
      // 4,096 bytes with both heads: as much as four fragments of 1,024.
      let order = QueueOrder(queue: queue, task: .produce(producer: 1, first: 1, last: 1, every: 1, large: 505))
      let producer = try QueueWorker.start(order, try QueueTable(), fault: "queue.put.journaled:1:kill")
      #expect(try producer.reap(deadline: .in(seconds: 20)) == QueueFaultTests.killed)
      expectError {
        try queue.put(QueueItem.make(2, 1, 5000), timeout: .zero)
      } satisfies: { error in
        #expect(error.code == .timedOut)
      }
      #expect(queue.isEmpty)
    }
    async let taken = onOwnThread { try queue.get(timeout: .seconds(20)) }
    try await onOwnThread { () throws in try queue.put([3, 1], timeout: .seconds(20)) }
    #expect(try await taken == [3, 1])
    #expect(queue.isEmpty)
    try await onOwnThread { () throws in
      try queue.taskDone()
      try queue.join(timeout: .zero)
    }
  }

  /// An item whose producer died between publishing and counting it is counted all the same.
  @Test(.timeLimit(.minutes(10))) func anItemOfADeadProducerIsCounted() async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>()
      let order = QueueOrder(queue: queue, task: .produce(producer: 1, first: 1, last: 9, every: 100, large: 0))
      let producer = try QueueWorker.start(order, try QueueTable(), fault: "queue.put.published:3:kill")
      #expect(try producer.reap(deadline: .in(seconds: 20)) == QueueFaultTests.killed)
      #expect(queue.count == 3)
      for number in 1...2 {
        #expect(try queue.get(timeout: .seconds(5)) == QueueItem.make(1, number, number % 5))
        try queue.taskDone()
      }
      expectError {
        try queue.join(timeout: .zero)
      } satisfies: { error in
        #expect(error.code == .timedOut)
      }
      #expect(try queue.get(timeout: .seconds(5)) == QueueItem.make(1, 3, 3))
      try queue.taskDone()
      try queue.join(timeout: .zero)
    }
  }

  /// More deaths with an item in hand than there were places once: each is told of, and then `join` ends.
  @Test(.timeLimit(.minutes(10))) func manyLossesBetweenTwoJoins() async throws {
    try await onOwnThread { () throws in
      let deaths = 300
      let queue = try Queue<[Int]>(capacity: 6)
      let table = try QueueTable()
      for number in 1...deaths {
        try queue.put(QueueItem.make(1, number, 3), timeout: .seconds(20))
        let consumer = try QueueWorker.start(
          QueueOrder(queue: queue, task: .consume(count: 0)), table, fault: "queue.get.unlocked:1:kill")
        #expect(try consumer.reap(deadline: .in(seconds: 20)) == QueueFaultTests.killed)
      }
      var told = 0
      while told <= deaths {
        do throws(SystemError) {
          try queue.join(timeout: .seconds(5))
          break
        } catch {
          guard error.code == .ownerDied else { throw error }
          told += 1
        }
      }
      #expect(told == deaths)
    }
  }
}
