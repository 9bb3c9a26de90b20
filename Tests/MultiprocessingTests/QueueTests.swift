// SPDX-License-Identifier: Apache-2.0
// Queues: order, bounds, time limits, closing, tasks, both kinds of calls, and other processes at the other end.

import Glibc
import Multiprocessing
import Testing

struct Letter: Codable, Sendable, Equatable {
  var name: String
  var pages: [Double?]
}

/// Decodes only even numbers.
struct EvenNumber: Codable, Sendable {
  var number: Int
  init(_ number: Int) { self.number = number }
  init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Int.self)
    if number % 2 != 0 { throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "odd")) }
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

@Suite struct QueueTests {
  // MARK: One process

  @Test(.timeLimit(.minutes(10))) func firstInFirstOut() throws {
    let queue = try Queue<Letter>()
    #expect(queue.isEmpty && !queue.isFull && queue.count == 0 && queue.capacity == nil)
    let letters = (0..<100).map { Letter(name: "no. \($0)", pages: [Double($0), nil]) }
    for letter in letters { try queue.put(letter) }
    #expect(queue.count == 100)
    for letter in letters { #expect(try queue.get() == letter) }
    #expect(queue.isEmpty)
  }

  @Test(.timeLimit(.minutes(10))) func manySizesAroundTheRing() throws {
    // Every size wraps somewhere else.
    let queue = try Queue<[UInt8]>(byteCapacity: 4096)
    for count in 0..<3000 {
      let item = (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ count) }
      try queue.put(item, timeout: .seconds(1))
      #expect(try queue.get(timeout: .seconds(1)) == item)
    }
  }

  @Test(.timeLimit(.minutes(10))) func theBoundHolds() throws {
    let queue = try Queue<Int>(capacity: 3)
    for k in 0..<3 { try queue.put(k, timeout: .zero) }
    #expect(queue.isFull && queue.count == 3 && queue.capacity == 3)
    for timeout in [Duration.zero, .milliseconds(30)] {
      expectError {
        try queue.put(9, timeout: timeout)
      } satisfies: { error in
        #expect(error.code == .timedOut)
      }
    }
    #expect(try queue.get() == 0)
    try queue.put(3, timeout: .zero)
    #expect(try (0..<3).map { _ in try queue.get() } == [1, 2, 3])
    expectError {
      _ = try queue.get(timeout: .zero)
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    let before = Deadline.now
    expectError {
      _ = try queue.get(timeout: .milliseconds(80))
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    #expect(Deadline.now.nanoseconds - before.nanoseconds >= 80_000_000)
  }

  @Test(.timeLimit(.minutes(10))) func theMemoryIsABound() throws {
    let queue = try Queue<[UInt8]>(byteCapacity: 4096)
    let item = [UInt8](repeating: 7, count: 1500)
    try queue.put(item, timeout: .zero)
    try queue.put(item, timeout: .zero)
    for large in [1500, 9000] {
      expectError {
        try queue.put([UInt8](repeating: 1, count: large), timeout: .milliseconds(60))
      } satisfies: { error in
        #expect(error.code == .timedOut)
      }
    }
    #expect(try queue.get() == item)
    #expect(try queue.get() == item)
    #expect(queue.isEmpty)
    // A large item that nobody takes is withdrawn; what comes after it is not harmed.
    expectError {
      try queue.put([UInt8](repeating: 1, count: 9000), timeout: .milliseconds(60))
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    expectError {
      _ = try queue.get(timeout: .zero)
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    try queue.put(item, timeout: .seconds(1))
    #expect(try queue.get(timeout: .seconds(1)) == item)
    #expect(queue.isEmpty)
  }

  @Test(.timeLimit(.minutes(10))) func closing() async throws {
    let queue = try Queue<Int>(capacity: 2)
    try await queue.put(1)
    try await queue.put(2)
    // One producer waits, and two consumers of another queue.
    let empty = try Queue<Int>()
    async let refused = onOwnThread { try queue.put(3) }
    async let nothing = onOwnThread { try empty.get() }
    async let nothingEither: Int? = empty.get()
    _ = try await onOwnThread { try waitForAny(descriptors: [], deadline: .in(seconds: 0.15)) }
    try queue.close()
    try queue.close()
    try empty.close()
    do {
      try await refused
      Issue.record("put into a closed queue")
    } catch let error as SystemError { #expect(error.code == .closed) }
    #expect(try await nothing == nil)
    #expect(try await nothingEither == nil)
    #expect(queue.isClosed && queue.count == 2)
    try await onOwnThread { () throws in
      expectError {
        try queue.put(4)
      } satisfies: { error in
        #expect(error.code == .closed)
      }
      #expect(try queue.get() == 1)
      #expect(try queue.get(timeout: .zero) == 2)
      #expect(try queue.get(timeout: .zero) == nil)
      #expect(try queue.get() == nil)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aLargeItemIsWithdrawnByClosing() async throws {
    let queue = try Queue<[UInt8]>(byteCapacity: 4096)
    async let refused = onOwnThread { try queue.put([UInt8](repeating: 1, count: 100_000)) }
    _ = try await onOwnThread { try waitForAny(descriptors: [], deadline: .in(seconds: 0.1)) }
    try queue.close()
    do {
      try await refused
      Issue.record("put into a closed queue")
    } catch let error as SystemError { #expect(error.code == .closed) }
    #expect(try await queue.get(timeout: .seconds(5)) == nil)
  }

  @Test(.timeLimit(.minutes(10))) func tasksAreJoined() async throws {
    let queue = try Queue<Int>()
    try await queue.join(timeout: .zero)
    for k in 0..<20 { try await queue.put(k) }
    async let joined: Void = queue.join()
    async let joinedToo: Void = onOwnThread { try queue.join() }
    try await onOwnThread { () throws in
      for _ in 0..<20 {
        _ = try queue.get()
        expectError {
          try queue.join(timeout: .zero)
        } satisfies: { error in
          #expect(error.code == .timedOut)
        }
        try queue.taskDone()
      }
    }
    try await joined
    try await joinedToo
    expectError {
      try queue.taskDone()
    } satisfies: { error in
      #expect(error.code == .notFound && error.description.contains("once for each item"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func anItemThatCannotBeDecodedIsTaken() throws {
    for large in [0, 20_000] {
      let queue = try Queue<[EvenNumber]>(byteCapacity: large == 0 ? 4096 : 1 << 20)
      let filler = [EvenNumber](repeating: EvenNumber(2), count: large)
      try queue.put(filler + [EvenNumber(1)])
      try queue.put(filler + [EvenNumber(4)])
      expectError {
        _ = try queue.get()
      } satisfies: { error in
        #expect(error.code == .payload)
      }
      #expect(try queue.get()?.last?.number == 4)
      #expect(queue.isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(10))) func queuesInQueuesAreRefused() throws {
    let outer = try Queue<Queue<Int>>()
    let inner = try Queue<Int>()
    expectError {
      try outer.put(inner)
    } satisfies: { error in
      #expect(error.code == .payload && error.description.contains("ChildProcess"))
    }
    #expect(outer.isEmpty)
  }

  // MARK: Async

  @Test(.timeLimit(.minutes(10))) func waitingTasksLeaveThePoolFree() async throws {
    let queue = try Queue<Int>()
    // Many more than the pool has threads.
    try await withThrowingTaskGroup(of: Int?.self) { group in
      for _ in 0..<32 { group.addTask { try await queue.get() } }
      try await Task.sleep(for: .milliseconds(50))
      for k in 0..<32 { try await queue.put(k) }
      var sum = 0
      for try await item in group { sum += item ?? 1000 }
      #expect(sum == 496)
    }
  }

  @Test(.timeLimit(.minutes(10))) func cancellationEndsEveryWait() async throws {
    let empty = try Queue<Int>()
    let full = try Queue<Int>(capacity: 1)
    try await full.put(1)
    let streaming = try Queue<[UInt8]>(byteCapacity: 4096)
    let waits: [@Sendable () async throws -> Void] = [
      { _ = try await empty.get() }, { try await full.put(2) }, { try await full.join() },
      { try await streaming.put([UInt8](repeating: 3, count: 50_000)) },
    ]
    for (index, wait) in waits.enumerated() {
      let task = Task { try await wait() }
      try await Task.sleep(for: .milliseconds(30))
      task.cancel()
      let before = Deadline.now
      let result = await task.result
      #expect(throws: CancellationError.self, "wait \(index)") { try result.get() }
      // 50 ms on a quiet machine.
      #expect(Deadline.now.nanoseconds - before.nanoseconds < 2_000_000_000)
    }
    // Nothing was put or taken by the cancelled ones.
    #expect(full.count == 1 && empty.isEmpty && streaming.isEmpty)
    try await empty.put(5, timeout: .seconds(5))
    #expect(try await empty.get(timeout: .seconds(5)) == 5)
    #expect(try await full.get(timeout: .seconds(5)) == 1)
    async let taken = streaming.get(timeout: .seconds(20))
    try await streaming.put([4, 5], timeout: .seconds(5))
    #expect(try await taken == [4, 5])
  }

  @Test(.timeLimit(.minutes(10))) func asyncTimeouts() async throws {
    let queue = try Queue<Int>(capacity: 1)
    for timeout in [Duration.zero, .milliseconds(20)] {
      do {
        _ = try await queue.get(timeout: timeout)
        Issue.record("got something")
      } catch let error as SystemError { #expect(error.code == .timedOut) }
    }
    try await queue.put(1, timeout: .zero)
    do {
      try await queue.put(2, timeout: .milliseconds(20))
      Issue.record("put too many")
    } catch let error as SystemError { #expect(error.code == .timedOut) }
    #expect(try await queue.get(timeout: .zero) == 1)
  }

  // MARK: Several processes

  @Test(.timeLimit(.minutes(10))) func manyProducersAndConsumers() async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>(capacity: 50, byteCapacity: 16384)
      let table = try QueueTable()
      let consumers = try (0..<3).map { _ in
        try QueueWorker.start(QueueOrder(queue: queue, task: .consume(count: 0)), table)
      }
      let producers = try (0..<3).map {
        try QueueWorker.start(
          QueueOrder(queue: queue, task: .produce(producer: $0, first: 1, last: 2000, every: 100, large: 5000)), table)
      }
      for producer in producers { #expect(try producer.reap(deadline: .in(seconds: 60)) == .exited(code: 0)) }
      try queue.join(timeout: .seconds(60))
      try queue.close()
      for consumer in consumers { #expect(try consumer.reap(deadline: .in(seconds: 60)) == .exited(code: 0)) }
      #expect(table.wrong.load() == 0 && table.taken.load() == 6000 && queue.isEmpty)
      for producer in 0..<3 {
        let missing = (1...2000).filter { table.deliveries(producer, $0) != 1 }
        #expect(missing.isEmpty, "of producer \(producer)")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aLargeItemPassesASmallRing() async throws {
    try await onOwnThread { () throws in
      let there = try Queue<[Int]>(byteCapacity: 1 << 16)
      let back = try Queue<[Int]>(byteCapacity: 1 << 16)
      let table = try QueueTable()
      let echo = try QueueWorker.start(QueueOrder(queue: there, back: back, task: .echo), table)
      let item = QueueItem.make(1, 1, 1 << 20)
      for _ in 0..<3 {
        try there.put(item, timeout: .seconds(30))
        #expect(try back.get(timeout: .seconds(30)) == item)
      }
      try there.close()
      #expect(try echo.reap(deadline: .in(seconds: 20)) == .exited(code: 0))
    }
  }
}
