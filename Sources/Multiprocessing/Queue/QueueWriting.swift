// SPDX-License-Identifier: Apache-2.0
// Putting an item into a queue's ring: whole where it fits, streamed in fragments where it does not. Called by Queue.

/// One producer's turn, from the mutex's lock to its unlock.
private struct QueueWriting: ~Copyable {
  let queue: QueueSegment
  let ring: ByteRing
  let wait: QueueWait
  var writer: RingWriter
  /// Of the item to be put.
  let number: UInt64

  /// Call it with the producers' mutex held.
  init(_ queue: QueueSegment, _ wait: QueueWait) throws(SystemError) {
    self.queue = queue
    self.wait = wait
    ring = try queue.ring()
    writer = RingWriter(ring)
    // A producer that died may have published its item without counting it.
    if queue.journalTail.load() == ring.tail.load() { queue.put.store(queue.journalPut.load()) }
    // Settled. The fragments of an item that stays half could end where a dead producer's item would have ended.
    queue.journalTail.store(QueueSegment.none)
    number = queue.put.load() &+ 1
  }

  private func isBelowCapacity() -> Bool {
    guard let capacity = queue.capacity else { return true }
    return Int(bitPattern: UInt(number &- 1 &- queue.got.load())) < capacity
  }

  /// Waits for `byteCount` bytes of room, and for the consumers to be so far that one more item is allowed.
  mutating func awaitRoom(_ byteCount: Int) throws(SystemError) {
    func isOver() -> Bool { queue.isClosed || (writer.room(wanted: byteCount) >= byteCount && isBelowCapacity()) }
    var isReady = wait.spin(isOver)
    while !isReady || queue.isClosed {
      if queue.isClosed {
        throw SystemError(code: .closed, message: "The queue is closed: nothing can be put into it any more.")
      }
      try wait.check("The queue stayed full; wait longer, or add consumers.")
      wait.sleep(on: ring.writerSleeps, unless: isOver)
      isReady = isOver()
    }
  }

  /// Waits for room in the middle of an item. The deadline counts only when a nap brought none: a consumer that reads
  /// is not left with half an item.
  mutating func awaitMoreRoom(_ byteCount: Int, start: UInt64) throws(SystemError) {
    func isOver() -> Bool {
      writer.room(wanted: byteCount) >= byteCount || queue.isClosed || queue.attempt.load() != start << 1
    }
    guard !wait.spin(isOver) else { return }
    let patient = QueueWait(nil)
    while !isOver() {
      try wait.checkCancellation()
      let head = ring.head.load()
      patient.sleep(on: ring.writerSleeps, unless: isOver)
      if ring.head.load() == head && !isOver() { try wait.check("No consumer took the rest of the item in time.") }
    }
  }

  /// Publishes the item's last fragment, of `byteCount` bytes with its head; whether the consumer is to be woken.
  mutating func publishItem(_ byteCount: Int) -> Bool {
    FaultInjection.reach("queue.put.written")
    queue.journalPut.store(number)
    queue.journalTail.store(ring.tail.load() &+ UInt64(byteCount))
    FaultInjection.reach("queue.put.journaled")
    let isAwaited = writer.publish()
    FaultInjection.reach("queue.put.published")
    queue.put.store(number)
    return isAwaited
  }

  mutating func putWhole(_ payload: Payload) throws(SystemError) -> Bool {
    let byteCount = payload.byteCount
    try awaitRoom(byteCount + QueueFragment.headByteCount)
    QueueFragment(byteCount: byteCount, isFirst: true, isLast: true, number: number, detail: UInt64(byteCount))
      .write(to: &writer)
    unsafe payload.forEachPart { unsafe writer.write($0) }
    return publishItem(byteCount + QueueFragment.headByteCount)
  }

  /// Streams the item; again from the beginning when a consumer gave up in the middle of it.
  mutating func putStreamed(_ payload: Payload) throws(SystemError) -> Bool {
    while true {
      try awaitRoom(min(payload.byteCount, fragmentLimit) + QueueFragment.headByteCount)
      let start = ring.tail.load()
      queue.attempt.store(start << 1)
      do throws(SystemError) {
        if let isAwaited = try stream(payload, start) { return isAwaited }
        writer.resume()
      } catch {
        // Withdrawn, so that a consumer that waits for the rest need not wait for the next item.
        _ = queue.attempt.exchange(start << 1, for: QueueSegment.none)
        if ring.readerSleeps.exchange(1, for: 0) { ring.readerSleeps.wake() }
        throw error
      }
    }
  }

  /// A quarter, so that both sides are at work at once.
  private var fragmentLimit: Int { ring.capacity / 4 - QueueFragment.headByteCount }

  /// nil: the consumer gave up.
  private mutating func stream(_ payload: Payload, _ start: UInt64) throws(SystemError) -> Bool? {
    let total = payload.byteCount
    var left = total
    var fragment = 0
    var room = 0
    var isAwaited: Bool?
    var isGivenUp = false
    try unsafe payload.forEachPart { part throws(SystemError) in
      var part = unsafe part
      while unsafe !part.isEmpty && !isGivenUp {
        if room == 0 {
          fragment = min(left, fragmentLimit)
          room = fragment
          try awaitMoreRoom(fragment + QueueFragment.headByteCount, start: start)
          if queue.isClosed {
            throw SystemError(code: .closed, message: "The queue was closed before the item was put whole.")
          }
          isGivenUp = queue.attempt.load() != start << 1
          if isGivenUp { return }
          QueueFragment(
            byteCount: fragment, isFirst: left == total, isLast: left == fragment, number: number,
            detail: left == total ? UInt64(total) : start
          ).write(to: &writer)
        }
        let count = min(part.count, room)
        unsafe writer.write(UnsafeRawBufferPointer(rebasing: part.prefix(count)))
        unsafe part = UnsafeRawBufferPointer(rebasing: part.dropFirst(count))
        room -= count
        left -= count
        guard room == 0 else { continue }
        if left > 0 {
          if writer.publish() { ring.readerSleeps.wake() }
          FaultInjection.reach("queue.put.fragment")
        } else {
          // The decision: from here on the item is whole, and nobody can give it up.
          isGivenUp = !queue.attempt.exchange(start << 1, for: start << 1 | 1)
          FaultInjection.reach("queue.put.decided")
          if !isGivenUp { isAwaited = publishItem(fragment + QueueFragment.headByteCount) }
        }
      }
    }
    return isAwaited
  }
}

extension QueueSegment {
  /// Whether an item of `payload`'s size is put as one fragment, by one store.
  func isWhole(_ payload: Payload) -> Bool { payload.byteCount <= byteCapacity - QueueFragment.headByteCount }

  func put(_ payload: Payload, _ wait: QueueWait) throws(SystemError) {
    // Before the mutex is asked for: whoever holds it may be waiting for room.
    if isClosed {
      throw SystemError(code: .closed, message: "The queue is closed: nothing can be put into it any more.")
    }
    guard try wait.lock(putMutex) else {
      throw SystemError(code: .timedOut, message: "The queue stayed full; wait longer, or add consumers.")
    }
    FaultInjection.reach("queue.put.locked")
    let isAwaited: Bool
    do throws(SystemError) {
      var writing = try QueueWriting(self, wait)
      isAwaited = isWhole(payload) ? try writing.putWhole(payload) : try writing.putStreamed(payload)
    } catch {
      putMutex.unlock()
      throw error
    }
    putMutex.unlock()
    FaultInjection.reach("queue.put.unlocked")
    if isAwaited { try ring().readerSleeps.wake() }
  }
}
