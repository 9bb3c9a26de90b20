// SPDX-License-Identifier: Apache-2.0
// Which processes hold how much of a Semaphore or take part in a Barrier, so that what a dead one held can be found.
// Written under the object's mutex; every change is one store that a death cannot leave half done.

import Glibc

/// A table of processes in a segment.
struct ProcessTable: Sendable {
  let segment: SharedSegment
  let offset: Int

  private static let capacity = 256
  private static let slotByteCount = 32
  static let byteCount = 64 + capacity * slotByteCount

  /// 0: how many slots were ever used, so that a look at the table stays short.
  private var used: SharedWord { segment.word(offset) }

  struct Slot: Sendable {
    fileprivate let pid: SharedWord
    fileprivate let startTime: SharedWord
    /// What the object counts for the process, of two kinds.
    let count: SharedWord
    let references: SharedWord

    fileprivate var identity: ProcessIdentity {
      ProcessIdentity(pid: Int32(truncatingIfNeeded: pid.load()), startTime: startTime.load())
    }
    func free() { pid.store(0) }
  }

  private func slot(_ index: Int) -> Slot {
    let start = offset + 64 + index * ProcessTable.slotByteCount
    return Slot(
      pid: segment.word(start), startTime: segment.word(start + 8), count: segment.word(start + 16),
      references: segment.word(start + 24))
  }

  /// Visits the slots in use; may be called without the mutex, for a hint.
  func forEach(_ body: (Slot) -> Void) {
    for index in 0..<min(Int(used.load()), ProcessTable.capacity) {
      let slot = slot(index)
      if slot.pid.load() != 0 { body(slot) }
    }
  }

  /// The slot of this process; nil: it has none.
  var own: Slot? {
    let own = ProcessIdentity.current
    var found: Slot?
    forEach { if $0.pid.load() == UInt64(own.pid) && $0.startTime.load() == own.startTime { found = $0 } }
    return found
  }

  /// The slot of this process, a fresh one with zero counts when it has none. Slots of the dead are taken only when
  /// there is no other: until `removeDead` they are how a death is noticed.
  func claim() throws(SystemError) -> Slot {
    if let own { return own }
    if let slot = claimFree() { return slot }
    _ = removeDead()
    if let slot = claimFree() { return slot }
    throw SystemError(
      code: .resourceLimit,
      message: "\(ProcessTable.capacity) processes use this object already, and it has no room for another; use fewer.")
  }

  private func claimFree() -> Slot? {
    for index in 0..<ProcessTable.capacity {
      let slot = slot(index)
      guard slot.pid.load() == 0 else { continue }
      slot.startTime.store(ProcessIdentity.current.startTime)
      slot.count.store(0)
      slot.references.store(0)
      if index >= Int(used.load()) { used.store(UInt64(index) + 1) }
      slot.pid.store(UInt64(ProcessIdentity.current.pid))
      return slot
    }
    return nil
  }

  /// Frees the slots of processes that have ended; one of their numbers, nil when all live.
  func removeDead() -> pid_t? {
    var dead: pid_t?
    forEach { slot in
      let identity = slot.identity
      if identity != .current && !identity.isAlive {
        dead = identity.pid
        slot.free()
      }
    }
    return dead
  }
}
