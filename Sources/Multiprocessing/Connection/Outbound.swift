// SPDX-License-Identifier: Apache-2.0
// The sending direction of a Connection: messages into the ring, in frames, without ever waiting. Connection decides who
// waits and how.

import CPOSIX
import Glibc
import Synchronization

/// A message on its way out; remembers how far it has come.
package struct Outgoing: Sendable {
  package let tag: UInt64
  package let payload: Payload?
  fileprivate let byteCount: Int
  /// 0: not begun. Otherwise the number that Outbound gave it.
  fileprivate var number: UInt64 = 0
  fileprivate var sentByteCount = 0

  package init(tag: UInt64, payload: Payload?) {
    self.tag = tag
    self.payload = payload
    byteCount = payload?.byteCount ?? 0
  }

  /// Some of it is in the ring already.
  package var hasBegun: Bool { number != 0 }
}

struct Outbound: Sendable {
  private var writer: RingWriter
  private let socket: Int32
  /// The number of the message that is begun and not finished; 0: none.
  private(set) var open: UInt64 = 0
  private var count: UInt64 = 0
  /// Of the open message.
  private var sentDescriptorCount = 0
  /// What `advance` lacked: so many bytes of room, or room in the socket.
  private var wantedByteCount = 1
  private(set) var waitsForSocket = false
  /// Nanoseconds of the last look whether anybody is at the other end.
  private var lastLook: UInt64 = 0

  init(_ ring: ByteRing, socket: Int32) {
    writer = RingWriter(ring)
    self.socket = socket
  }

  /// Sends as much of `message` as there is room for. False: not all of it; call again when `canAdvance`.
  ///
  /// A message begun earlier and not finished is abandoned: its receiver never hears of it. Throws `disconnected` when
  /// it notices that nobody is at the other end.
  mutating func advance(_ message: inout Outgoing) throws(SystemError) -> Bool {
    waitsForSocket = false
    if message.number == 0 {
      guard try begin(&message) else { return false }
    }
    precondition(message.number == open, "a message is sent again after another took its place or after its end")
    if let descriptors = message.payload?.descriptors, sentDescriptorCount < descriptors.count {
      let areSent = try sendDescriptors(descriptors)
      // Published after they are sent, so that a reader who is awake finds them at once.
      try publish()
      guard areSent else { return false }
    }
    while message.sentByteCount < message.byteCount {
      guard let byteCount = fragment(of: message, headByteCount: FrameHead.byteCount) else { return false }
      write(FrameHead(.more, fragmentByteCount: byteCount).word)
      write(&message, byteCount)
      try publish()
    }
    open = 0
    return true
  }

  /// There may be room for what `advance` lacked.
  mutating func canAdvance() -> Bool { !waitsForSocket && writer.room(wanted: wantedByteCount) >= wantedByteCount }

  /// Asks the reader to wake this side by the socket once there is room. True: there is none yet, sleep.
  mutating func willSleep() -> Bool {
    writer.ring.writerSleeps.store(1)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return !canAdvance()
  }

  func hasWoken() { writer.ring.writerSleeps.store(0) }

  /// Throws `disconnected` when the other end is closed. Asks the kernel at most once a millisecond: a message to a process
  /// that spins needs no system call, so nothing else would tell.
  mutating func look() throws(SystemError) {
    let now = Deadline.now.nanoseconds
    guard now &- lastLook > 1_000_000 else { return }
    lastLook = now
    var wait = pollfd(fd: socket, events: 0, revents: 0)
    if unsafe cposix_poll(&wait, 1, 0) > 0, wait.revents & Int16(POLLHUP) != 0 { throw Connection.disconnected }
  }

  // MARK: Frames

  private mutating func begin(_ message: inout Outgoing) throws(SystemError) -> Bool {
    if open != 0 {
      guard hasRoom(FrameHead.byteCount) else { return false }
      write(FrameHead(.abandoned, descriptorCount: sentDescriptorCount).word)
      open = 0
    }
    guard let byteCount = fragment(of: message, headByteCount: FrameHead.messageByteCount) else {
      // The abandoned one is taken back all the same.
      try publish()
      return false
    }
    let descriptorCount = message.payload?.descriptors.count ?? 0
    write(FrameHead(.message, descriptorCount: descriptorCount, fragmentByteCount: byteCount).word)
    write(message.tag)
    write(UInt64(message.byteCount))
    count += 1
    open = count
    sentDescriptorCount = 0
    message.number = count
    write(&message, byteCount)
    if descriptorCount == 0 { try publish() }
    return true
  }

  /// How many bytes of `message` to send in the next frame; nil: wait for more room.
  private mutating func fragment(of message: Outgoing, headByteCount: Int) -> Int? {
    let left = message.byteCount - message.sentByteCount
    // Frames of a quarter of the ring: both sides copy at the same time. None much smaller, but for the last one.
    let quarter = writer.ring.capacity / 4
    let wanted = min(left, quarter / 2)
    guard hasRoom(headByteCount + wanted) else { return nil }
    return min(left, quarter, writer.room(wanted: headByteCount + quarter) - headByteCount)
  }

  private mutating func hasRoom(_ byteCount: Int) -> Bool {
    wantedByteCount = byteCount
    return writer.room(wanted: byteCount) >= byteCount
  }

  private mutating func write(_ word: UInt64) {
    unsafe withUnsafeBytes(of: word) { unsafe writer.write($0) }
  }

  /// Writes the next `byteCount` bytes of the message, straight from where the payload has them.
  private mutating func write(_ message: inout Outgoing, _ byteCount: Int) {
    guard byteCount > 0, let payload = message.payload else { return }
    var skipped = message.sentByteCount
    var left = byteCount
    unsafe payload.forEachPart { part in
      guard left > 0 else { return }
      let start = min(skipped, part.count)
      skipped -= start
      let end = min(part.count, start + left)
      left -= end - start
      unsafe writer.write(UnsafeRawBufferPointer(rebasing: part[start..<end]))
    }
    message.sentByteCount += byteCount
  }

  private mutating func publish() throws(SystemError) {
    guard writer.publish() else { return }
    try Connection.wake(socket)
  }

  /// Sends them behind the head of their message, so that a message given up before them takes nobody else's.
  private mutating func sendDescriptors(_ descriptors: [Int32]) throws(SystemError) -> Bool {
    while sentDescriptorCount < descriptors.count {
      let next = Array(descriptors[sentDescriptorCount...].prefix(Channel.descriptorLimit))
      var word = SocketPacket(descriptorCount: next.count).word
      let sent = unsafe cposix_channel_send(socket, &word, SocketPacket.byteCount, nil, 0, next, Int32(next.count))
      switch Int32(-min(sent, 0)) {
      case 0: sentDescriptorCount += next.count
      case EAGAIN:
        waitsForSocket = true
        return false
      case EPIPE, ECONNRESET, ENOTCONN: throw Connection.disconnected
      case let error:
        throw SystemError(
          "sendmsg", errno: error,
          "Cannot send \(next.count) descriptors to another process"
            + (error == ETOOMANYREFS ? ": too many are under way; raise the limit on open files (ulimit -n)." : "."))
      }
    }
    return true
  }
}
