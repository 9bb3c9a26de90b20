// SPDX-License-Identifier: Apache-2.0
// The moving part of a pool, shared by Pool, its results and its thread. It decides who looks for answers:
//
// - Whoever waits for a result drives: looks at the rings again and again for a moment (`Spin.nanoseconds`), and sends what
//   can be sent. One at a time; workers make no system call for it.
// - When nobody drives, every worker that has work is armed: its next answer makes its socket readable, and the pool's
//   thread, which sleeps in poll over all sockets and pidfds, does the same once.
//
// The lock is held for each look, never over a wait. Whoever releases it while nobody drives leaves every busy worker
// armed (`settle`), so that no answer can go unnoticed.

import CPOSIX
import Glibc
import Synchronization

final class PoolCore: Sendable {
  private let state: Mutex<PoolState>
  private let wakeUp: WakeUp
  let callbacks = CallbackQueue()
  /// Posted when the last worker is gone.
  let over = Notice()
  private let overFlag = Atomic<Bool>(false)
  /// The threads that are in a map's `progress` at this moment.
  private let reporting = Mutex<[pthread_t]>([])

  /// Starts the workers, as many as the system allows; throws when it allows none.
  init(_ settings: PoolSettings) throws(SystemError) {
    // What is opened here would be a worker's standard output else, and would be written into.
    StandardDescriptors.ensureOpen()
    wakeUp = try WakeUp()
    state = Mutex(PoolState(settings, callbacks))
    let failure = state.withLock { state -> SystemError? in
      do throws(SystemError) {
        for _ in 0..<settings.processCount { try state.startOne(isReplacement: false) }
        return nil
      } catch {
        return state.workers.isEmpty ? error : nil
      }
    }
    if let failure { throw failure }
    do {
      try Offload.startThread { self.run() }
    } catch {
      // WorkerProcess kills and reaps what nobody owns.
      state.withLock { $0.workers = [] }
      throw error
    }
  }

  var isOver: Bool { overFlag.load(ordering: .acquiring) }

  /// For people and for tests; `areReady`: only those that run tasks or could.
  func workerIdentifiers(areReady: Bool) -> [pid_t] {
    state.withLock { $0.workers.filter { !areReady || $0.stage == .ready }.map(\.process.pid) }
  }

  // MARK: Changing

  /// Does something under the lock, and what must follow.
  private func change<Result: Sendable>(_ body: (inout PoolState) -> Result) -> Result {
    let (result, needsUpkeep) = state.withLock { state in
      let result = body(&state)
      if !state.isDriven { state.settle() }
      defer { state.needsUpkeep = false }
      return (result, state.needsUpkeep)
    }
    if needsUpkeep { wakeUp.raise() }
    return result
  }

  /// Throws `closed`, or the error that ended the pool.
  func submit(_ job: PoolJob, isOfMap: Bool = false) throws(SystemError) {
    try attempt { (state) throws(SystemError) in try state.submit(job, isOfMap: isOfMap) }
  }

  /// A map whose chunks follow; the same errors. To be followed by `endMap`.
  func beginMap() throws(SystemError) { try attempt { (state) throws(SystemError) in try state.beginMap() } }
  func endMap() { change { $0.endMap() } }

  private func attempt(_ body: (inout PoolState) throws(SystemError) -> Void) throws(SystemError) {
    let failure = change { state -> SystemError? in
      do throws(SystemError) {
        try body(&state)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }

  func cancel(_ jobs: [PoolJob], error: any Error, stopsRunning: Bool) {
    guard jobs.contains(where: { !$0.isDone }) else { return }
    change { $0.cancel(jobs, error: error, stopsRunning: stopsRunning) }
  }

  func close() {
    change { state in
      if case .open = state.phase { state.phase = .closed }
      state.needsUpkeep = true
    }
  }

  func terminate() {
    change { $0.end(SystemError(code: .closed, message: "The pool was terminated before this was finished.")) }
  }

  /// Whether `close` or `terminate` was called, or the pool gave up.
  var isEnding: Bool {
    state.withLock { state in
      if case .open = state.phase { false } else { true }
    }
  }

  // MARK: Progress

  /// Runs a map's `progress`.
  func report(_ progress: () -> Void) {
    let thread = pthread_self()
    reporting.withLock { $0.append(thread) }
    progress()
    reporting.withLock { _ = $0.remove(at: $0.lastIndex(of: thread) ?? 0) }
  }

  /// Whether it is a map's `progress` that asks.
  var isReporting: Bool {
    let thread = pthread_self()
    return reporting.withLock { $0.contains(thread) }
  }

  // MARK: Waiting

  /// Waits until `condition` holds; false: not by `deadline`. What makes it hold posts `notice`. It is asked after every
  /// post, without any lock, and may run the user's code and submit work.
  func wait(on notice: Notice, deadline: Deadline?, until condition: () -> Bool) -> Bool {
    while true {
      let seen = notice.count
      if condition() { return true }
      if let deadline, deadline.hasPassed { return false }
      if drive(deadline, until: { notice.count != seen }) { continue }
      notice.sleep(while: seen, deadline: deadline)
    }
  }

  /// The same for a Swift task, which is suspended after the first moment. Throws CancellationError.
  func wait(
    on notice: Notice, deadline: Deadline?, isolation: isolated (any Actor)? = #isolation, until condition: () -> Bool
  ) async throws -> Bool {
    var isTimed = false
    defer { if isTimed { change { $0.timedWaits.removeAll { $0.notice === notice && $0.deadline == deadline } } } }
    while true {
      let seen = notice.count
      if condition() { return true }
      try Task.checkCancellation()
      if let deadline, deadline.hasPassed { return false }
      // It may be others' answers that keep it busy.
      if drive(deadline, until: { notice.count != seen || Task.isCancelled }) { continue }
      if let deadline, !isTimed {
        // The pool's thread posts the notice then.
        isTimed = true
        change { state in
          state.timedWaits.append((deadline, notice))
          state.wake(by: deadline)
        }
      }
      await notice.suspend(while: seen)
    }
  }

  /// Looks for answers until `condition` holds or nothing has moved for a moment. False: the caller has to sleep; the
  /// pool's thread looks, or somebody else does.
  private func drive(_ deadline: Deadline?, until condition: () -> Bool) -> Bool {
    let isDriver = state.withLock { state in
      guard !state.isDriven, state.workers.contains(where: \.expectsNews) else { return false }
      state.beginDriving()
      return true
    }
    guard isDriver else { return condition() }
    var holds = false
    var moved = true
    while moved && !holds && deadline.map({ !$0.hasPassed }) ?? true {
      moved = false
      _ = Spin.until {
        // When somebody else has the lock: look again.
        moved = state.withLockIfAvailable { $0.step() } ?? false
        holds = condition()
        return moved || holds
      }
    }
    change { $0.isDriven = false }
    return holds || condition()
  }

  // MARK: The pool's thread

  private func run() {
    var sleep = Sleep(descriptors: [wakeUp.descriptorNumber], deadline: .now)
    while true {
      let ready: [Int]
      do {
        ready = try waitForAny(descriptors: sleep.descriptors, deadline: sleep.deadline)
      } catch {
        // No memory for the wait: the pool cannot go on without it.
        change { $0.end(error) }
        ready = []
        _ = try? waitForAny(descriptors: [], deadline: .in(seconds: 0.01))
      }
      if ready.first == 0 { wakeUp.lower() }
      guard let next = state.withLock({ state in next(&state, ready) }) else { break }
      sleep = next
    }
    callbacks.close()
    overFlag.store(true, ordering: .releasing)
    over.post()
  }

  /// What the thread polls: the wake-up, then socket and pidfd of each worker.
  private struct Sleep {
    var descriptors: [Int32]
    var deadline: Deadline
  }

  /// One round of the thread; nil: it was the last.
  private func next(_ state: inout PoolState, _ ready: [Int]) -> Sleep? {
    // The workers are those of the last round: only this thread changes them.
    let called = ready.filter { $0 > 0 && $0 % 2 == 1 }.map { state.workers[$0 / 2] }
    let dead = ready.filter { $0 > 0 && $0 % 2 == 0 }.map { state.workers[$0 / 2 - 1] }
    state.upkeep(dead: dead, called: called)
    if !state.isDriven { state.settle() }
    // What came up meanwhile.
    if state.needsUpkeep { state.upkeep(dead: [], called: []) }
    if state.isOver { return nil }
    var descriptors = [wakeUp.descriptorNumber]
    for worker in state.workers {
      // A socket without a peer would be ready for ever.
      descriptors.append(worker.hasEnded ? -1 : worker.connection?.descriptorNumber ?? -1)
      descriptors.append(worker.process.pidDescriptorNumber)
    }
    state.sleepsUntil = state.needsUpkeep ? .now : state.nextLook()
    return Sleep(descriptors: descriptors, deadline: state.sleepsUntil)
  }
}
