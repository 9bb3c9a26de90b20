// SPDX-License-Identifier: Apache-2.0
// Who sleeps where. Only the thread that has `inbound` takes packets from the socket: it leads. Every other thread of
// this end follows: it sleeps on `activity`, which the leader changes whenever it has taken packets and when it stops
// leading. Two threads that both polled the socket would take each other's wake-ups.

import CPOSIX
import Glibc
import Synchronization

/// How long a wait may last.
struct WaitLimit {
  /// nil: for ever.
  let deadline: Deadline?
  /// Asked at least every 50 ms; nil: nobody will.
  let isCancelled: (() -> Bool)?

  init(_ deadline: Deadline?, isCancelled: (() -> Bool)? = nil) {
    self.deadline = deadline
    self.isCancelled = isCancelled
  }

  var isEndless: Bool { deadline == nil && isCancelled == nil }

  /// Throws `timedOut` when the wait is over, cancelled or not.
  func check(_ what: StaticString) throws(SystemError) {
    if deadline?.hasPassed ?? false || isCancelled?() ?? false {
      throw SystemError(code: .timedOut, message: "\(what) in time.")
    }
  }

  /// How long to sleep at once.
  var slice: Deadline? {
    guard isCancelled != nil else { return deadline }
    let next = Deadline(nanoseconds: Deadline.now.nanoseconds + 50_000_000)
    return min(next, deadline ?? next)
  }
}

extension Connection {
  /// Waits until something arrives. False: nothing will, the other end is closed. The caller leads.
  func awaitFrame(_ inbound: inout Inbound, _ limit: WaitLimit) throws(SystemError) -> Bool {
    if Spin.until(Spin.nanoseconds, { inbound.hasFrame() }) { return true }
    try sleep(&inbound, limit)
    if inbound.hasFrame() { return true }
    if inbound.hasEnded { return false }
    try limit.check("No whole message arrived")
    return true
  }

  /// Waits until `outbound` may go on. Takes in what arrives meanwhile: the other side may be waiting for room as well,
  /// and would wait for ever (faults.md F36).
  func awaitRoom(_ outbound: inout Outbound, _ limit: WaitLimit) throws(SystemError) {
    if Spin.until(3_000, { outbound.canAdvance() }) { return }
    followers.add(1, ordering: .sequentiallyConsistent)
    defer {
      followers.subtract(1, ordering: .sequentiallyConsistent)
      outbound.hasWoken()
    }
    while true {
      let before = activity.load()
      guard outbound.willSleep() else { return }
      var hasLed = false
      if waitingReaders.load(ordering: .sequentiallyConsistent) == 0 {
        hasLed = try lead { (inbound) throws(SystemError) in
          // What was taken in is news for the caller, who looks for room first.
          if self.takeIn(&inbound) { return }
          // Found by whoever looked for descriptors.
          if inbound.hasEnded { return self.hasLostPeer.store(true, ordering: .releasing) }
          if inbound.failure != nil { return self.awaitEnd(limit) }
          if Spin.until(Spin.nanoseconds, { outbound.canAdvance() || inbound.hasFrame() }) { return }
          try self.sleep(&inbound, limit, orForSocket: outbound.waitsForSocket)
          _ = self.takeIn(&inbound)
        }
      }
      if hasLostPeer.load(ordering: .acquiring) { throw Connection.disconnected }
      if outbound.canAdvance() || outbound.waitsForSocket && hasLed { return }
      try limit.check("The other process did not take a message")
      guard !hasLed else { continue }
      // A leader does not wait for room in the socket; look again oneself.
      let socketSlice = Deadline(nanoseconds: Deadline.now.nanoseconds + 5_000_000)
      activity.wait(while: before, deadline: outbound.waitsForSocket ? socketSlice : limit.slice)
      if outbound.waitsForSocket { return }
    }
  }

  /// Runs `body` with the receiving side, if no other thread has it.
  func lead(_ body: (inout Inbound) throws(SystemError) -> Void) throws(SystemError) -> Bool {
    var hasLed = false
    defer { if hasLed { tellFollowers() } }
    let led: Void? = try inbound.withLockIfAvailable { (inbound) throws(SystemError) in
      hasLed = true
      try body(&inbound)
    }
    return led != nil
  }

  /// Waits, as a follower, until `attempt` succeeds: it is called again after every change.
  func follow(_ limit: WaitLimit, _ what: StaticString, _ attempt: () throws(SystemError) -> Bool) throws(SystemError) {
    followers.add(1, ordering: .sequentiallyConsistent)
    defer { followers.subtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let before = activity.load()
      if try attempt() { return }
      try limit.check(what)
      activity.wait(while: before, deadline: limit.slice)
    }
  }

  func tellFollowers() {
    // Against a follower that has counted itself in, and then tried and failed to get what this thread had.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    guard followers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    activity.add(1)
    activity.wake()
  }

  /// Moves whole messages, and what is there of the next one, into memory. True: anything came.
  private func takeIn(_ inbound: inout Inbound) -> Bool {
    guard inbound.failure == nil, inbound.hasFrame() else { return false }
    while true {
      do throws(SystemError) {
        guard let message = try inbound.take() else { return true }
        keep(.success(message))
      } catch {
        keep(.failure(error))
        if inbound.failure != nil { return true }
      }
    }
  }

  /// Appends to the inbox. The caller leads.
  func keep(_ item: Result<Incoming, SystemError>) {
    inbox.withLock { $0.append(item) }
    inboxCount.add(1, ordering: .acquiringAndReleasing)
  }

  func fromInbox() throws(SystemError) -> Incoming? {
    guard inboxCount.load(ordering: .acquiring) > 0, let item = inbox.withLock({ $0.popFirst() }) else { return nil }
    inboxCount.subtract(1, ordering: .acquiringAndReleasing)
    return try item.get()
  }

  /// A nap of 5 ms at most, which the end of the other side ends: for a sender after damage, when nothing is taken from the
  /// socket any more and the packets in it would end every other sleep.
  private func awaitEnd(_ limit: WaitLimit) {
    var wait = pollfd(fd: descriptorNumber, events: 0, revents: 0)
    let left = limit.slice.map { min($0.remainingNanoseconds, 5_000_000) } ?? 5_000_000
    if unsafe cposix_poll(&wait, 1, Int64(left)) > 0 { hasLostPeer.store(true, ordering: .releasing) }
  }

  /// Sleeps until a packet comes (or, if told, the socket takes one), and takes all packets. The caller leads.
  private func sleep(_ inbound: inout Inbound, _ limit: WaitLimit, orForSocket: Bool = false) throws(SystemError) {
    if inbound.willSleep() {
      // A closed end polls readable for ever; `willSleep` is false then.
      var wait = pollfd(
        fd: descriptorNumber, events: Int16(orForSocket ? POLLIN | POLLOUT : POLLIN), revents: 0)
      let left = limit.slice.map { Int64(clamping: $0.remainingNanoseconds) } ?? -1
      let result = unsafe cposix_poll(&wait, 1, left)
      guard result >= 0 || result == -EINTR || result == -EAGAIN else {
        inbound.hasWoken()
        throw SystemError("ppoll", errno: -result, "Cannot wait for the other end of a connection.")
      }
    }
    inbound.hasWoken()
    inbound.drain()
    if inbound.hasEnded { hasLostPeer.store(true, ordering: .releasing) }
    tellFollowers()
  }
}
