// SPDX-License-Identifier: Apache-2.0
// The worker program of the queue tests: gets a queue, a table of marks and an order, and does what the order says.

import Glibc
import Multiprocessing

/// What a worker is to do.
struct QueueOrder: Codable {
  enum Task: Codable {
    /// Puts items `first...last` of `producer`, then ends.
    case produce(producer: Int, first: Int, last: Int, every: Int, large: Int)
    /// Puts items until the table says stop.
    case keepProducing(producer: Int)
    /// Takes `count` items (0: until the queue is closed and empty) and marks each; calls taskDone() after each.
    case consume(count: Int)
    /// Takes one item, and says through `back`, which is the same queue, that it is done.
    case consumeApart
    /// Takes items from the queue and puts them into `back`.
    case echo
  }

  var queue: Queue<[Int]>
  var back: Queue<[Int]>?
  var task: Task
  var producers = 0
}

/// Items are [producer, number, filler…].
enum QueueItem {
  static func make(_ producer: Int, _ number: Int, _ count: Int) -> [Int] {
    [producer, number] + (0..<count).map { $0 &* 7 &+ number &+ producer }
  }

  static func isRight(_ item: [Int]) -> Bool {
    item.count >= 2
      && item.dropFirst(2).enumerated().allSatisfy { $0.element == $0.offset &* 7 &+ item[1] &+ item[0] }
  }
}

/// Marks in shared memory, which stay when the process that made them is killed.
final class QueueTable {
  static let itemLimit = 1 << 16
  let memory: SharedMemory
  let producers: Int

  init(producers: Int = 4) throws {
    self.producers = producers
    memory = try SharedMemory(byteCount: 4096 + producers * (QueueTable.itemLimit + 8))
  }

  init(attaching descriptor: consuming Descriptor, producers: Int) throws {
    self.producers = producers
    memory = try SharedMemory(
      attaching: descriptor, byteCount: 4096 + producers * (QueueTable.itemLimit + 8), writable: true)
  }

  /// Not 0: producers end.
  var stop: SharedWord { unsafe SharedWord(memory.baseAddress) }
  /// Items that were wrong in themselves or came in the wrong order.
  var wrong: SharedWord { unsafe SharedWord(memory.baseAddress + 64) }
  /// Items taken, of all producers.
  var taken: SharedWord { unsafe SharedWord(memory.baseAddress + 128) }
  /// Items whose `put` returned.
  func put(_ producer: Int) -> SharedWord { unsafe SharedWord(memory.baseAddress + 4096 + producer * 8) }

  /// How often an item was delivered.
  func deliveries(_ producer: Int, _ number: Int) -> UInt8 {
    unsafe (memory.baseAddress + offset(producer, number)).assumingMemoryBound(to: UInt8.self).pointee
  }
  func mark(_ producer: Int, _ number: Int) {
    unsafe (memory.baseAddress + offset(producer, number)).assumingMemoryBound(to: UInt8.self).pointee += 1
  }
  private func offset(_ producer: Int, _ number: Int) -> Int {
    precondition(producer < producers && number < QueueTable.itemLimit)
    return 4096 + producers * 8 + producer * QueueTable.itemLimit + number
  }
}

enum QueueWorker: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard var message = try channel.receive(deadline: .in(seconds: 20)) else { return 2 }
      var descriptors: [OwnedDescriptor] = []
      while let descriptor = message.takeDescriptor() { descriptors.append(OwnedDescriptor(descriptor)) }
      guard let last = descriptors.popLast() else { return 3 }
      let order = try PayloadDecoding.decode(QueueOrder.self, bytes: message.bytes, descriptors: descriptors)
      let table = try QueueTable(attaching: Descriptor(duplicating: last.number), producers: order.producers)
      descriptors = []
      try channel.send([1], deadline: nil)
      switch order.task {
      case .produce(let producer, let first, let last, let every, let large):
        for number in first...last {
          try order.queue.put(QueueItem.make(producer, number, number % every == 0 ? large : number % 5))
          table.put(producer).store(UInt64(number))
        }
      case .keepProducing(let producer):
        var number = 0
        while table.stop.load() == 0 {
          number += 1
          if number == QueueTable.itemLimit {
            while table.stop.load() == 0 { usleep(1000) }
            break
          }
          // Some are larger than the ring, some nearly as large.
          let count = number % 64 == 0 ? 6000 : number % 16 == 0 ? 1900 : number % 7
          try order.queue.put(QueueItem.make(producer, number, count))
          table.put(producer).store(UInt64(number))
        }
      case .consume(let count):
        var latest: [Int: Int] = [:]
        var taken = 0
        while taken < count || count == 0, let item = try order.queue.get() {
          taken += 1
          table.taken.add(1)
          if !QueueItem.isRight(item) || latest[item[0], default: 0] >= item[1] { table.wrong.add(1) }
          latest[item[0]] = item[1]
          table.mark(item[0], item[1])
          try order.queue.taskDone()
        }
      case .consumeApart:
        _ = try order.queue.get()
        try order.back?.taskDone()
      case .echo:
        while let item = try order.queue.get() { try order.back?.put(item) }
      }
      return 0
    } catch {
      print("queue worker: \(error)")
      return 4
    }
  }

  static func start(
    _ order: QueueOrder, _ table: QueueTable, fault: String? = nil
  ) throws -> WorkerProcess {
    let worker = try WorkerProcess(
      program: QueueWorker.self, name: "queue-worker", environment: fault.map { ["WEFT_FAULT": $0] } ?? [:])
    var order = order
    order.producers = table.producers
    let payload = try Payload(order)
    try worker.channel.send(
      payload.bytes, descriptors: payload.descriptors + [table.memory.descriptorNumber], deadline: .in(seconds: 20))
    return worker
  }

  /// Waits until it has the queue.
  static func awaitStart(_ worker: WorkerProcess) throws {
    guard try worker.channel.receive(deadline: .in(seconds: 20)) != nil else {
      throw SystemError(code: .disconnected, message: "The queue worker did not start.")
    }
  }
}

/// Runs blocking calls on a thread of their own: in an async test they would be the async ones.
func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await Offload.run { _ in try body() }
}
