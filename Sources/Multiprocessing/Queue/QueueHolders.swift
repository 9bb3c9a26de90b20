// SPDX-License-Identifier: Apache-2.0
// Who took how many items and how many of them are done: what `join` waits for, and how it learns that a process died
// with items in hand. Called by QueueReading (takes) and Queue (taskDone, join).

import Glibc
import Synchronization

/// A place in the table of consumers: 0 process number (0: nobody), 8 its start time, 16 items taken, 24 items done.
///
/// Taken and done only ever grow, also when a place goes to another process: `done` over all places is then one sum of
/// words that are each changed by a single store, whoever dies between two of them.
enum QueueHolder {
  static let byteCount = 32
  /// A place is kept until `join` has told of its process's losses: that many processes may end with items in hand
  /// between two joins.
  static let limit = 1024
  /// From so many places on, one that is free again is looked for first, among the dead without losses.
  static let manyPlaces = 255
  /// The place of the dead: took what was torn out of their hands.
  static let dead = 0
  /// The common place of processes that found the table full; their deaths are not noticed.
  static let crowd = limit - 1
}

/// This process's place in the table of one queue.
final class OwnHolder: Sendable {
  let index = Atomic<Int>(-1)
}

extension QueueSegment {
  func processNumber(_ holder: Int) -> SharedWord {
    word(QueueSegment.holderOffset + holder * QueueHolder.byteCount)
  }
  func startTime(_ holder: Int) -> SharedWord {
    word(QueueSegment.holderOffset + holder * QueueHolder.byteCount + 8)
  }
  func taken(_ holder: Int) -> SharedWord { word(QueueSegment.holderOffset + holder * QueueHolder.byteCount + 16) }
  func done(_ holder: Int) -> SharedWord { word(QueueSegment.holderOffset + holder * QueueHolder.byteCount + 24) }

  private func isAlive(_ holder: Int) -> Bool {
    let number = processNumber(holder).load()
    guard holder != QueueHolder.dead, number != 0 else { return false }
    return ProcessIdentity(pid: pid_t(truncatingIfNeeded: number), startTime: startTime(holder).load()).isAlive
  }

  /// This process's place. Call it with the consumers' mutex held.
  func claimHolder() -> Int {
    let known = ownHolder.index.load(ordering: .relaxed)
    if known >= 0 { return known }
    if let holder = ownPlace { return holder }
    let holder = freeHolder()
    if holder != QueueHolder.crowd {
      let own = ProcessIdentity.current
      // Number last, count after it: a claim that is cut off in between is free again.
      processNumber(holder).store(0)
      startTime(holder).store(own.startTime)
      processNumber(holder).store(UInt64(own.pid))
      if holder == Int(holderCount.load()) { holderCount.store(UInt64(holder + 1)) }
    }
    ownHolder.index.store(holder, ordering: .relaxed)
    return holder
  }

  /// The place of this process, which another of its handles may have claimed: a pool's worker gets a new handle with
  /// each task.
  private var ownPlace: Int? {
    let own = ProcessIdentity.current
    let found = (1..<max(1, Int(holderCount.load()))).first {
      processNumber($0).load() == UInt64(own.pid) && startTime($0).load() == own.startTime
    }
    if let found { ownHolder.index.store(found, ordering: .relaxed) }
    return found
  }

  private func freeHolder() -> Int {
    let used = Int(holderCount.load())
    if used < QueueHolder.manyPlaces { return used }
    let free = (1..<used).first { taken($0).load() == done($0).load() && !isAlive($0) }
    return free ?? min(used, QueueHolder.crowd)
  }

  /// Completes what a consumer that died had begun to note down. Call it with the consumers' mutex held.
  func settleTaken(head: UInt64) {
    guard journalHead.load() == head else { return }
    taken(Int(journalHolder.load() % UInt64(QueueHolder.limit))).store(journalTaken.load())
  }

  // MARK: taskDone and join

  /// Items put and not done.
  private var unfinished: Int {
    // Done first: what is put and done meanwhile must not pass for an older one.
    var sum = done(QueueHolder.crowd).load()
    for holder in 0..<Int(holderCount.load()) { sum &+= done(holder).load() }
    let got = got.load()
    return Int(bitPattern: UInt(max(published, got) &- sum))
  }

  func taskDone() throws(SystemError) {
    guard unfinished > 0 else {
      throw SystemError(
        code: .notFound, message: "taskDone() was called more often than items were put; call it once for each item.")
    }
    let own = ownHolder.index.load(ordering: .relaxed)
    done(own >= 0 ? own : ownPlace ?? QueueHolder.crowd).add(1)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if joinSleeps.load() != 0 && unfinished <= 0 {
      joinSleeps.store(0)
      joinSleeps.wake()
    }
  }

  func join(_ wait: QueueWait) throws(SystemError) {
    while !wait.spin({ unfinished <= 0 }) {
      try reportLosses()
      try wait.check("The queue still has \(max(0, unfinished)) items that are not done.")
      wait.sleep(on: joinSleeps) { unfinished <= 0 }
    }
  }

  /// Throws `ownerDied` when a process ended with items in hand; these count as done from then on.
  private func reportLosses() throws(SystemError) {
    for holder in 0..<Int(holderCount.load()) {
      guard taken(holder).load() > done(holder).load() || holder == Int(journalHolder.load()), !isAlive(holder) else {
        continue
      }
      // It may have died before noting the last one. When somebody else has the mutex, that one has settled it.
      if try getMutex.takeIfFree() {
        settleTaken(head: try ring().head.load())
        getMutex.unlock()
      }
      let taken = taken(holder).load()
      let done = done(holder).load()
      guard taken > done, self.done(holder).exchange(done, for: taken) else { continue }
      let who = holder == QueueHolder.dead ? "A process" : "Process \(processNumber(holder).load())"
      throw SystemError(
        code: .ownerDied,
        message: "\(who) ended with \(taken - done) items of the queue in hand and not done; put them again where they "
          + "matter, and call join() again for the others.")
    }
  }
}
