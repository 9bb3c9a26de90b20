// SPDX-License-Identifier: Apache-2.0
// What a program sees of a queue between processes; the work is done by the other files of this folder.

/// A first-in-first-out queue that any number of processes put items into and take items out of.
///
/// Made in one process, it travels to others in the input of a `ChildProcess`, a task or through a `Pipe`, and is the
/// same queue there. Items lie in shared memory, no thread and no process serves them. An item that is put whole is
/// there even when its producer is killed at once; one that was being put by a process that is killed is dropped; one
/// that was being taken by a process that is killed is lost with it (and `join` says so) or goes to another consumer:
/// it is never delivered twice, and nobody hangs.
///
/// Items of any size pass; one that is larger than `byteCapacity` is handed over while `put` waits, and needs a
/// consumer. Objects that hold descriptors (locks, other queues) cannot be items.
///
/// Of each function that waits there are two: the async one lets other tasks run meanwhile and ends with
/// `CancellationError` within about 50 ms of its task's cancellation. A `timeout` of `.zero` asks once; nil waits for
/// ever. When a timeout passes, `SystemError` with code `timedOut` is thrown and nothing has changed. For an item
/// larger than `byteCapacity` the timeout bounds the wait for its beginning, and each later one in which nothing
/// moves for 50 ms.
public final class Queue<Item: Codable & Sendable>: Sendable {
  private let segment: QueueSegment

  /// An empty queue.
  ///
  /// - Parameters:
  ///   - capacity: most items; nil: as many as `byteCapacity` holds.
  ///   - byteCapacity: of the shared memory for items, 4 KiB to 64 GiB, rounded up to a power of two. Each item takes
  ///     its encoded bytes and 40 more.
  ///
  /// Throws `insufficientMemory` and `resourceLimit`.
  public init(capacity: Int? = nil, byteCapacity: Int = 1 << 20) throws(SystemError) {
    precondition(capacity ?? 1 > 0, "a queue holds at least one item")
    precondition(byteCapacity <= 1 << 36, "a queue's memory is at most 64 GiB")
    var rounded = 4096
    while rounded < byteCapacity { rounded *= 2 }
    segment = try QueueSegment(capacity: capacity, byteCapacity: rounded)
  }

  fileprivate init(_ segment: QueueSegment) { self.segment = segment }

  // MARK: Putting

  /// Puts `item` behind all others, waiting while the queue is full.
  ///
  /// Throws `timedOut`; `closed`; `payload` when the item cannot be encoded or holds descriptors.
  public func put(_ item: Item, timeout: Duration? = nil) throws(SystemError) {
    try segment.put(try Queue.payload(item), QueueWait(timeout: timeout))
  }

  /// Puts `item` behind all others, suspended while the queue is full.
  ///
  /// Throws what the blocking `put` throws, and `CancellationError`.
  public nonisolated(nonsending) func put(_ item: Item, timeout: Duration? = nil) async throws {
    let payload = try Queue.payload(item)
    let deadline = Deadline(after: timeout)
    try Task.checkCancellation()
    if segment.isWhole(payload) {
      if try Queue.attempt({ () throws(SystemError) in try segment.put(payload, .brief) }) != nil { return }
    }
    try await Queue.offloaded(deadline) { [segment] wait throws(SystemError) in try segment.put(payload, wait) }
  }

  private static func payload(_ item: Item) throws(SystemError) -> Payload {
    let payload = try Payload(item)
    guard payload.descriptors.isEmpty else {
      throw SystemError(
        code: .payload,
        message:
          "A \(Item.self) with a lock, a queue or shared memory in it cannot be put into a Queue, which outlives "
          + "its owner; pass it to a ChildProcess, in a task's input or through a Pipe.")
    }
    return payload
  }

  // MARK: Taking

  /// Takes the first item, waiting while the queue is empty; nil once the queue is closed and empty.
  ///
  /// Throws `timedOut`; `payload` when the item cannot be decoded (it is taken all the same).
  public func get(timeout: Duration? = nil) throws(SystemError) -> Item? {
    try segment.get(Item.self, QueueWait(timeout: timeout))
  }

  /// Takes the first item, suspended while the queue is empty; nil once the queue is closed and empty.
  ///
  /// Throws what the blocking `get` throws, and `CancellationError`. An item is never lost to a cancellation.
  public nonisolated(nonsending) func get(timeout: Duration? = nil) async throws -> Item? {
    let deadline = Deadline(after: timeout)
    try Task.checkCancellation()
    let quick = try Queue.attempt { () throws(SystemError) in
      try segment.get(Item.self, .brief, streams: false)
    }
    if let quick { return quick }
    return try await Queue.offloaded(deadline) { [segment] wait throws(SystemError) in
      try segment.get(Item.self, wait)
    }
  }

  /// Nothing is put any more: `put` throws `closed` from now on, in every process, also where it is waiting; `get`
  /// delivers what is there and then nil. Closing twice changes nothing.
  public func close() throws(SystemError) { try segment.close() }

  public var isClosed: Bool { segment.isClosed }

  // MARK: Asking

  /// Items in the queue at some instant during the call.
  public var count: Int { segment.count }
  public var isEmpty: Bool { count == 0 }
  /// Whether `capacity` is reached. A queue without one is never full in this sense, though `put` waits for room.
  public var isFull: Bool { segment.capacity.map { count >= $0 } ?? false }
  public var capacity: Int? { segment.capacity }

  // MARK: Tasks

  /// Says that the work on one item that was taken is done; called by the process that took it.
  ///
  /// Throws `notFound` when every item is done already.
  public func taskDone() throws(SystemError) { try segment.taskDone() }

  /// Waits until `taskDone()` was called for every item that was put.
  ///
  /// Throws `ownerDied` within about 100 ms when a process ends with items that it took and did not finish. They
  /// count as done from then on: put them again where they matter, and join again. Throws `timedOut`.
  public func join(timeout: Duration? = nil) throws(SystemError) { try segment.join(QueueWait(timeout: timeout)) }

  /// The same, suspended meanwhile. Throws `CancellationError`, too.
  public nonisolated(nonsending) func join(timeout: Duration? = nil) async throws {
    let deadline = Deadline(after: timeout)
    try Task.checkCancellation()
    if try Queue.attempt({ () throws(SystemError) in try segment.join(.brief) }) != nil { return }
    try await Queue.offloaded(deadline) { [segment] wait throws(SystemError) in try segment.join(wait) }
  }

  // MARK: Without blocking a thread of the pool

  /// The result of a call that only spins; nil when it timed out.
  private static func attempt<T>(_ body: () throws(SystemError) -> T) throws(SystemError) -> T? {
    do throws(SystemError) { return try body() } catch {
      if error.code == .timedOut { return nil }
      throw error
    }
  }

  private nonisolated(nonsending) static func offloaded<T: Sendable>(
    _ deadline: Deadline?, _ body: @escaping @Sendable (QueueWait) throws(SystemError) -> T
  ) async throws -> T {
    do {
      return try await Offload.run { isCancelled in
        try body(QueueWait(deadline, isCancelled: isCancelled))
      }
    } catch let error as SystemError where error.code == QueueWait.cancelled {
      throw CancellationError()
    }
  }
}

extension Queue: Codable {
  /// Refused with an `EncodingError` by every encoder but this module's.
  public func encode(to encoder: any Encoder) throws {
    try Travel.encode(segment.memory.descriptorNumber, owner: segment, numbers: segment.numbers, to: encoder)
  }

  public convenience init(from decoder: any Decoder) throws {
    let (descriptor, numbers) = try Travel.decode(from: decoder)
    self.init(try QueueSegment(attaching: descriptor, numbers: numbers))
  }
}
