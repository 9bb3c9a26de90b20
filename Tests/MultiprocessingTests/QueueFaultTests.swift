// SPDX-License-Identifier: Apache-2.0
// Queues when processes are killed (faults.md F32, F35): at every instant that matters, by WEFT_FAULT, and at random
// under load. What must hold: nothing is lost but what was in the victim's hands, nothing is delivered twice, nobody
// hangs.

import Glibc
import Multiprocessing
import Testing

@Suite struct QueueFaultTests {
  static let killed = Multiprocessing.ExitStatus.signaled(signal: SIGKILL, coreDumped: false)

  /// Exactly `capacity` items fit, and the counts agree: nothing is left of those who died.
  static func isInOrder(_ queue: Queue<[Int]>, capacity: Int) throws -> Bool {
    guard queue.isEmpty else { return false }
    for number in 1...capacity { try queue.put([0, number], timeout: .seconds(2)) }
    do throws(SystemError) {
      try queue.put([0, 0], timeout: .zero)
      return false
    } catch {
      guard error.code == .timedOut, queue.isFull else { return false }
    }
    for number in 1...capacity where try queue.get(timeout: .seconds(2)) != [0, number] { return false }
    return queue.isEmpty
  }

  // MARK: Producers

  /// Killed at its third passage: what is there afterwards is `whole` items, and the next producer's.
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("queue.put.locked", 2), ("queue.put.written", 2), ("queue.put.journaled", 2), ("queue.put.published", 3),
      ("queue.put.unlocked", 3),
    ])
  func aProducerIsKilled(site: String, whole: Int) async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>(capacity: 5)
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .produce(producer: 1, first: 1, last: 9, every: 100, large: 0))
      let producer = try QueueWorker.start(order, table, fault: "\(site):3:kill")
      #expect(try producer.reap(deadline: .in(seconds: 20)) == Self.killed)
      try queue.put([2, 1], timeout: .seconds(5))
      #expect(queue.count == whole + 1)
      for number in 1...whole { #expect(try queue.get(timeout: .seconds(5)) == QueueItem.make(1, number, number % 5)) }
      #expect(try queue.get(timeout: .seconds(5)) == [2, 1])
      #expect(try Self.isInOrder(queue, capacity: 5))
      for _ in 0...whole { try queue.taskDone() }
      for _ in 0..<5 { try queue.taskDone() }
      try queue.join(timeout: .zero)
    }
  }

  /// A consumer that waits at that instant gets what is whole and then the next producer's.
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [("queue.put.journaled", 2), ("queue.put.published", 3), ("queue.put.unlocked", 3)])
  func aProducerIsKilledBeforeAWaitingConsumer(site: String, whole: Int) async throws {
    let queue = try Queue<[Int]>(capacity: 5)
    async let taken = onOwnThread { try (0...whole).map { _ in try queue.get(timeout: .seconds(30))?.first } }
    try await onOwnThread { () throws in
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .produce(producer: 1, first: 1, last: 9, every: 100, large: 0))
      let producer = try QueueWorker.start(order, table, fault: "\(site):3:kill")
      #expect(try producer.reap(deadline: .in(seconds: 20)) == Self.killed)
      try queue.put([2, 1], timeout: .seconds(5))
    }
    #expect(try await taken == Array(repeating: 1, count: whole) + [2])
    #expect(try await onOwnThread { try Self.isInOrder(queue, capacity: 5) })
  }

  /// Killed while it streams its second item, which is larger than the ring.
  @Test(.timeLimit(.minutes(10)), arguments: ["queue.put.fragment:3:kill", "queue.put.decided:1:kill"])
  func aProducerIsKilledInTheMiddleOfAnItem(fault: String) async throws {
    let queue = try Queue<[Int]>(capacity: 5, byteCapacity: 4096)
    async let taken = onOwnThread {
      let first = try queue.get(timeout: .seconds(20))
      // Half an item is no item; the wait for the next one ends by its time.
      var code: SystemError.Code?
      do throws(SystemError) { _ = try queue.get(timeout: .milliseconds(700)) } catch { code = error.code }
      return (first?.count, code)
    }
    try await onOwnThread { () throws in
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .produce(producer: 1, first: 1, last: 9, every: 2, large: 3000))
      let producer = try QueueWorker.start(order, table, fault: fault)
      #expect(try producer.reap(deadline: .in(seconds: 20)) == Self.killed)
    }
    #expect(try await taken == (3, .timedOut))
    async let next = onOwnThread { try queue.get(timeout: .seconds(20)) }
    try await onOwnThread { () throws in try queue.put(QueueItem.make(2, 1, 4000), timeout: .seconds(20)) }
    #expect(try await next == QueueItem.make(2, 1, 4000))
    #expect(try await onOwnThread { try Self.isInOrder(queue, capacity: 5) })
  }

  /// The consumer of a torn item learns that the queue is closed.
  @Test(.timeLimit(.minutes(10))) func aTornItemDoesNotKeepAClosedQueueOpen() async throws {
    let queue = try Queue<[Int]>(byteCapacity: 4096)
    async let nothing = onOwnThread { try queue.get() }
    try await onOwnThread { () throws in
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .produce(producer: 1, first: 1, last: 9, every: 1, large: 3000))
      let producer = try QueueWorker.start(order, table, fault: "queue.put.fragment:4:kill")
      #expect(try producer.reap(deadline: .in(seconds: 20)) == Self.killed)
      try queue.close()
    }
    #expect(try await nothing == nil)
  }

  // MARK: Consumers

  /// Killed at its third passage: the items from `next` on are there, and `join` knows whether one is lost.
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("queue.get.locked", 3), ("queue.get.read", 3), ("queue.get.journaled", 3), ("queue.get.released", 4),
      ("queue.get.unlocked", 4),
    ])
  func aConsumerIsKilled(site: String, next: Int) async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>(capacity: 6)
      let table = try QueueTable()
      for number in 1...6 { try queue.put(QueueItem.make(1, number, 3)) }
      let order = QueueOrder(queue: queue, task: .consume(count: 0))
      let consumer = try QueueWorker.start(order, table, fault: "\(site):3:kill")
      #expect(try consumer.reap(deadline: .in(seconds: 20)) == Self.killed)
      if next == 4 {
        expectError {
          try queue.join(timeout: .seconds(5))
        } satisfies: { error in
          #expect(error.code == .ownerDied && error.description.contains("Process \(consumer.pid) ended with 1 items"))
        }
      }
      // The place that the dead one left is there for a producer, whether or not it was woken.
      if next == 4 {
        try queue.put(QueueItem.make(1, 7, 3), timeout: .seconds(5))
      }
      for number in next...(next == 4 ? 7 : 6) {
        #expect(try queue.get(timeout: .seconds(5)) == QueueItem.make(1, number, 3))
        try queue.taskDone()
      }
      try queue.join(timeout: .seconds(5))
      #expect(try Self.isInOrder(queue, capacity: 6))
    }
  }

  /// A large item goes to another consumer when the one that had half of it dies: its producer begins again.
  @Test(.timeLimit(.minutes(10)), arguments: [1, 5])
  func aConsumerIsKilledInTheMiddleOfAnItem(passage: Int) async throws {
    let queue = try Queue<[Int]>(byteCapacity: 4096)
    async let put: Void = onOwnThread {
      try queue.put(QueueItem.make(1, 1, 20_000), timeout: .seconds(20))
      try queue.put(QueueItem.make(1, 2, 2), timeout: .seconds(20))
    }
    try await onOwnThread { () throws in
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .consume(count: 0))
      let consumer = try QueueWorker.start(order, table, fault: "queue.get.fragment:\(passage):kill")
      #expect(try consumer.reap(deadline: .in(seconds: 20)) == Self.killed)
      #expect(try queue.get(timeout: .seconds(20)) == QueueItem.make(1, 1, 20_000))
      #expect(try queue.get(timeout: .seconds(20)) == QueueItem.make(1, 2, 2))
      for _ in 0..<2 { try queue.taskDone() }
      try queue.join(timeout: .seconds(5))
    }
    try await put
    #expect(
      try await onOwnThread { try Self.isInOrder(queue, capacity: 5) } == false, "an unbounded queue is never full")
  }

  /// The rest of an item that is whole in the ring, without the consumer that had its beginning, is lost: `join` says
  /// so.
  @Test(.timeLimit(.minutes(10))) func aConsumerIsKilledNearTheEndOfAnItem() async throws {
    let queue = try Queue<[Int]>(byteCapacity: 4096)
    async let put: Void = onOwnThread { try queue.put(QueueItem.make(1, 1, 900), timeout: .seconds(20)) }
    try await onOwnThread { () throws in
      let table = try QueueTable()
      let order = QueueOrder(queue: queue, task: .consume(count: 0))
      // 7,232 bytes in fragments of 1,000: after the fifth the rest fits into the ring, and the put returns.
      let consumer = try QueueWorker.start(
        order, table, fault: "queue.get.fragment:6:sleep=0.5,queue.get.fragment:7:kill")
      #expect(try consumer.reap(deadline: .in(seconds: 20)) == Self.killed)
    }
    try await put
    try await onOwnThread { () throws in
      try queue.put([2, 1], timeout: .seconds(5))
      #expect(try queue.get(timeout: .seconds(5)) == [2, 1])
      try queue.taskDone()
      expectError {
        try queue.join(timeout: .seconds(5))
      } satisfies: { error in
        #expect(error.code == .ownerDied)
      }
      try queue.join(timeout: .seconds(5))
    }
  }

  /// A consumer that is stopped with half an item in hand holds up nobody's deadline, and goes on afterwards.
  @Test(.timeLimit(.minutes(10))) func aStoppedConsumerHoldsUpNoDeadline() async throws {
    try await onOwnThread { () throws in
      let queue = try Queue<[Int]>(byteCapacity: 4096)
      let table = try QueueTable()
      let consumer = try QueueWorker.start(QueueOrder(queue: queue, task: .consume(count: 1)), table)
      try QueueWorker.awaitStart(consumer)
      consumer.send(signal: SIGSTOP)
      #expect(eventually(within: 5) { state(of: consumer.pid) == "T" })
      expectError {
        try queue.put(QueueItem.make(1, 1, 5000), timeout: .milliseconds(200))
      } satisfies: { error in
        #expect(error.code == .timedOut)
      }
      consumer.send(signal: SIGCONT)
      try queue.put(QueueItem.make(1, 2, 5000), timeout: .seconds(20))
      #expect(try consumer.reap(deadline: .in(seconds: 20)) == .exited(code: 0))
      #expect(table.deliveries(1, 2) == 1 && table.wrong.load() == 0)
    }
  }

  // MARK: At random

  /// Producers and consumers are killed at random instants under load, and replaced.
  @Test(.timeLimit(.minutes(10))) func randomKills() async throws {
    let kills = environment("WEFT_LONG") == "1" ? 2000 : 100
    let seed = environment("WEFT_SEED").flatMap { UInt64($0) } ?? Deadline.now.nanoseconds
    try await onOwnThread { () throws in
      var carnage = try Carnage(seed: seed, kills: kills)
      let message = try carnage.run(kills: kills)
      #expect(message == "", "WEFT_SEED=\(seed)")
    }
  }
}

/// Two producers, two consumers, and somebody who kills them.
private struct Carnage {
  let queue: Queue<[Int]>
  let table: QueueTable
  var random: UInt64
  var lastProducer = 1
  var lostAtMost = 0

  init(seed: UInt64, kills: Int) throws {
    queue = try Queue<[Int]>(capacity: 40, byteCapacity: 16384)
    table = try QueueTable(producers: kills + 4)
    random = seed | 1
  }

  mutating func next(below limit: UInt64) -> UInt64 {
    random ^= random << 13
    random ^= random >> 7
    random ^= random << 17
    return random % limit
  }

  mutating func start(producer: Bool) throws -> WorkerProcess {
    if producer { lastProducer += 1 }
    let task = producer ? QueueOrder.Task.keepProducing(producer: lastProducer) : .consume(count: 0)
    return try QueueWorker.start(QueueOrder(queue: queue, task: task), table)
  }

  /// What is wrong; "" when nothing is.
  mutating func run(kills: Int) throws -> String {
    var workers = try (0..<4).map { try start(producer: $0 < 2) }
    for kill in 0..<kills {
      let victim = Int(next(below: 4))
      try QueueWorker.awaitStart(workers[victim])
      usleep(UInt32(next(below: 6000)))
      workers[victim].send(signal: SIGKILL)
      guard try workers[victim].reap(deadline: .in(seconds: 20)) == QueueFaultTests.killed else {
        return "after \(kill) kills worker \(victim) had ended by itself"
      }
      if victim >= 2 { lostAtMost += 1 }
      workers[victim] = try start(producer: victim < 2)
      // Everything still moves.
      if kill % 10 == 9 {
        let before = table.taken.load()
        let taken = table.taken
        guard eventually(within: 20, { taken.load() > before }) else { return "nothing moves after \(kill + 1) kills" }
      }
    }
    table.stop.store(1)
    for producer in workers.prefix(2) {
      guard try producer.reap(deadline: .in(seconds: 20)) == .exited(code: 0) else { return "a producer hangs" }
    }
    try queue.close()
    for consumer in workers.suffix(2) {
      guard try consumer.reap(deadline: .in(seconds: 20)) == .exited(code: 0) else { return "a consumer hangs" }
    }
    var lost = 0
    var total = 0
    for producer in 2...lastProducer {
      let put = Int(table.put(producer).load())
      for number in 1..<QueueTable.itemLimit {
        let deliveries = table.deliveries(producer, number)
        total += Int(deliveries)
        if deliveries > 1 { return "item \(number) of producer \(producer) came \(deliveries) times" }
        if deliveries == 0 && number <= put { lost += 1 }
        // The one that its producer had in hand may have come.
        if deliveries > 0 && number > put + 1 { return "item \(number) of producer \(producer) was never put" }
      }
    }
    if lost > lostAtMost { return "\(lost) items are lost with \(lostAtMost) consumers" }
    if table.wrong.load() != 0 { return "\(table.wrong.load()) items were wrong" }
    if !queue.isEmpty { return "\(queue.count) items are left" }
    print("queue: \(kills) kills, \(total) items delivered, \(lost) lost with \(lostAtMost) killed consumers")
    return try joins(lost) ? "" : "join does not end"
  }

  /// The losses that `join` reports end somewhere, and then it returns.
  func joins(_ lost: Int) throws -> Bool {
    for _ in 0...lostAtMost {
      do throws(SystemError) {
        try queue.join(timeout: .seconds(5))
        return true
      } catch { if error.code != .ownerDied { return false } }
    }
    return false
  }
}
