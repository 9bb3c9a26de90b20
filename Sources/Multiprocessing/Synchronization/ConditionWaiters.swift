// SPDX-License-Identifier: Apache-2.0
// Who waits at a Condition. Slots are claimed with the condition's lock held; everything else is one exchange of a
// slot's word, with or without the lock, so that a death leaves nothing half done.

import Glibc

/// The slots of a condition's waiters.
struct ConditionWaiters: Sendable {
  let segment: SharedSegment

  private static let capacity = 256
  private static let slotByteCount = 64
  static let byteCount = 64 + capacity * slotByteCount

  /// Tickets given out; a lower one has waited longer.
  private var tickets: SharedWord { segment.word(SharedSegment.contentOffset) }
  /// How many slots were ever used.
  private var used: SharedWord { segment.word(SharedSegment.contentOffset + 8) }

  private enum State: UInt64 {
    case free = 0
    case waiting, notified
  }

  struct Slot: Sendable {
    fileprivate let segment: SharedSegment
    fileprivate let offset: Int

    /// The ticket times four, plus the state. Tickets differ, so no exchange meant for one waiter hits a later one.
    fileprivate var word: SharedWord { segment.word(offset) }
    fileprivate var pid: SharedWord { segment.word(offset + 8) }
    fileprivate var startTime: SharedWord { segment.word(offset + 16) }
    /// Where the waiter sleeps.
    var place: WaitPlace { WaitPlace(segment: segment, offset: offset + 24) }

    var isNotified: Bool { word.load() & 3 == State.notified.rawValue }

    fileprivate var isOfLivingProcess: Bool {
      let owner = ProcessIdentity(pid: Int32(truncatingIfNeeded: pid.load()), startTime: startTime.load())
      return owner == .current || owner.isAlive
    }

    /// Ends the wait; whether there was a notification. Only by the waiter.
    @discardableResult
    func free() -> Bool {
      while true {
        let value = word.load()
        if word.exchange(value, for: 0) { return value & 3 == State.notified.rawValue }
      }
    }
  }

  private func slot(_ index: Int) -> Slot {
    Slot(
      segment: segment,
      offset: SharedSegment.contentOffset + 64 + index * ConditionWaiters.slotByteCount)
  }

  /// A slot for a waiter of this process. With the lock held.
  func claim() throws(SystemError) -> Slot {
    if let slot = claimFree() { return slot }
    // Only now: to ask whether a process lives takes 10 µs.
    for index in 0..<ConditionWaiters.capacity {
      let slot = slot(index)
      let value = slot.word.load()
      guard !slot.isOfLivingProcess, slot.word.exchange(value, for: 0) else { continue }
      if value & 3 == State.notified.rawValue { notify(1) }
    }
    if let slot = claimFree() { return slot }
    throw SystemError(
      code: .resourceLimit,
      message: "\(ConditionWaiters.capacity) wait at this condition already, and it has no room for another.")
  }

  private func claimFree() -> Slot? {
    for index in 0..<ConditionWaiters.capacity {
      let slot = slot(index)
      guard slot.word.load() == 0 else { continue }
      let ticket = tickets.add(1) + 1
      slot.pid.store(UInt64(ProcessIdentity.current.pid))
      slot.startTime.store(ProcessIdentity.current.startTime)
      if index >= Int(used.load()) { used.store(UInt64(index) + 1) }
      slot.word.store(ticket << 2 | State.waiting.rawValue)
      return slot
    }
    return nil
  }

  /// Notifies the `count` living waiters that have waited longest.
  func notify(_ count: Int) {
    // Those who come later are not meant: without the lock, who is woken can wait again before this is done, and would be
    // woken again and again.
    let latest = tickets.load()
    var left = count
    while left > 0, let (slot, value) = oldestWaiting(), value >> 2 <= latest {
      guard slot.isOfLivingProcess else {
        _ = slot.word.exchange(value, for: 0)
        continue
      }
      guard slot.word.exchange(value, for: value - State.waiting.rawValue + State.notified.rawValue) else { continue }
      slot.place.announce()
      left -= 1
    }
  }

  private func oldestWaiting() -> (Slot, UInt64)? {
    var oldest: (Slot, UInt64)?
    for index in 0..<min(Int(used.load()), ConditionWaiters.capacity) {
      let slot = slot(index)
      let value = slot.word.load()
      if value & 3 == State.waiting.rawValue, value < oldest?.1 ?? .max { oldest = (slot, value) }
    }
    return oldest
  }

  /// Takes over a notification whose receiver died before it could act. By a waiter, now and then.
  func inheritFromTheDead(_ own: Slot) {
    for index in 0..<min(Int(used.load()), ConditionWaiters.capacity) {
      let slot = slot(index)
      let value = slot.word.load()
      guard value & 3 == State.notified.rawValue, !slot.isOfLivingProcess else { continue }
      // First ours, then the dead one's: if we die in between, somebody is notified once more, never once less.
      let waiting = own.word.load()
      // Notified meanwhile: then the dead one's is for another waiter.
      guard waiting & 3 == State.waiting.rawValue,
        own.word.exchange(waiting, for: waiting - State.waiting.rawValue + State.notified.rawValue)
      else { return }
      _ = slot.word.exchange(value, for: 0)
      return
    }
  }

  /// Ends a wait that is given up; a notification that came meanwhile goes to somebody else.
  func leave(_ slot: Slot) {
    if slot.free() { notify(1) }
  }
}
