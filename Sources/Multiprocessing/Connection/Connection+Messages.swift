// SPDX-License-Identifier: Apache-2.0
// Sending and receiving whole messages: the waiting calls, and the ones for Pool, which never wait.

import Glibc
import Synchronization

extension Connection {
  // MARK: Sending

  /// Sends one message of any size.
  ///
  /// Throws `timedOut` at the deadline (nil: never), and the message will then never arrive, not even in part. Throws
  /// `disconnected` when the other end has been closed for a millisecond; a message that was already in the ring by then
  /// is lost without a word, as with any socket.
  package func send(tag: UInt64, _ payload: Payload?, deadline: Deadline?) throws(SystemError) {
    try send(Outgoing(tag: tag, payload: payload), WaitLimit(deadline))
  }

  func send(_ message: Outgoing, _ limit: WaitLimit) throws(SystemError) {
    if try tryFinish(message, limit) { return }
    try follow(limit, "Another thread's message was not taken") { () throws(SystemError) in
      try tryFinish(message, limit)
    }
  }

  /// Sends all of it, unless another thread is sending.
  private func tryFinish(_ message: Outgoing, _ limit: WaitLimit) throws(SystemError) -> Bool {
    var hadTurn = false
    defer { if hadTurn { tellFollowers() } }
    let sent: Void? = try outbound.withLockIfAvailable { (outbound) throws(SystemError) in
      hadTurn = true
      try outbound.look()
      var message = message
      while try !outbound.advance(&message) { try awaitRoom(&outbound, limit) }
    }
    return sent != nil
  }

  /// Sends what there is room for. False: not all of it; call again with the same `message`.
  ///
  /// Beginning another message instead takes the unfinished one back. Throws `disconnected` as far as it notices; a
  /// reader that died awake is noticed by `hasWoken` and `tryReceive`.
  package func trySend(_ message: inout Outgoing) throws(SystemError) -> Bool {
    var copy = message
    defer { message = copy }
    return try outbound.withLockIfAvailable { (outbound) throws(SystemError) in try outbound.advance(&copy) } ?? false
  }

  // MARK: Receiving

  /// Waits for the next message; nil: the other end is closed, or its process gone, and everything whole has been taken.
  ///
  /// Throws `timedOut` at the deadline (nil: never); a message that has arrived in part is then kept for the next call.
  package func receive(deadline: Deadline?) throws(SystemError) -> Incoming? { try receive(WaitLimit(deadline)) }

  func receive(_ limit: WaitLimit) throws(SystemError) -> Incoming? {
    var result: Incoming?
    try read(limit, or: { () throws(SystemError) in try take(&result) }) { (inbound) throws(SystemError) in
      result = try nextMessage(&inbound, limit)
    }
    return result
  }

  /// The same and its value, which is decoded as it arrives: an array of `RawPayload` straight into its storage.
  ///
  /// A message whose value is no `Value` is consumed, and `payload` thrown. What a type's own `init(from:)` does must not
  /// wait for this connection.
  package func receive<Value: Decodable>(
    _ type: Value.Type, deadline: Deadline?
  ) throws(SystemError) -> (tag: UInt64, value: Value)? {
    try receive(type, WaitLimit(deadline))
  }

  func receive<Value: Decodable>(
    _ type: Value.Type, _ limit: WaitLimit
  ) throws(SystemError) -> (tag: UInt64, value: Value)? {
    var kept: Incoming?
    var direct: (tag: UInt64, value: Value)?
    try read(limit, or: { () throws(SystemError) in try take(&kept) }) { (inbound) throws(SystemError) in
      while inbound.arrival == nil {
        guard try inbound.nextFrame() == .message else {
          guard try awaitFrame(&inbound, limit) else { return }
          continue
        }
        // Descriptors come on another way, perhaps later.
        guard let arrival = inbound.arrival, arrival.descriptorCount == 0 else { break }
        direct = try receiveDirectly(type, arrival, &inbound, limit)
        // nil, and nothing is arriving: it was taken back, and behind it may be others, even when the other end is closed.
        if direct != nil { return }
      }
      kept = try nextMessage(&inbound, limit)
    }
    if let kept { return (kept.tag, try kept.decode(type)) }
    return direct
  }

  /// Waits until a message is there whole, or nothing will come any more; false at the deadline. Takes nothing.
  func waitForMessage(_ limit: WaitLimit) throws(SystemError) -> Bool {
    do throws(SystemError) {
      let isThere = { () throws(SystemError) in self.inboxCount.load(ordering: .acquiring) > 0 }
      try read(limit, or: isThere) { (inbound) throws(SystemError) in
        if let message = try nextMessage(&inbound, limit) { keep(.success(message)) }
      }
    } catch {
      guard error.code == .timedOut else {
        keep(.failure(error))
        return true
      }
      return false
    }
    return true
  }

  private func nextMessage(_ inbound: inout Inbound, _ limit: WaitLimit) throws(SystemError) -> Incoming? {
    while true {
      if let message = try inbound.take() { return message }
      guard try awaitFrame(&inbound, limit) else { return nil }
    }
  }

  private func take(_ message: inout Incoming?) throws(SystemError) -> Bool {
    message = try fromInbox()
    return message != nil
  }

  /// Runs `body` as the leader, unless `inboxHas` what is wanted first.
  private func read(
    _ limit: WaitLimit, or inboxHas: () throws(SystemError) -> Bool,
    _ body: (inout Inbound) throws(SystemError) -> Void
  ) throws(SystemError) {
    func attempt() throws(SystemError) -> Bool {
      if try inboxHas() { return true }
      return try lead { (inbound) throws(SystemError) in
        // Asked again: a sender that led until now may have put it there.
        if try !inboxHas() { try body(&inbound) }
      }
    }
    if try attempt() { return }
    waitingReaders.add(1, ordering: .sequentiallyConsistent)
    defer {
      waitingReaders.subtract(1, ordering: .sequentiallyConsistent)
      // A sender that let this thread go first may lead now.
      tellFollowers()
    }
    try follow(limit, "No whole message arrived", attempt)
  }

  // MARK: Never waiting

  /// What `tryReceive` found.
  package enum Attempt: Sendable {
    case message(Incoming)
    case nothing
    /// The other end is closed and everything whole has been taken. Told only after `hasWoken` has seen it.
    case ended
  }

  /// Takes the next message if it is there whole; assembles a large one over several calls.
  package func tryReceive() throws(SystemError) -> Attempt {
    if let message = try fromInbox() { return .message(message) }
    let attempt = try inbound.withLockIfAvailable { (inbound) throws(SystemError) -> Attempt in
      if let message = try fromInbox() { return .message(message) }
      if let message = try inbound.take() { return .message(message) }
      return inbound.hasEnded ? .ended : .nothing
    }
    return attempt ?? .nothing
  }

  /// Before sleeping on `descriptorNumber`: asks the other side for a wake-up. True: nothing is there, sleep; false: call
  /// `tryReceive` (and `trySend`) again.
  ///
  /// - Parameter forRoom: also wake for room, because `trySend` said false.
  package func willSleep(forRoom: Bool = false) -> Bool {
    guard inboxCount.load(ordering: .acquiring) == 0 else { return false }
    if forRoom {
      guard outbound.withLockIfAvailable({ $0.willSleep() }) ?? false else { return false }
    }
    return inbound.withLockIfAvailable { $0.willSleep() } ?? false
  }

  /// `hasWoken` without a system call: wake-ups under way are left to the thread that sleeps on the socket.
  package func isAwake() {
    _ = outbound.withLockIfAvailable { $0.hasWoken() }
    _ = inbound.withLockIfAvailable { $0.hasWoken() }
  }

  /// After sleeping, and after a `willSleep` that said false: no wake-ups are needed now. Takes those that came.
  package func hasWoken() {
    _ = outbound.withLockIfAvailable { $0.hasWoken() }
    _ = inbound.withLockIfAvailable { inbound in
      inbound.hasWoken()
      inbound.drain()
      if inbound.hasEnded { hasLostPeer.store(true, ordering: .releasing) }
    }
  }
}
