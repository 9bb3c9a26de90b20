// SPDX-License-Identifier: Apache-2.0
// What the pool's own thread does when it is awake: deaths, timeouts, workers to be replaced, the end of the pool.
// It alone adds and removes workers and closes their descriptors, because it polls them between two calls of this.

import Glibc

extension PoolState {
  /// Failed starts in a row after which the pool gives up, or does with fewer workers when the system refuses more.
  static let startLimit = 3
  /// The same while it is somebody else who kills workers that start. Each is replaced later than the one before.
  static let killedStartLimit = 30
  /// How long a worker may take to end once it has no more work.
  static let leaveGrace: UInt64 = 2_000_000_000

  /// One round. `dead` are the workers whose processes have ended, `called` those whose connections have something.
  mutating func upkeep(dead: [PoolWorker], called: [PoolWorker]) {
    needsUpkeep = false
    sleepsUntil = Deadline(nanoseconds: 0)
    for worker in called {
      worker.answerCall()
      _ = takeAll(from: worker)
    }
    for worker in dead { bury(worker) }
    for worker in workers { watch(worker) }
    _ = step()
    dispatch()
    replaceSpent()
    startMissing()
    ringTimedWaits()
  }

  /// Everything is done and nobody is left. Without workers alone it is not: after deaths in a row the next ones wait.
  var isOver: Bool {
    mutating get {
      switch phase {
      case .open: false
      case .closed: workers.isEmpty && isIdle
      case .ended: workers.isEmpty
      }
    }
  }

  /// When the thread is to look again without having been called.
  mutating func nextLook() -> Deadline {
    var next = timedWaits.map(\.deadline).min() ?? Deadline(nanoseconds: .max)
    for worker in workers {
      if let killTime = worker.killTime { next = min(next, killTime) }
      if worker.waitsForDescriptors { next = min(next, Deadline.now.advanced(by: 5_000_000)) }
      for entry in worker.entries { if let due = due(entry, of: worker) { next = min(next, due) } }
    }
    if presentCount < wantedCount, mayStart { next = min(next, nextStart) }
    return next
  }

  // MARK: Time

  /// When the entry's time is up, as far as is known now; nil: never.
  private func due(_ entry: PoolWorker.Entry, of worker: PoolWorker) -> Deadline? {
    guard let timeout = entry.job?.timeout, entry.verdict == nil, entry.task != worker.stoppingTask
    else { return nil }
    let since = worker.board.hasStarted(entry.task) ? worker.board.progress(of: entry.task).since : Deadline.now
    return since.advanced(by: timeout)
  }

  private mutating func watch(_ worker: PoolWorker) {
    if worker.hasEnded { worker.kill() }
    if let killTime = worker.killTime, killTime.hasPassed { worker.kill() }
    for entry in worker.entries {
      guard let job = entry.job, let due = due(entry, of: worker), due.hasPassed else { continue }
      let place = place(of: entry, job, worker).map { " for the input at position \($0)" } ?? ""
      let error = SystemError(
        code: .timedOut,
        message: "The function ran longer than its timeout\(place) and was stopped; allow more time or give it less to "
          + "do.")
      stop(entry.task, of: worker, verdict: error)
    }
  }

  private mutating func ringTimedWaits() {
    let now = Deadline.now
    guard timedWaits.contains(where: { $0.deadline <= now }) else { return }
    for wait in timedWaits where wait.deadline <= now { wait.notice.post() }
    timedWaits.removeAll { $0.deadline <= now }
  }

  // MARK: Deaths

  private mutating func bury(_ worker: PoolWorker) {
    guard let index = workers.firstIndex(where: { $0 === worker }) else { return }
    let status = (try? worker.process.reap(deadline: .now)) ?? .unknown
    // What it had answered before it died counts.
    worker.answerCall()
    _ = takeAll(from: worker)
    workers.remove(at: index)
    if worker.stage == .starting { noteFailedStart(worker, status) }
    if worker.stage != .leaving {
      // The first is replaced at once: it is the usual one.
      nextStart = Deadline.now.advanced(by: min(fruitlessDeaths * 10_000_000, 500_000_000))
      fruitlessDeaths += 1
    }
    requeue(worker.entries.compactMap { judge($0, worker, status) })
  }

  /// The entry's job if it is to run again.
  private mutating func judge(_ entry: PoolWorker.Entry, _ worker: PoolWorker, _ status: ExitStatus) -> PoolJob? {
    guard let job = entry.job, !job.isDone else { return nil }
    if let verdict = entry.verdict {
      finish(job, .failed(verdict))
      return nil
    }
    guard worker.board.hasStarted(entry.task) else { return job }
    let deaths = job.deaths.add(1, ordering: .relaxed).newValue
    guard deaths > job.retries else { return job }
    finish(job, .failed(PoolState.lost(worker, status, place(of: entry, job, worker), deaths: deaths)))
    return nil
  }

  /// The position of the input that was running; nil: the job is a single call.
  private func place(of entry: PoolWorker.Entry, _ job: PoolJob, _ worker: PoolWorker) -> Int? {
    job.position.map { $0 + min(worker.board.progress(of: entry.task).position, job.inputCount - 1) }
  }

  private static func lost(_ worker: PoolWorker, _ status: ExitStatus, _ place: Int?, deaths: Int) -> SystemError {
    let input = place.map { "the input at position \($0)" } ?? "this call"
    let count = deaths == 1 ? "" : ", as \(deaths - 1) before it"
    let cause = worker.receiveFailure.map { "its answer could not be received. \($0.description)" }
    return SystemError(
      code: .workerLost,
      message: "The worker \(worker.process.pid) that ran \(input) ended with \(status)\(count): "
        + "\(cause ?? likelyCause(status) + ".")")
  }

  private static func likelyCause(_ status: ExitStatus) -> String {
    switch status {
    case .signaled(SIGKILL, _): "somebody killed it, or the kernel did for want of memory (see dmesg)"
    case .signaled(SIGTERM, _), .signaled(SIGINT, _), .signaled(SIGHUP, _): "somebody stopped it"
    case .signaled(SIGILL, _), .signaled(SIGTRAP, _):
      "a Swift runtime check failed (overflow, index, nil, precondition); its message is on standard error"
    case .signaled(SIGSEGV, _), .signaled(SIGBUS, _): "it accessed memory that is not there, or its stack overflowed"
    case .signaled(SIGABRT, _): "it called abort; a message may be on standard error"
    case .signaled(SIGXCPU, _): "it reached its limit of CPU time (ulimit -t)"
    case .exited: "the function, or a library under it, called exit"
    default: "see standard error for a message of its own"
    }
  }

  // MARK: Replacing

  /// Workers that had their number of tasks leave; all do when a closed pool has nothing left to do.
  private mutating func replaceSpent() {
    var isClosed = false
    if case .closed = phase { isClosed = isIdle }
    for worker in workers where worker.stage != .leaving && worker.entries.isEmpty && !worker.hasEnded {
      guard isClosed || worker.stage == .ready && isSpent(worker) else { continue }
      worker.leave(killTime: Deadline.now.advanced(by: PoolState.leaveGrace))
    }
  }

  /// Whether new workers make sense.
  private var mayStart: Bool {
    mutating get {
      switch phase {
      case .open: true
      case .closed: !isIdle
      case .ended: false
      }
    }
  }

  private var presentCount: Int { workers.count { $0.stage != .leaving } }

  private mutating func startMissing() {
    guard mayStart else { return }
    while presentCount < wantedCount, nextStart.hasPassed {
      do {
        try startOne(isReplacement: true)
      } catch {
        failedStarts += 1
        nextStart = Deadline.now.advanced(by: 50_000_000)
        guard failedStarts >= PoolState.startLimit else { return }
        if presentCount == 0 { return giveUp("the last one could not be started: \(error)") }
        // Better fewer than none.
        wantedCount = presentCount
        failedStarts = 0
      }
    }
  }

  mutating func startOne(isReplacement: Bool) throws(SystemError) {
    workers.append(try PoolWorker(initializer: settings.initializer, isReplacement: isReplacement))
  }

  private mutating func noteFailedStart(_ worker: PoolWorker, _ status: ExitStatus) {
    failedStarts += 1
    var limit = PoolState.startLimit
    if case .signaled(SIGKILL, _) = status { limit = PoolState.killedStartLimit }
    if case .signaled(SIGTERM, _) = status { limit = PoolState.killedStartLimit }
    guard failedStarts >= limit else { return }
    let ending = worker.startFailure.map { "its initializer threw \($0)" } ?? "it ended with \(status)"
    giveUp("of the last one: \(ending)")
  }

  private mutating func giveUp(_ reason: String) {
    end(
      SystemError(
        code: .workerNotStarted,
        message: "The pool gave up, because \(failedStarts) workers in a row ended before they were ready; \(reason)."))
  }
}
