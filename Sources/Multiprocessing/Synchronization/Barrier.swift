// SPDX-License-Identifier: Apache-2.0
// A meeting point of a number of processes. Parties are counted by process, and a meeting is over with the store of one
// word: a party that dies breaks the barrier instead of leaving the others to wait for ever (faults.md F34).

/// A point that a number of parties (processes, or threads of them) pass together.
///
/// A process takes part from the moment it has made or received the barrier until it lets go of it, at the latest when
/// it ends. When one that takes part dies, the barrier is broken: those who wait get `SystemError` code `broken` within
/// 100 ms, and so does everyone who comes later, until `reset`. The same follows when a party gives up waiting
/// (timeout, cancellation) and from `abort`.
public final class Barrier: Codable, Sendable {
  private let segment: SharedSegment

  /// - Parameter parties: how many have to come before all go on; at least 1.
  /// - Throws: `insufficientMemory` or `resourceLimit` when there is no room for another small segment.
  public init(parties: Int) throws(SystemError) {
    precondition(parties > 0 && parties <= Int(UInt16.max), "a barrier has 1...65535 parties")
    segment = try SharedSegment.create(
      .barrier, contentByteCount: 64 + ProcessTable.byteCount, numbers: (parties, 0))
    try enter()
  }

  public init(from decoder: any Decoder) throws {
    segment = try SharedSegment.decode(.barrier, from: decoder)
    try enter()
  }

  public func encode(to encoder: any Encoder) throws { try segment.encode(to: encoder) }

  public var parties: Int { segment.numbers.0 }

  /// Parties that wait now.
  public var waitingCount: Int { arrived(at: generation.load()) }

  public var isBroken: Bool { breakage.load() != 0 }

  /// Waits until all parties have come.
  ///
  /// - Returns: how many came before this one: 0 for exactly one party, which may do something for all.
  /// - Throws: `SystemError` with code `timedOut` after `timeout` (nil: none), which breaks the barrier for the others,
  ///   or `broken`.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws(SystemError) -> Int {
    let (position, meeting) = try arrive()
    let isOver = try segment.place.wait(
      until: Deadline(after: timeout), onSlice: { () throws(SystemError) in try breakIfPartyDied(meeting) }
    ) { () throws(SystemError) in try outcome(of: meeting) }
    if isOver == nil { try giveUp(meeting, .timedOut) }
    return position
  }

  /// The same in a task. Throws `CancellationError` when the task is cancelled, which breaks the barrier for the
  /// others.
  @discardableResult
  public nonisolated(nonsending) func wait(timeout: Duration? = nil) async throws -> Int {
    let (position, meeting) = try arrive()
    do {
      let isOver = try await segment.place.wait(
        until: Deadline(after: timeout),
        onSlice: { [self] () throws(SystemError) in try breakIfPartyDied(meeting) }
      ) { [self] () throws(SystemError) in try outcome(of: meeting) }
      if isOver == nil { try giveUp(meeting, .timedOut) }
      return position
    } catch let error as CancellationError {
      try giveUp(meeting, .left)
      throw error
    }
  }

  /// Breaks the barrier: everyone who waits, and everyone who comes, gets `broken`, until `reset`.
  public func abort() throws(SystemError) {
    try segment.mutex.withLock { () throws(SystemError) in
      if breakage.load() == 0 { breakage.store(Breakage.aborted.rawValue) }
    }
    segment.place.announce()
  }

  /// Makes the barrier as new; those who wait get `broken`.
  public func reset() throws(SystemError) {
    try segment.mutex.withLock { () throws(SystemError) in
      _ = processes.removeDead()
      let meeting = generation.load()
      finish(meeting, isMet: false)
      breakage.store(0)
    }
    segment.place.announce()
  }

  deinit {
    // Nobody holds this mutex while waiting, so it cannot fail.
    try? segment.mutex.withLock { () throws(SystemError) in
      guard let own = processes.own else { return }
      own.references.store(own.references.load() - 1)
      if own.references.load() == 0 { own.free() }
    }
  }
}

extension Barrier {
  private enum Breakage: UInt64 {
    case died = 1
    case timedOut, left, aborted
  }

  /// Which meeting is the next.
  private var generation: SharedWord { segment.word(SharedSegment.contentOffset) }
  /// 0, or why the barrier is broken; the number of the dead process in the upper half.
  private var breakage: SharedWord { segment.word(SharedSegment.contentOffset + 8) }
  /// How the last 64 meetings ended, a bit each: 1 for `reset` before all had come.
  private var resets: SharedWord { segment.word(SharedSegment.contentOffset + 16) }
  /// `references`: objects in the process. `count`: parties of the process that have come, below the number of the
  /// meeting they came to: those of an earlier one need not be taken away.
  private var processes: ProcessTable { ProcessTable(segment: segment, offset: SharedSegment.contentOffset + 64) }

  private func enter() throws(SystemError) {
    try segment.mutex.withLock { () throws(SystemError) in
      let own = try processes.claim()
      own.references.store(own.references.load() + 1)
    }
  }

  private func arrivals(_ slot: ProcessTable.Slot, at meeting: UInt64) -> Int {
    let count = slot.count.load()
    return count >> 16 == meeting ? Int(count & 0xFFFF) : 0
  }

  private func arrived(at meeting: UInt64) -> Int {
    var count = 0
    processes.forEach { count += arrivals($0, at: meeting) }
    return count
  }

  private func arrive() throws(SystemError) -> (position: Int, meeting: UInt64) {
    let result = try segment.mutex.withLock { () throws(SystemError) in
      if breakage.load() != 0 { throw brokenError }
      let meeting = generation.load()
      let own = try processes.claim()
      let position = arrived(at: meeting)
      own.count.store(meeting << 16 | UInt64(arrivals(own, at: meeting) + 1))
      if position + 1 == parties { finish(meeting, isMet: true) }
      return (position, meeting)
    }
    if result.0 + 1 == parties { segment.place.announce() }
    return result
  }

  private func finish(_ meeting: UInt64, isMet: Bool) {
    let bit: UInt64 = 1 << (meeting & 63)
    resets.store(isMet ? resets.load() & ~bit : resets.load() | bit)
    generation.store((meeting + 1) & 0xFFFF_FFFF_FFFF)
  }

  /// nil: still waiting.
  private func outcome(of meeting: UInt64) throws(SystemError) -> Bool? {
    // In this order: after a breakage, the meeting can end by a reset only.
    let isBroken = breakage.load() != 0
    if generation.load() == meeting {
      if isBroken { throw brokenError }
      return nil
    }
    guard resets.load() & 1 << (meeting & 63) == 0 else {
      throw SystemError(code: .broken, message: "The barrier was reset before all parties had come; wait again.")
    }
    return true
  }

  /// Breaks the barrier unless all have come in the meantime; the error is the caller's own reason.
  private func giveUp(_ meeting: UInt64, _ reason: Breakage) throws(SystemError) {
    let isOver = try segment.mutex.withLock { () throws(SystemError) in
      if try outcome(of: meeting) != nil { return true }
      breakage.store(reason.rawValue)
      return false
    }
    if isOver { return }
    segment.place.announce()
    if reason == .timedOut {
      throw SystemError(
        code: .timedOut,
        message: "Not all parties came to the barrier in time; it is broken now: reset() makes it as new.")
    }
  }

  private func breakIfPartyDied(_ meeting: UInt64) throws(SystemError) {
    let isBroken = try segment.mutex.withLock { () throws(SystemError) in
      guard try outcome(of: meeting) == nil, let dead = processes.removeDead() else { return false }
      breakage.store(UInt64(dead) << 32 | Breakage.died.rawValue)
      return true
    }
    if isBroken { segment.place.announce() }
  }

  private var brokenError: SystemError {
    let value = breakage.load()
    let reason =
      switch Breakage(rawValue: value & 0xFFFF_FFFF) {
      case .died: "process \(value >> 32), which takes part in it, died"
      case .timedOut: "a party did not wait longer"
      case .left: "a party's task was cancelled"
      case .aborted, nil: "it was aborted"
      }
    return SystemError(code: .broken, message: "The barrier is broken: \(reason); reset() makes it as new.")
  }
}
