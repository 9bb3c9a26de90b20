// SPDX-License-Identifier: Apache-2.0
// The receiving direction of a Connection: frames out of the ring, descriptors from the socket, messages put together;
// never waiting. Connection decides who waits and how.

import CPOSIX
import Glibc
import Synchronization

struct Inbound: Sendable {
  /// A message that has begun to arrive.
  struct Arrival: Sendable {
    let tag: UInt64
    let byteCount: Int
    let descriptorCount: Int
    var filledByteCount = 0
    /// Nobody wants the rest.
    var isDropped = false
  }

  private var reader: RingReader
  private let socket: Int32
  private let byteLimit: Int
  private(set) var arrival: Arrival?
  /// All bytes of `arrival`, of which the first `filledByteCount` have come; empty before the first is put here. Not a
  /// part of it: a copy of it on the stack would make each frame copy the whole.
  private var assembled: [UInt8] = []
  /// Bytes of the message that follow in the ring before the next frame's head.
  private(set) var fragmentByteCount = 0
  private var unreleasedByteCount = 0
  /// nil: one that came and could not be opened here.
  private var descriptors: [OwnedDescriptor?] = []
  /// How many of the next descriptors belong to messages that were taken back.
  private var staleDescriptorCount = 0
  /// The other end is closed: what is in the ring is all that will ever be.
  private(set) var hasEnded = false
  /// What arrived makes no sense: nothing more is taken.
  private(set) var failure: SystemError?

  init(_ ring: ByteRing, socket: Int32, byteLimit: Int) {
    reader = RingReader(ring)
    self.socket = socket
    self.byteLimit = byteLimit
  }

  /// Something to take, or a failure to hear of.
  mutating func hasFrame() -> Bool { reader.available(wanted: 1) > 0 || failure != nil }

  /// Nothing of any message has been taken that was not handed out.
  var isIdle: Bool { arrival == nil && descriptors.isEmpty }

  /// Asks the writer to wake this side by the socket when it publishes. True: nothing is there yet, sleep.
  mutating func willSleep() -> Bool {
    reader.ring.readerSleeps.store(1)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return !hasFrame() && !hasEnded
  }

  func hasWoken() { reader.ring.readerSleeps.store(0) }

  // MARK: Whole messages

  /// The next message if it is there whole; takes whatever is there of it.
  mutating func take() throws(SystemError) -> Incoming? {
    while true {
      if fragmentByteCount > 0 { try takeFragment() }
      if let arrival, arrival.filledByteCount == arrival.byteCount, let whole = try finish(arrival) { return whole }
      guard try nextFrame() != nil else { return nil }
    }
  }

  private mutating func takeFragment() throws(SystemError) {
    guard let arrival else { return }
    if arrival.isDropped { return skipFragment() }
    if assembled.isEmpty {
      // Where the allocation would fail, Swift ends the process.
      if arrival.byteCount > 64 << 20 {
        let room = Machine.memoryRoom()
        guard arrival.byteCount <= room.byteCount else {
          drop()
          throw SystemError(
            code: .insufficientMemory,
            message: "A message of \(grouped(arrival.byteCount)) bytes arrived and was dropped: the machine has room "
              + "for \(grouped(room.byteCount)) (\(room.reason)); send it in parts.")
        }
      }
      assembled = unsafe [UInt8](unsafeUninitializedCapacity: arrival.byteCount) { all, count in
        unsafe Inbound.askForLargePages(UnsafeMutableRawBufferPointer(all))
        count = arrival.byteCount
      }
    }
    // Out and back: in place, the closure would overlap with `self`.
    var bytes: [UInt8] = []
    swap(&bytes, &assembled)
    let start = arrival.filledByteCount
    let count = fragmentByteCount
    _ = unsafe bytes.withUnsafeMutableBytes { all in
      unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: all[start..<start + count]))
    }
    swap(&bytes, &assembled)
  }

  /// The message whose bytes are all there; nil while descriptors of it are missing, or when nobody wants it.
  private mutating func finish(_ whole: Arrival) throws(SystemError) -> Incoming? {
    var taken: [OwnedDescriptor] = []
    if whole.descriptorCount > 0 {
      if !hasDescriptors(whole.descriptorCount) { drain() }
      guard hasDescriptors(whole.descriptorCount) else { return nil }
      let next = descriptors.prefix(whole.descriptorCount)
      taken = next.compactMap { $0 }
      descriptors.removeFirst(whole.descriptorCount)
    }
    var bytes: [UInt8] = []
    swap(&bytes, &assembled)
    finishDirect()
    if whole.isDropped { return nil }
    guard taken.count == whole.descriptorCount else {
      throw SystemError(
        "recvmsg", errno: EMFILE,
        "A message was lost: its descriptors cannot be opened here; raise the limit with ulimit -n.")
    }
    return Incoming(tag: whole.tag, bytes: bytes, descriptors: taken)
  }

  private mutating func hasDescriptors(_ count: Int) -> Bool {
    let stale = min(staleDescriptorCount, descriptors.count)
    if stale > 0 {
      descriptors.removeFirst(stale)
      staleDescriptorCount -= stale
    }
    return descriptors.count >= count
  }

  // MARK: Frames

  /// Reads the head of the next frame, all of whose bytes are then in the ring; nil: there is none yet.
  mutating func nextFrame() throws(SystemError) -> FrameHead.Kind? {
    if let failure { throw failure }
    let available = reader.available(wanted: FrameHead.byteCount)
    guard available >= FrameHead.byteCount else {
      release()
      // Frames are published whole: the rest of this one would never come, and whoever waits for a frame has one.
      if available > 0 { throw fail() }
      return nil
    }
    guard let head = FrameHead(word: readWord()), (head.kind == .message) == (arrival == nil) else { throw fail() }
    switch head.kind {
    case .message:
      guard reader.available(wanted: 16) >= 16 else { throw fail() }
      let tag = readWord()
      let byteCount = readWord()
      guard byteCount <= UInt64(byteLimit), head.fragmentByteCount <= Int(byteCount) else { throw fail() }
      arrival = Arrival(tag: tag, byteCount: Int(byteCount), descriptorCount: head.descriptorCount)
    case .more:
      guard let arrival, head.fragmentByteCount > 0,
        head.fragmentByteCount <= arrival.byteCount - arrival.filledByteCount
      else { throw fail() }
    case .abandoned:
      guard head.fragmentByteCount == 0 else { throw fail() }
      arrival = nil
      assembled = []
      staleDescriptorCount += head.descriptorCount
      if head.descriptorCount > 0 {
        // At once: this end may move to another process, which would know nothing of them.
        drain()
        _ = hasDescriptors(0)
      }
    }
    guard reader.available(wanted: head.fragmentByteCount) >= head.fragmentByteCount else { throw fail() }
    fragmentByteCount = head.fragmentByteCount
    return head.kind
  }

  /// Reads into `bytes` as many as there are in this frame; how many it were.
  @unsafe @discardableResult
  mutating func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(bytes.count, fragmentByteCount)
    unsafe reader.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count)))
    consumed(count)
    return count
  }

  /// Whatever is still to come of the message that is arriving goes to nobody.
  mutating func drop() {
    arrival?.isDropped = true
    assembled = []
    if fragmentByteCount > 0 { skipFragment() }
    if let arrival, arrival.filledByteCount == arrival.byteCount, arrival.descriptorCount == 0 { finishDirect() }
  }

  /// The message that is arriving was read whole by `read(into:)`.
  mutating func finishDirect() {
    arrival = nil
    release()
  }

  /// The message that is arriving was read by `read(into:)` so far, and goes on in memory: `bytes` is what came.
  mutating func keep(_ bytes: [UInt8]) {
    guard let arrival, arrival.filledByteCount == bytes.count else { return }
    assembled = unsafe [UInt8](unsafeUninitializedCapacity: arrival.byteCount) { all, count in
      unsafe UnsafeMutableRawBufferPointer(all).copyBytes(from: bytes)
      count = arrival.byteCount
    }
  }

  /// Before a large buffer is filled for the first time: faults of 4 KiB each would cost more than copying. NumPy does the
  /// same from 4 MiB on. Changes nothing where the system does not want it.
  @unsafe static func askForLargePages(_ bytes: UnsafeMutableRawBufferPointer) {
    let page = 2 << 20
    guard bytes.count >= 2 * page, let start = bytes.baseAddress else { return }
    let first = unsafe start.alignedUp(toMultipleOf: page)
    let last = unsafe (start + bytes.count).alignedDown(toMultipleOf: page)
    _ = unsafe madvise(first, last - first, MADV_HUGEPAGE)
  }

  private mutating func skipFragment() {
    reader.skip(fragmentByteCount)
    consumed(fragmentByteCount)
  }

  private mutating func consumed(_ count: Int) {
    fragmentByteCount -= count
    arrival?.filledByteCount += count
    unreleasedByteCount += count
    // Not after every frame: each release is a cache line that the writer then fetches.
    if unreleasedByteCount >= reader.ring.capacity / 8 { release() }
  }

  private mutating func readWord() -> UInt64 {
    var word: UInt64 = 0
    unsafe withUnsafeMutableBytes(of: &word) { unsafe reader.read(into: $0) }
    unreleasedByteCount += 8
    return word
  }

  private mutating func release() {
    guard unreleasedByteCount > 0 else { return }
    unreleasedByteCount = 0
    // A writer that is gone needs no waking, and one whose socket is full has packets to wake up for.
    if reader.release() { try? Connection.wake(socket) }
  }

  private mutating func fail() -> SystemError {
    let error = SystemError(
      code: .protocolMismatch,
      message: "What arrived through the connection is no message of this version within its limit of "
        + "\(grouped(byteLimit)) bytes; both processes must run the same build.")
    failure = error
    return error
  }

  // MARK: The socket

  /// Takes every packet that waits.
  mutating func drain() {
    while !hasEnded && failure == nil {
      var word: UInt64 = 0
      var numbers = [Int32](repeating: -1, count: Channel.descriptorLimit)
      var count = Int32(Channel.descriptorLimit)
      let taken = unsafe cposix_channel_receive(socket, &word, SocketPacket.byteCount, nil, 0, &numbers, &count)
      if taken == -Int(EAGAIN) { return }
      let opened = taken > 0 ? numbers.prefix(Int(count)).map { OwnedDescriptor(Descriptor(owning: $0)) } : []
      switch taken {
      case 0: hasEnded = true
      case -Int(EMFILE):
        descriptors += [OwnedDescriptor?](repeating: nil, count: SocketPacket(word: word)?.descriptorCount ?? 0)
      case SocketPacket.byteCount where SocketPacket(word: word)?.descriptorCount == opened.count:
        descriptors += opened
      default: _ = fail()
      }
    }
  }
}
