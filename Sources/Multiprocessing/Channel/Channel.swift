// SPDX-License-Identifier: Apache-2.0
// The message channel between a coordinator and one worker. WorkerProcess makes a pair; each side keeps one end.
// Sequenced packets rather than a stream: a message arrives whole or not at all, so a killed sender tears nothing, and
// descriptors arrive with exactly the message they were sent with. Bulk data belongs in SharedMemory.

import CPOSIX
import Glibc
import Synchronization

/// One end of a two-way channel of messages and descriptors.
///
/// One sender and one receiver at a time per end. `descriptorNumber` polls readable when a message waits or the peer
/// is gone.
public struct Channel: ~Copyable, Sendable {
  /// Most bytes in one message. It must fit into the socket's send buffer, of which Linux grants about 208 KiB unasked.
  public static let messageByteLimit = 128 * 1024
  /// Most descriptors with one message.
  public static let descriptorLimit = 16

  private let descriptor: Descriptor
  /// True at a coordinator's end until the worker's first word.
  private let awaitsHello: Atomic<Bool>

  package init(owning descriptor: consuming Descriptor, awaitsHello: Bool) {
    self.descriptor = descriptor
    self.awaitsHello = Atomic(awaitsHello)
  }

  /// To poll on; stays owned by the channel.
  public var descriptorNumber: Int32 { descriptor.number }

  /// The worker has said that it runs the same version of this module.
  var hasGreeted: Bool { !awaitsHello.load(ordering: .relaxed) }

  // MARK: Sending

  /// Sends `bytes` (possibly none) and copies of `descriptors` as one message.
  ///
  /// Waits until `deadline` (nil: for ever) while the peer's queue is full. A peer that ends meanwhile is an error
  /// (`disconnected`), never a signal.
  public func send(
    _ bytes: [UInt8], descriptors: [Int32] = [], deadline: Deadline?
  ) throws(SystemError) {
    try unsafe send(bytes.span.bytes, descriptors: descriptors, deadline: deadline)
  }

  /// The same for bytes that lie anywhere: nothing is copied before the system call.
  public func send(
    _ bytes: RawSpan, descriptors: [Int32] = [], deadline: Deadline?
  ) throws(SystemError) {
    try send(bytes, descriptors, deadline, MessageHead(.message, descriptorCount: descriptors.count))
  }

  /// The worker's first word.
  func sendHello(deadline: Deadline?) throws(SystemError) {
    let nothing: [UInt8] = []
    try unsafe send(nothing.span.bytes, [], deadline, MessageHead(.hello, descriptorCount: 0))
  }

  private func send(
    _ bytes: RawSpan, _ descriptors: [Int32], _ deadline: Deadline?, _ head: MessageHead
  ) throws(SystemError) {
    let byteCount = bytes.byteCount
    guard byteCount <= Channel.messageByteLimit, descriptors.count <= Channel.descriptorLimit else {
      throw SystemError(
        code: .messageTooLarge,
        message: "A message of \(byteCount) bytes and \(descriptors.count) descriptors is above the limit of "
          + "\(Channel.messageByteLimit) bytes and \(Channel.descriptorLimit) descriptors; pass bulk data in SharedMemory."
      )
    }
    var word = head.word
    while true {
      let sent = unsafe bytes.withUnsafeBytes { body in
        unsafe cposix_channel_send(
          descriptor.number, &word, MessageHead.byteCount, body.baseAddress, body.count, descriptors,
          Int32(descriptors.count))
      }
      if sent >= 0 { return }
      let error = Int32(-sent)
      switch error {
      case EAGAIN:
        guard try waitUntilWritable(descriptor.number, deadline: deadline) else {
          throw SystemError(
            code: .timedOut, message: "The worker did not take a message of \(byteCount) bytes in time.")
        }
      case EPIPE, ECONNRESET, ENOTCONN:
        throw SystemError("sendmsg", errno: error, "The process at the other end of the channel is gone.")
      default:
        throw SystemError("sendmsg", errno: error, "Cannot send a message of \(byteCount) bytes.")
      }
    }
  }

  // MARK: Receiving

  /// Takes the next message; nil when the peer is gone and everything it sent has been taken.
  ///
  /// - Parameters:
  ///   - deadline: nil waits for ever. When it passes, `timedOut` is thrown.
  ///   - spinMicroseconds: ask again and again for so long before sleeping. A wake-up from sleep costs about 80 µs; worth
  ///     it only while each process has a core of its own.
  public func receive(deadline: Deadline?, spinMicroseconds: Int = 0) throws(SystemError) -> Message? {
    let spinEnd = Deadline(nanoseconds: Deadline.now.nanoseconds + UInt64(max(0, spinMicroseconds)) * 1000)
    while true {
      switch try take() {
      case .message(let message): return message
      case .ended: return nil
      case .nothing: break
      }
      if spinMicroseconds > 0 && !spinEnd.hasPassed { continue }
      if try waitForAny(descriptors: [descriptor.number], deadline: deadline).isEmpty {
        throw SystemError(code: .timedOut, message: "No message arrived in time.")
      }
    }
  }

  /// What `tryReceive` found.
  public enum Attempt: ~Copyable, Sendable {
    case message(Message)
    /// The peer lives and has sent nothing more.
    case nothing
    /// The peer is gone and everything it sent has been taken.
    case ended
  }

  /// Takes the next message if there is one. Never waits.
  public func tryReceive() throws(SystemError) -> Attempt { try take() }

  /// Waits for the worker's first word, which comes before every message, and takes it.
  func takeHello(deadline: Deadline?) throws(SystemError) {
    while !hasGreeted {
      if let waiting = try peek() {
        if waiting == 0 { _ = try end() }
        // Sets `hasGreeted`; a first word that is none is thrown away with the mismatch that takeMessage throws.
        _ = try takeMessage(bodyByteCount: max(0, waiting - MessageHead.byteCount))
      } else if try waitForAny(descriptors: [descriptor.number], deadline: deadline).isEmpty {
        throw SystemError(code: .timedOut, message: "The worker did not come up in time.")
      }
    }
  }

  private func take() throws(SystemError) -> Attempt {
    while let waiting = try peek() {
      if waiting == 0 { return try end() }
      if let message = try takeMessage(bodyByteCount: max(0, waiting - MessageHead.byteCount)) {
        return .message(message)
      }
    }
    return .nothing
  }

  /// Bytes of the waiting message, head included; 0: the peer is gone; nil: nothing waits.
  private func peek() throws(SystemError) -> Int? {
    let waiting = cposix_channel_peek(descriptor.number)
    if waiting == -Int(EAGAIN) { return nil }
    guard waiting >= 0 else {
      throw SystemError("recv", errno: Int32(-waiting), "Cannot receive from channel \(descriptor.number).")
    }
    guard waiting <= MessageHead.byteCount + Channel.messageByteLimit else {
      throw SystemError(
        code: .protocolMismatch, message: "A message of \(waiting) bytes arrived; this version sends no such message.")
    }
    return waiting
  }

  /// The waiting message, nil when it was the hello.
  private func takeMessage(bodyByteCount: Int) throws(SystemError) -> Message? {
    var word: UInt64 = 0
    var numbers = [Int32](repeating: -1, count: Channel.descriptorLimit)
    var numberCount = Int32(Channel.descriptorLimit)
    var taken = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: bodyByteCount) { body, count in
      taken = unsafe cposix_channel_receive(
        descriptor.number, &word, MessageHead.byteCount, body.baseAddress, bodyByteCount, &numbers, &numberCount)
      count = min(bodyByteCount, max(0, taken - MessageHead.byteCount))
    }
    if taken == -Int(EMFILE) {
      throw SystemError(
        "recvmsg", errno: EMFILE,
        "A message was lost: its descriptors cannot be opened here; raise the limit with ulimit -n.")
    }
    guard taken >= 0 else {
      throw SystemError("recvmsg", errno: Int32(-taken), "Cannot receive from channel \(descriptor.number).")
    }
    let message = Message(bytes: bytes, owning: Array(numbers.prefix(Int(numberCount))))
    guard taken >= MessageHead.byteCount, let head = MessageHead(word: word),
      head.descriptorCount == message.descriptorCount
    else {
      throw SystemError(
        code: .protocolMismatch,
        message: "What arrived through the channel is not a message of version \(MessageHead.version); "
          + "both processes must run the same build.")
    }
    // The hello comes once, and first.
    guard (head.kind == .hello) == !hasGreeted else {
      throw SystemError(code: .protocolMismatch, message: "The worker's messages came out of order.")
    }
    awaitsHello.store(false, ordering: .relaxed)
    if head.kind == .hello { return nil }
    return message
  }

  private func end() throws(SystemError) -> Attempt {
    guard hasGreeted else {
      throw SystemError(
        code: .workerNotStarted,
        message: "The worker ended before it could run its program. Its own message, if any, is on standard error; "
          + "a program that loads this module while running (a plug-in) cannot be started again as a worker.")
    }
    return .ended
  }
}
