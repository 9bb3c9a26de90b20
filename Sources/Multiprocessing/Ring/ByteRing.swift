// SPDX-License-Identifier: Apache-2.0
// A ring of bytes in shared memory with one writer and one reader at a time: the fast path under Connection, Pipe, Pool,
// Queue and Manager. Bytes become visible when they are published, room when it is released; a process killed in between
// leaves the ring as it was before. Who waits how is up to the user of the ring; the ring only keeps the two flags.

import Glibc
import Synchronization

/// Header and data of a ring:
///
///     0 magic and capacity · 64 tail: bytes ever published (writer) · 128 head: bytes ever released (reader) ·
///     192 reader sleeps · 256 writer sleeps · 320 data, `capacity` bytes
///
/// Each word has a cache line of its own: writer and reader do not disturb each other.
@safe package struct ByteRing: Sendable {
  private static let magic: UInt64 = 0x5745_4654_0001_0000 << 8
  private static let headerByteCount = 320

  /// Of the data; a power of two.
  package let capacity: Int
  // Which process and thread writes and reads is agreed by the ring's users; no type of ours could check it across
  // processes.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer

  package static func byteCount(capacity: Int) -> Int { headerByteCount + capacity }

  /// An empty ring at `base`: page-aligned zeroes of `byteCount(capacity:)` bytes that outlive this value.
  @unsafe package init(creatingAt base: UnsafeMutableRawPointer, capacity: Int) {
    precondition(capacity >= 64 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two")
    self.capacity = capacity
    unsafe self.base = base
    tail.store(0)
    head.store(0)
    unsafe SharedWord(base).store(ByteRing.magic ^ UInt64(capacity))
  }

  /// The ring that another process created at `base`.
  @unsafe package init(attachingAt base: UnsafeMutableRawPointer, capacity: Int) throws(SystemError) {
    guard unsafe SharedWord(base).load() == ByteRing.magic ^ UInt64(capacity) else {
      throw SystemError(
        code: .protocolMismatch, message: "The shared memory that arrived holds no ring of this version.")
    }
    self.capacity = capacity
    unsafe self.base = base
  }

  package var tail: SharedWord { unsafe SharedWord(base + 64) }
  package var head: SharedWord { unsafe SharedWord(base + 128) }
  /// Not 0: the reader sleeps, or is about to and will look again, and wants to be woken after a publish.
  package var readerSleeps: FutexWord { unsafe FutexWord(base + 192) }
  /// The same for the writer, after a release.
  package var writerSleeps: FutexWord { unsafe FutexWord(base + 256) }

  /// 0...capacity, whatever the other process has written into the header: a copy never leaves the data.
  fileprivate func distance(from first: UInt64, to last: UInt64) -> Int {
    Int(min(last &- first, UInt64(capacity)))
  }

  fileprivate func copyIn(_ bytes: UnsafeRawBufferPointer, at position: UInt64) {
    guard let source = bytes.baseAddress else { return }
    let offset = Int(position & UInt64(capacity - 1))
    let first = min(bytes.count, capacity - offset)
    unsafe memcpy(base + ByteRing.headerByteCount + offset, source, first)
    unsafe memcpy(base + ByteRing.headerByteCount, source + first, bytes.count - first)
  }

  fileprivate func copyOut(_ bytes: UnsafeMutableRawBufferPointer, at position: UInt64) {
    guard let destination = bytes.baseAddress else { return }
    let offset = Int(position & UInt64(capacity - 1))
    let first = min(bytes.count, capacity - offset)
    unsafe memcpy(destination, base + ByteRing.headerByteCount + offset, first)
    unsafe memcpy(destination + first, base + ByteRing.headerByteCount, bytes.count - first)
  }
}

/// The writing side. At most one at a time, of all processes, uses a ring.
package struct RingWriter: Sendable {
  package let ring: ByteRing
  /// Where the next byte goes: behind `tail` by what is written and not yet published.
  private var position: UInt64
  private var knownHead: UInt64

  package init(_ ring: ByteRing) {
    self.ring = ring
    position = ring.tail.load()
    knownHead = ring.head.load()
  }

  /// Takes over from another process: forgets what was written and not published.
  package mutating func resume() {
    position = ring.tail.load()
    knownHead = ring.head.load()
  }

  /// Bytes that can be written now. Asks the reader's side only when `wanted` are not known to be free.
  package mutating func room(wanted: Int = .max) -> Int {
    let known = ring.capacity - ring.distance(from: knownHead, to: position)
    if known >= wanted { return known }
    knownHead = ring.head.load()
    return ring.capacity - ring.distance(from: knownHead, to: position)
  }

  /// Writes at most `room` bytes; nobody sees them yet.
  @unsafe package mutating func write(_ bytes: UnsafeRawBufferPointer) {
    unsafe ring.copyIn(bytes, at: position)
    position &+= UInt64(bytes.count)
  }

  /// Makes what was written visible. True: the reader sleeps and is to be woken (its flag is lowered by this call).
  package mutating func publish() -> Bool {
    ring.tail.store(position)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return ring.readerSleeps.load() != 0 && ring.readerSleeps.exchange(1, for: 0)
  }
}

/// The reading side. At most one at a time, of all processes, uses a ring.
package struct RingReader: Sendable {
  package let ring: ByteRing
  /// The next byte: ahead of `head` by what is read and not yet released.
  private var position: UInt64
  private var knownTail: UInt64

  package init(_ ring: ByteRing) {
    self.ring = ring
    position = ring.head.load()
    knownTail = ring.tail.load()
  }

  /// Takes over from another process: what it read and did not release is there again.
  package mutating func resume() {
    position = ring.head.load()
    knownTail = ring.tail.load()
  }

  /// Bytes that can be read now. Asks the writer's side only when `wanted` are not known to be there.
  package mutating func available(wanted: Int = .max) -> Int {
    let known = ring.distance(from: position, to: knownTail)
    if known >= wanted { return known }
    knownTail = ring.tail.load()
    return ring.distance(from: position, to: knownTail)
  }

  /// Copies the next `bytes.count` bytes, at most `available`.
  @unsafe package mutating func read(into bytes: UnsafeMutableRawBufferPointer) {
    unsafe ring.copyOut(bytes, at: position)
    position &+= UInt64(bytes.count)
  }

  package mutating func skip(_ byteCount: Int) { position &+= UInt64(byteCount) }

  /// Gives the room of what was read back to the writer. True: the writer sleeps and is to be woken (its flag is lowered
  /// by this call).
  package mutating func release() -> Bool {
    ring.head.store(position)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return ring.writerSleeps.load() != 0 && ring.writerSleeps.exchange(1, for: 0)
  }
}
