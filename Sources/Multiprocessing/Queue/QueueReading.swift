// SPDX-License-Identifier: Apache-2.0
// Taking an item out of a queue's ring, and what a consumer does with what dead ones left there. Called by Queue.

/// One consumer's turn, from the mutex's lock to the end of the item, where the mutex is given back: values are decoded
/// by their own code, which should not run under it.
private struct QueueReading: ~Copyable {
  let queue: QueueSegment
  let ring: ByteRing
  let wait: QueueWait
  var reader: RingReader
  private(set) var isLocked = true
  /// The rest of the item will not come.
  private(set) var isTorn = false
  /// Position of the item's first fragment.
  private var start: UInt64 = 0
  private var fragment = QueueFragment(byteCount: 0, isFirst: false, isLast: false, number: 0, detail: 0)
  /// Bytes not read yet, of the fragment and of the item.
  private var fragmentLeft = 0
  private(set) var left = 0

  /// Call it with the consumers' mutex held.
  init(_ queue: QueueSegment, _ wait: QueueWait) throws(SystemError) {
    self.queue = queue
    self.wait = wait
    ring = try queue.ring()
    reader = RingReader(ring)
    queue.settleTaken(head: ring.head.load())
  }

  mutating func unlock() {
    guard isLocked else { return }
    isLocked = false
    queue.getMutex.unlock()
  }

  // MARK: The beginning of an item

  /// Waits for an item and reads its first head; its byte count, nil when the queue is closed and empty.
  mutating func begin() throws(SystemError) -> Int? {
    isTorn = false
    while try awaitItem() {
      start = ring.head.load()
      fragment = try QueueFragment(from: &reader)
      fragmentLeft = fragment.byteCount
      if fragment.isFirst {
        left = Int(fragment.detail)
        return left
      }
      try skipRest()
    }
    return nil
  }

  /// The item is whole in the ring: reading it does not wait.
  var isWhole: Bool { fragment.isLast }

  private mutating func awaitItem() throws(SystemError) -> Bool {
    func isOver() -> Bool { reader.available(wanted: 1) > 0 || queue.isClosed }
    _ = wait.spin(isOver)
    while reader.available(wanted: 1) == 0 {
      if queue.isClosed, try wait.lock(queue.putMutex) {
        // Whoever publishes has the mutex and, since taking it, has seen the queue open: nobody does any more.
        let isThere = reader.available(wanted: 1) > 0
        queue.putMutex.unlock()
        return isThere
      }
      try wait.check("No item came; wait longer, or look whether the producers live.")
      wait.sleep(on: ring.readerSleeps, unless: isOver)
    }
    return true
  }

  /// A fragment without its beginning: the consumer that had it gave up or died.
  private mutating func skipRest() throws(SystemError) {
    if fragment.isLast {
      // Put for good, so it was in the hands of the dead.
      _ = commit(QueueHolder.dead)
    } else {
      // When its producer is still at it, it begins again, and nothing is lost.
      _ = queue.attempt.exchange(fragment.detail << 1, for: QueueSegment.none)
      release()
    }
  }

  // MARK: The bytes of an item

  /// Fills `buffer` with the next bytes of the item. With the last one the item is taken and the mutex given back.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) {
    guard buffer.count <= left else { throw QueueSegment.strange }
    var done = 0
    while done < buffer.count {
      if fragmentLeft == 0 { try nextFragment() }
      let count = min(buffer.count - done, fragmentLeft)
      unsafe reader.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count]))
      done += count
      try passed(count)
    }
  }

  /// Drops what is left of an item whose beginning could not be decoded.
  mutating func skip() throws(SystemError) {
    while left > 0 {
      if fragmentLeft == 0 { try nextFragment() }
      try passed(fragmentLeft)
    }
  }

  private mutating func passed(_ count: Int) throws(SystemError) {
    fragmentLeft -= count
    left -= count
    guard fragmentLeft == 0 else { return }
    if fragment.isLast {
      let wakes = commit(queue.claimHolder())
      unlock()
      FaultInjection.reach("queue.get.unlocked")
      if wakes { ring.writerSleeps.wake() }
    } else {
      release()
      FaultInjection.reach("queue.get.fragment")
    }
  }

  private mutating func nextFragment() throws(SystemError) {
    try awaitRest()
    fragment = try QueueFragment(from: &reader)
    fragmentLeft = fragment.byteCount
    if fragment.isFirst { throw tear() }
    guard fragment.detail == start, fragmentLeft <= left else { throw QueueSegment.strange }
  }

  /// Waits for the next fragment. The deadline counts only when a nap brought none: the producer may be at work.
  private mutating func awaitRest() throws(SystemError) {
    func isThere() -> Bool { reader.available(wanted: 1) > 0 }
    if wait.spin(isThere) { return }
    let patient = QueueWait(nil)
    while true {
      let attempt = queue.attempt.load()
      if isThere() { return }
      // Given up by its producer.
      if attempt >> 1 != start || attempt == QueueSegment.none { throw tear() }
      // Nobody is at it any more: its producer died.
      if try queue.putMutex.takeIfFree() {
        let isThere = isThere()
        queue.putMutex.unlock()
        if isThere { return }
        throw tear()
      }
      if wait.isCancelled() { try giveUp() }
      patient.sleep(on: ring.readerSleeps, unless: isThere)
      if isThere() { return }
      if wait.hasPassed { try giveUp() }
    }
  }

  /// Leaves the item to its producer, which begins it again; unless it has become whole meanwhile.
  private mutating func giveUp() throws(SystemError) {
    guard queue.attempt.exchange(start << 1, for: QueueSegment.none) else { return }
    if ring.writerSleeps.exchange(1, for: 0) { ring.writerSleeps.wake() }
    try wait.check("The rest of an item did not come in time.")
  }

  private mutating func tear() -> SystemError {
    isTorn = true
    // Back to a first fragment that was looked at.
    reader.resume()
    return SystemError(code: .ownerDied, message: "The item's producer died or gave up in the middle of it.")
  }

  // MARK: Room

  private mutating func release() {
    reader.skip(fragmentLeft)
    fragmentLeft = 0
    if reader.release() { ring.writerSleeps.wake() }
  }

  /// Takes the item: the fragment read is its last. Whether the producer is to be woken.
  private mutating func commit(_ holder: Int) -> Bool {
    FaultInjection.reach("queue.get.read")
    reader.skip(fragmentLeft)
    fragmentLeft = 0
    let end = ring.head.load() &+ UInt64(QueueFragment.headByteCount + fragment.byteCount)
    let taken = queue.taken(holder).load() &+ 1
    queue.journalHead.store(QueueSegment.none)
    queue.journalHolder.store(UInt64(holder))
    queue.journalTaken.store(taken)
    queue.journalHead.store(end)
    // Before the room is given back, so that a producer that is woken by that sees it.
    queue.got.store(fragment.number)
    FaultInjection.reach("queue.get.journaled")
    let wakes = reader.release()
    FaultInjection.reach("queue.get.released")
    queue.taken(holder).store(taken)
    return wakes
  }
}

extension QueueSegment {
  /// Takes an item; nil when the queue is closed and empty.
  ///
  /// - Parameter streams: false: an item that is still being put is left alone, with `timedOut`.
  func get<Item: Decodable>(_ type: Item.Type, _ wait: QueueWait, streams: Bool = true) throws(SystemError) -> Item? {
    guard try wait.lock(getMutex) else {
      throw SystemError(code: .timedOut, message: "No item came; other consumers were first.")
    }
    FaultInjection.reach("queue.get.locked")
    var reading: QueueReading
    do throws(SystemError) { reading = try QueueReading(self, wait) } catch {
      getMutex.unlock()
      throw error
    }
    do throws(SystemError) {
      let item = try get(type, &reading, streams: streams)
      reading.unlock()
      return item
    } catch {
      reading.unlock()
      throw error
    }
  }

  private func get<Item: Decodable>(
    _ type: Item.Type, _ reading: inout QueueReading, streams: Bool
  ) throws(SystemError) -> Item? {
    while let byteCount = try reading.begin() {
      guard streams || reading.isWhole else {
        throw SystemError(code: .timedOut, message: "An item larger than the queue is on its way.")
      }
      do throws(SystemError) {
        return try unsafe PayloadDecoding.decode(type, byteCount: byteCount, descriptors: []) {
          buffer throws(SystemError) in
          unsafe try reading.read(into: buffer)
        }
      } catch {
        if reading.isTorn { continue }
        guard error.code == .payload || error.code == .insufficientMemory else { throw error }
        // Not an item of ours, or damaged by its own `init(from:)`: it is taken all the same, or nobody gets past it.
        do throws(SystemError) { try reading.skip() } catch { if !reading.isTorn { throw error } }
        throw error
      }
    }
    return nil
  }
}
