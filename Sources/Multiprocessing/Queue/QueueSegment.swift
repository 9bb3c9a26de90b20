// SPDX-License-Identifier: Apache-2.0
// The memory of a queue: where each word lies, who writes it under which mutex. Used by the other files of this folder.
//
// A process may be killed between any two stores. What makes that harmless:
//
//  - Producers take turns on the ring under one mutex, consumers under another; both tell when their holder has died.
//    Nobody who holds the producers' mutex waits for the consumers'.
//  - An item is there when the store of `tail` that ends its last fragment is done, and gone when the store of `head`
//    behind it is: two single stores. Everything else is either set before one of them and means nothing without it,
//    or is set after it and follows from a journal: `journalTail == tail` says that the item announced in the journal
//    was published, `journalHead == head` that it was taken. Whoever takes a mutex settles its journal first.
//  - An item larger than the ring is streamed in fragments, and `attempt` decides by one exchange who ends the
//    stream: the producer (before the last fragment: the item is whole from now on) or the consumer (who gives up;
//    the producer begins again, so nothing is lost). A first fragment where another was expected means that the item
//    before it is torn.
//  - Wake-ups can die with the waker: every sleep is a nap of 50 ms at most, after which the sleeper looks for itself.

import CPOSIX
import Glibc

/// The shared part of a queue. Words of the first page:
///
///     0 producers' mutex · 64 consumers' mutex · 128 format, 136 capacity, 144 byteCapacity, 152 closed
///     192 put, 200 journalTail, 208 journalPut                              under the producers' mutex
///     256 got, 264 journalHead, 272 journalHolder, 280 journalTaken, 288 holderCount   under the consumers' mutex
///     320 attempt: start position of the streamed item, doubled, odd when whole; `none`: nothing to decide
///     384 joinSleeps
///
/// Then the table of consumers (QueueHolders.swift), then the ring from `ringOffset` on.
final class QueueSegment: Sendable {
  private static let format: UInt64 = 0x5745_4654_5155_0002
  static let none = UInt64.max
  static let holderOffset = 4096
  private static let ringOffset = holderOffset + QueueHolder.limit * QueueHolder.byteCount

  let memory: SharedMemory
  /// Most items; nil: no bound but the ring's.
  let capacity: Int?
  /// Of the ring; a power of two.
  let byteCapacity: Int
  let ownHolder = OwnHolder()

  private static func byteCount(_ byteCapacity: Int) -> Int { ringOffset + ByteRing.byteCount(capacity: byteCapacity) }

  init(capacity: Int?, byteCapacity: Int) throws(SystemError) {
    self.capacity = capacity
    self.byteCapacity = byteCapacity
    memory = try SharedMemory(byteCount: QueueSegment.byteCount(byteCapacity))
    _ = unsafe try RobustMutex(creatingAt: memory.baseAddress)
    _ = unsafe try RobustMutex(creatingAt: memory.baseAddress + 64)
    _ = unsafe ByteRing(creatingAt: memory.baseAddress + QueueSegment.ringOffset, capacity: byteCapacity)
    word(136).store(UInt64(capacity ?? 0))
    word(144).store(UInt64(byteCapacity))
    journalTail.store(QueueSegment.none)
    journalHead.store(QueueSegment.none)
    attempt.store(QueueSegment.none)
    holderCount.store(1)
    word(128).store(QueueSegment.format)
  }

  init(attaching descriptor: OwnedDescriptor, numbers: [Int]) throws(SystemError) {
    guard numbers.count == 2, numbers[0] >= 0, QueueSegment.isCapacity(numbers[1]) else { throw QueueSegment.strange }
    capacity = numbers[0] == 0 ? nil : numbers[0]
    byteCapacity = numbers[1]
    memory = try SharedMemory(
      attaching: Descriptor(duplicating: descriptor.number), byteCount: QueueSegment.byteCount(byteCapacity),
      writable: true)
    guard word(128).load() == QueueSegment.format, word(136).load() == UInt64(numbers[0]),
      word(144).load() == UInt64(byteCapacity)
    else { throw QueueSegment.strange }
  }

  var numbers: [Int] { [capacity ?? 0, byteCapacity] }

  static func isCapacity(_ count: Int) -> Bool { (4096...1 << 36).contains(count) && count & (count - 1) == 0 }

  static var strange: SystemError {
    SystemError(code: .protocolMismatch, message: "What arrived is no queue of this version; run one build everywhere.")
  }

  // MARK: Words

  func word(_ offset: Int) -> SharedWord { unsafe SharedWord(memory.baseAddress + offset) }

  var putMutex: RobustMutex { unsafe RobustMutex(attachingAt: memory.baseAddress) }
  var getMutex: RobustMutex { unsafe RobustMutex(attachingAt: memory.baseAddress + 64) }

  /// Not 0: nothing is put any more.
  var closed: SharedWord { word(152) }

  /// Items ever published; one too few for an instant, or until the next producer comes when one died in that instant.
  var put: SharedWord { word(192) }
  var journalTail: SharedWord { word(200) }
  var journalPut: SharedWord { word(208) }

  /// Items ever published, also the one whose producer died before it could count it.
  var published: UInt64 {
    let announced = journalTail.load()
    let number = journalPut.load()
    // Asked twice: between the two, the next producer may have taken the journal.
    guard announced != QueueSegment.none, let ring = try? ring(), announced == ring.tail.load(),
      announced == journalTail.load()
    else { return put.load() }
    return max(put.load(), number)
  }

  /// The number of the last item taken; one too many for an instant.
  var got: SharedWord { word(256) }
  var journalHead: SharedWord { word(264) }
  var journalHolder: SharedWord { word(272) }
  var journalTaken: SharedWord { word(280) }
  /// Used places in the table of consumers.
  var holderCount: SharedWord { word(288) }

  var attempt: SharedWord { word(320) }
  var joinSleeps: FutexWord { unsafe FutexWord(memory.baseAddress + 384) }

  func ring() throws(SystemError) -> ByteRing {
    unsafe try ByteRing(attachingAt: memory.baseAddress + QueueSegment.ringOffset, capacity: byteCapacity)
  }

  // MARK: What everyone may ask

  var isClosed: Bool { closed.load() != 0 }

  /// Whole items in the queue.
  var count: Int {
    let got = got.load()
    return max(0, Int(bitPattern: UInt(published &- got)))
  }

  func close() throws(SystemError) {
    closed.store(1)
    let ring = try ring()
    for word in [ring.readerSleeps, ring.writerSleeps, joinSleeps] {
      word.store(0)
      word.wake()
    }
  }
}

/// The head of a fragment in the ring; its bytes follow.
struct QueueFragment {
  static let headByteCount = 24

  /// Bytes that follow.
  var byteCount: Int
  var isFirst: Bool
  var isLast: Bool
  /// Of the item, from 1. An item given up leaves its number to the next.
  var number: UInt64
  /// In a first fragment the bytes of the whole item, else the position in the ring at which the first one begins.
  var detail: UInt64

  func write(to writer: inout RingWriter) {
    let words: [3 of UInt64] = [UInt64(byteCount) << 2 | (isFirst ? 1 : 0) | (isLast ? 2 : 0), number, detail]
    unsafe withUnsafeBytes(of: words) { unsafe writer.write($0) }
  }

  /// Takes the next head. The fragment was published whole, or it is not ours.
  init(from reader: inout RingReader) throws(SystemError) {
    var words: [3 of UInt64] = [0, 0, 0]
    let available = reader.available()
    guard available >= QueueFragment.headByteCount else { throw QueueSegment.strange }
    unsafe withUnsafeMutableBytes(of: &words) { unsafe reader.read(into: $0) }
    guard words[0] >> 2 <= UInt64(available - QueueFragment.headByteCount) else { throw QueueSegment.strange }
    self.init(
      byteCount: Int(words[0] >> 2), isFirst: words[0] & 1 != 0, isLast: words[0] & 2 != 0, number: words[1],
      detail: words[2])
    guard !isFirst || detail <= UInt64(Payload.byteLimit + 64) else { throw QueueSegment.strange }
  }

  init(byteCount: Int, isFirst: Bool, isLast: Bool, number: UInt64, detail: UInt64) {
    self.byteCount = byteCount
    self.isFirst = isFirst
    self.isLast = isLast
    self.number = number
    self.detail = detail
  }
}
