// SPDX-License-Identifier: Apache-2.0
// The state of a pool: queue and workers. All of it is used under one lock of this process, for moments only: nothing here
// waits, and nothing here runs the user's code. PoolCore holds the lock and decides who looks when.
// What becomes of deaths, timeouts and new workers stands in PoolState+Upkeep.swift.

/// What a pool was made with.
struct PoolSettings: Sendable {
  let processCount: Int
  let maxTasksPerChild: Int?
  let initializer: (function: PoolFunction, input: Payload)?
}

struct PoolState {
  enum Phase {
    case open
    /// Nothing new; what is there is finished, maps under way included.
    case closed
    /// Terminated or given up; the error is what everybody gets.
    case ended(SystemError)
  }

  let settings: PoolSettings
  let callbacks: CallbackQueue
  var phase = Phase.open
  var queue = PoolQueue()
  /// Maps under way: they submit the rest of their chunks to a closed pool too.
  var mapCount = 0
  var workers: [PoolWorker] = []
  /// Somebody looks for answers without sleeping: workers need not wake the pool's thread.
  var isDriven = false
  /// The pool's thread has something to do at once.
  var needsUpkeep = false
  /// When the pool's thread wakes up by itself; 0: it is awake.
  var sleepsUntil = Deadline(nanoseconds: 0)
  /// Waits of Swift tasks that end at a certain time.
  var timedWaits: [(deadline: Deadline, notice: Notice)] = []
  /// How many workers are wanted: lowered when the system refuses to start so many.
  var wantedCount: Int
  /// Starts in a row that came to nothing.
  var failedStarts = 0
  /// Deaths since the last answer of any worker.
  var fruitlessDeaths: UInt64 = 0
  var nextStart = Deadline(nanoseconds: 0)

  init(_ settings: PoolSettings, _ callbacks: CallbackQueue) {
    self.settings = settings
    self.callbacks = callbacks
    wantedCount = settings.processCount
  }

  /// Nothing is queued, sent or running, and nothing more of a map will come.
  var isIdle: Bool {
    mutating get { mapCount == 0 && queue.isEmpty && workers.allSatisfy(\.entries.isEmpty) }
  }

  // MARK: Looking

  /// Takes what has arrived, sends what can be sent. True: something moved.
  mutating func step() -> Bool {
    var moved = false
    for index in workers.indices where workers[index].expectsNews {
      if takeAll(from: workers[index]) { moved = true }
      if workers[index].flush() { moved = true }
    }
    if moved { dispatch() }
    return moved
  }

  mutating func takeAll(from worker: PoolWorker) -> Bool {
    var moved = false
    while let message = worker.take() {
      receive(message, from: worker)
      moved = true
    }
    if worker.hasEnded { needsUpkeep = true }
    return moved
  }

  /// To be called by the last one who looks, before the lock is released: every answer from now on wakes the pool's thread.
  mutating func settle() {
    var isSettled = false
    while !isSettled {
      _ = step()
      isSettled = true
      for worker in workers where worker.expectsNews && !worker.isArmed && !worker.arm() { isSettled = false }
    }
  }

  /// The opposite: the caller looks from now on.
  mutating func beginDriving() {
    isDriven = true
    for worker in workers where worker.isArmed { worker.disarm() }
  }

  private mutating func receive(_ incoming: Incoming, from worker: PoolWorker) {
    guard let message = PoolMessage(tag: incoming.tag) else { return worker.kill() }
    switch message.kind {
    case .ready:
      worker.stage = .ready
      failedStarts = 0
    case .startFailed:
      worker.startFailure = (try? incoming.decode(RemoteError.self)).map { "\($0)" }
    case .skipped:
      if worker.remove(task: message.task) == nil { worker.kill() }
    case .value, .values, .items, .failure:
      guard let entry = worker.remove(task: message.task) else { return worker.kill() }
      fruitlessDeaths = 0
      if let job = entry.job {
        finish(job, entry.verdict.map { .failed($0) } ?? .answered(message.kind, incoming))
      }
    case .function, .initialize, .call, .chunk, .chunkOfResults:
      worker.kill()
    }
    if isSpent(worker) && worker.entries.isEmpty { needsUpkeep = true }
    if case .closed = phase, worker.entries.isEmpty { needsUpkeep = true }
  }

  mutating func finish(_ job: PoolJob, _ outcome: PoolJob.Outcome) {
    if let callback = job.finish(outcome) { callbacks.post(callback) }
  }

  // MARK: Handing out

  /// It has had its number of tasks, and will be replaced.
  func isSpent(_ worker: PoolWorker) -> Bool {
    settings.maxTasksPerChild.map { worker.taskCount >= $0 } ?? false
  }

  /// Whether something new may begin.
  func checkOpen() throws(SystemError) {
    switch phase {
    case .open: return
    case .closed: throw SystemError(code: .closed, message: "The pool is closed; make a new one for more work.")
    case .ended(let error): throw error
    }
  }

  mutating func submit(_ job: PoolJob, isOfMap: Bool) throws(SystemError) {
    if isOfMap, case .closed = phase {} else { try checkOpen() }
    queue.append(job)
    dispatch()
  }

  mutating func beginMap() throws(SystemError) {
    try checkOpen()
    mapCount += 1
  }

  mutating func endMap() {
    mapCount -= 1
    if case .closed = phase { needsUpkeep = true }
  }

  /// Gives queued jobs to free workers first, then one each in advance; then takes back from the busy for the idle.
  mutating func dispatch() {
    while let job = queue.first {
      guard let worker = candidate() else { return }
      queue.removeFirst()
      send(job, to: worker)
    }
    for worker in workers where worker.isFree && !isSpent(worker) {
      guard let job = takeBack() else { return }
      send(job, to: worker)
    }
  }

  /// What some worker has been given in advance and not started.
  private mutating func takeBack() -> PoolJob? {
    for giver in workers where giver.entries.count == PoolWorker.entryLimit {
      if let last = giver.entries.last, let job = giver.recall(last.task) { return job }
    }
    return nil
  }

  private func candidate() -> PoolWorker? {
    var inAdvance: PoolWorker?
    for worker in workers where worker.takesTasks && !isSpent(worker) {
      if worker.entries.isEmpty { return worker }
      if inAdvance == nil { inAdvance = worker }
    }
    return inAdvance
  }

  private mutating func send(_ job: PoolJob, to worker: PoolWorker) {
    if isDriven && worker.isArmed { worker.disarm() }
    worker.send(job)
    if let timeout = job.timeout { wake(by: Deadline.now.advanced(by: timeout)) }
  }

  /// The pool's thread is to look at `deadline` at the latest.
  mutating func wake(by deadline: Deadline) {
    if deadline < sleepsUntil { needsUpkeep = true }
  }

  // MARK: Stopping

  /// How long a function has to end by itself once it is cancelled.
  static let stopGrace: UInt64 = 200_000_000

  /// Finishes `jobs` with `error`: unstarted ones are never run; running ones are stopped, or left to end unheard.
  mutating func cancel(_ jobs: [PoolJob], error: any Error, stopsRunning: Bool) {
    for job in jobs where !job.isDone {
      finish(job, .failed(error))
      for worker in workers {
        guard let entry = worker.entries.first(where: { $0.job === job }) else { continue }
        if worker.recall(entry.task) == nil && stopsRunning { stop(entry.task, of: worker, verdict: nil) }
      }
    }
    dispatch()
  }

  mutating func stop(_ task: UInt64, of worker: PoolWorker, verdict: SystemError?) {
    let killTime = Deadline.now.advanced(by: PoolState.stopGrace)
    worker.stop(task, verdict: verdict, killTime: killTime)
    // It may be killed: what it was given in advance goes elsewhere now.
    requeue(worker.entries.compactMap { $0.task == task ? nil : worker.recall($0.task) })
    wake(by: killTime)
  }

  /// Back to the head of the queue, in order.
  mutating func requeue(_ jobs: [PoolJob]) {
    for job in jobs.reversed() where !job.isDone { queue.putBack(job) }
  }

  /// Everything unfinished fails with `error`, every worker is killed.
  mutating func end(_ error: SystemError) {
    if case .ended = phase { return }
    phase = .ended(error)
    while let job = queue.first {
      queue.removeFirst()
      finish(job, .failed(error))
    }
    for worker in workers {
      for entry in worker.entries { if let job = entry.job { finish(job, .failed(error)) } }
      worker.kill()
    }
    needsUpkeep = true
  }
}
