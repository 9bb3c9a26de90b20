// SPDX-License-Identifier: Apache-2.0
// The fast way between two processes: two rings in shared memory and one socket. Pipe, Pool and Manager are built on it.
// A message costs no system call while the other side is awake; the socket carries wake-ups, descriptors and the news
// of death.

import CPOSIX
import Glibc
import Synchronization

/// One end of a two-way connection between two processes. Closed when the last reference goes.
///
/// Any thread may send and receive; each direction is taken by one thread at a time. What a process sent before it was
/// killed arrives; the message it was in the middle of does not.
package final class Connection: Sendable {
  package static let ringCapacity = 256 << 10

  /// What the other process needs: descriptors to hand over.
  package struct End: Sendable {
    package let segment: OwnedDescriptor
    package let socket: OwnedDescriptor
    /// Whether it is the end that `pair` gave as `near`: for an end that moves to another process.
    package let isNear: Bool

    package init(segment: OwnedDescriptor, socket: OwnedDescriptor, isNear: Bool = false) {
      self.segment = segment
      self.socket = socket
      self.isNear = isNear
    }
  }

  private let segment: SharedMemory
  private let socket: OwnedDescriptor
  private let isNear: Bool
  let inbound: Mutex<Inbound>
  let outbound: Mutex<Outbound>
  /// Messages that `send` took in while it waited for room, and their number.
  let inbox = Mutex(Inbox())
  let inboxCount = Atomic<Int>(0)
  /// Threads of this process that wait for `activity` to change, and those of them that want to receive.
  let followers = Atomic<Int>(0)
  let waitingReaders = Atomic<Int>(0)
  /// In the segment only because a thread can sleep on it there; each end has its own.
  let activity: FutexWord
  /// Nobody is at the other end.
  let hasLostPeer = Atomic<Bool>(false)

  /// A new connection: this process's end, and what to hand to the other one.
  ///
  /// Let go of `far` once it is handed over: the other end counts as open while anybody holds its socket.
  package static func pair(
    ringCapacity: Int = ringCapacity, messageByteLimit: Int = messageByteLimit
  ) throws(SystemError) -> (near: Connection, far: End) {
    let layout = Layout(capacity: ringCapacity)
    let segment = try SharedMemory(byteCount: layout.byteCount)
    try unsafe layout.create(at: segment.baseAddress)
    var ends: [Int32] = [-1, -1]
    let paired = unsafe cposix_channel_pair(&ends, Int32(2 * Channel.messageByteLimit))
    guard paired == 0 else {
      throw SystemError(
        "socketpair", errno: -paired, "Cannot open a connection; raise the limit on open files (ulimit -n).")
    }
    let near = OwnedDescriptor(Descriptor(owning: ends[0]))
    let far = OwnedDescriptor(Descriptor(owning: ends[1]))
    let memory = OwnedDescriptor(try Descriptor(duplicating: segment.descriptorNumber))
    return (
      try Connection(segment, near, layout, isNear: true, messageByteLimit), End(segment: memory, socket: far)
    )
  }

  /// More than any payload has: its head included.
  package static let messageByteLimit = Payload.byteLimit + 64

  /// The end that another process handed over. Messages above `messageByteLimit` are refused with `protocolMismatch`, and
  /// nothing is received after one.
  package convenience init(
    attaching end: End, messageByteLimit: Int = Connection.messageByteLimit
  ) throws(SystemError) {
    let byteCount = try SegmentFile.byteCount(of: end.segment.number)
    let segment = try SharedMemory(
      attaching: Descriptor(duplicating: end.segment.number), byteCount: byteCount, writable: true)
    let layout = try unsafe Layout(readingAt: segment.baseAddress, byteCount: byteCount)
    guard cposix_is_channel(end.socket.number) == 1 else { throw Layout.mismatch }
    try self.init(segment, end.socket, layout, isNear: end.isNear, messageByteLimit)
  }

  private init(
    _ segment: consuming SharedMemory, _ socket: OwnedDescriptor, _ layout: Layout, isNear: Bool, _ byteLimit: Int
  ) throws(SystemError) {
    let base = unsafe segment.baseAddress
    // The near end writes the first ring.
    let first = try unsafe ByteRing(attachingAt: base + layout.firstOffset, capacity: layout.capacity)
    let second = try unsafe ByteRing(attachingAt: base + layout.secondOffset, capacity: layout.capacity)
    inbound = Mutex(Inbound(isNear ? second : first, socket: socket.number, byteLimit: byteLimit))
    outbound = Mutex(Outbound(isNear ? first : second, socket: socket.number))
    activity = unsafe FutexWord(base + (isNear ? 64 : 128))
    self.segment = segment
    self.socket = socket
    self.isNear = isNear
  }

  /// The socket: poll it for reading when asleep. Stays owned here.
  package var descriptorNumber: Int32 { socket.number }

  /// What another process needs to take over this very end; the two numbers are on loan. Throws `payload` when part of a
  /// message has been sent or received here, which could not move along.
  package func descriptorsToMove() throws(SystemError) -> (segment: Int32, socket: Int32, isNear: Bool) {
    // Whoever wanted a direction in this instant is told that it is free again.
    defer { tellFollowers() }
    let isIdle =
      inboxCount.load(ordering: .acquiring) == 0 && inbound.withLockIfAvailable { $0.isIdle } ?? false
      && outbound.withLockIfAvailable { $0.open == 0 } ?? false
    guard isIdle else {
      throw SystemError(
        code: .payload,
        message: "An end of a pipe that is in the middle of a message cannot move to another process; pass it on "
          + "before using it.")
    }
    return (segment.descriptorNumber, socket.number, isNear)
  }

  static var disconnected: SystemError {
    SystemError(
      code: .disconnected,
      message: "The process at the other end of the connection is gone, or has closed it; nobody reads what is sent.")
  }

  /// Wakes whoever sleeps on the other end's socket.
  static func wake(_ socket: Int32) throws(SystemError) {
    var word = SocketPacket(descriptorCount: 0).word
    let sent = unsafe cposix_channel_send(socket, &word, SocketPacket.byteCount, nil, 0, nil, 0)
    switch Int32(-min(sent, 0)) {
    // Full of packets: the other end's socket is readable, and its owner will not sleep.
    case 0, EAGAIN: return
    case EPIPE, ECONNRESET, ENOTCONN: throw disconnected
    case let error: throw SystemError("sendmsg", errno: error, "Cannot wake the other end of a connection.")
    }
  }
}

/// Where things are in the segment: a page with mark, capacity and each end's `activity`, then the two rings.
private struct Layout {
  private static let mark: UInt64 = 0x5745_4654_434F_4E31
  private static let page = 4096
  let capacity: Int

  init(capacity: Int) {
    precondition(capacity >= 4096 && capacity & (capacity - 1) == 0, "a connection's ring has 2^n bytes, at least 4096")
    self.capacity = capacity
  }

  var firstOffset: Int { Layout.page }
  var secondOffset: Int { Layout.page + ringByteCount }
  var byteCount: Int { Layout.page + 2 * ringByteCount }

  private var ringByteCount: Int {
    (ByteRing.byteCount(capacity: capacity) + Layout.page - 1) / Layout.page * Layout.page
  }

  @unsafe func create(at base: UnsafeMutableRawPointer) throws(SystemError) {
    _ = unsafe ByteRing(creatingAt: base + firstOffset, capacity: capacity)
    _ = unsafe ByteRing(creatingAt: base + secondOffset, capacity: capacity)
    unsafe SharedWord(base + 8).store(UInt64(capacity))
    unsafe SharedWord(base).store(Layout.mark)
  }

  /// The layout of a segment of `byteCount` bytes that another process made.
  @unsafe init(readingAt base: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    guard byteCount >= Layout.page, unsafe SharedWord(base).load() == Layout.mark else { throw Layout.mismatch }
    let capacity = unsafe SharedWord(base + 8).load()
    guard capacity >= 4096, capacity <= UInt64(byteCount), capacity & (capacity - 1) == 0 else {
      throw Layout.mismatch
    }
    self.init(capacity: Int(capacity))
    guard self.byteCount <= byteCount else { throw Layout.mismatch }
  }

  static var mismatch: SystemError {
    SystemError(
      code: .protocolMismatch,
      message: "The descriptors that arrived are no end of a connection; both processes must run the same build.")
  }
}
