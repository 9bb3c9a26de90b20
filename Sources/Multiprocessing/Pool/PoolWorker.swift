// SPDX-License-Identifier: Apache-2.0
// One worker of a pool as the coordinator sees it. Part of PoolState and used only under its lock. Costs the coordinator
// five descriptors. Its descriptors are closed by the pool's own thread alone, which may be polling them.

import Glibc

/// A worker and what it has been sent.
///
/// Stages: starting → ready → leaving (its channel of tasks is closed, it ends by itself) → reaped and forgotten. From each
/// of them it may die.
final class PoolWorker {
  enum Stage { case starting, ready, leaving }

  /// A sent task. It keeps its place here and on the board until the worker has answered or skipped it.
  struct Entry {
    let task: UInt64
    /// nil: taken back.
    var job: PoolJob?
    /// What the job ends with whatever the worker answers: it is being stopped.
    var verdict: SystemError?
  }

  /// One more than it runs, so that it never waits for work.
  static let entryLimit = 2

  let process: WorkerProcess
  let board: PoolBoard
  /// nil: leaving.
  private(set) var connection: Connection?
  var stage = Stage.starting
  private(set) var entries: [Entry] = []
  /// How many tasks it has been sent and not been deprived of.
  private(set) var taskCount = 0
  /// Its answers wake the pool's thread; to be lowered by whoever looks without sleeping.
  private(set) var isArmed = false
  /// Everything it sent has been taken, and it is dead or dying.
  private(set) var hasEnded = false
  /// It takes no more, but may have sent something before.
  private var isDeaf = false
  private var isKilled = false
  /// When SIGKILL follows: it was asked to stop a task, or to leave.
  private(set) var killTime: Deadline?
  /// The task it was asked to stop.
  private(set) var stoppingTask: UInt64?
  /// Why what it sent could not be taken; it is killed for that.
  private(set) var receiveFailure: SystemError?
  /// The initializer's error.
  var startFailure: String?
  private var functions: [ObjectIdentifier: Int] = [:]
  private var outbox: [Outgoing] = []
  private var lastTask: UInt64 = 0

  /// Starts the process and gives it what it needs.
  init(initializer: (function: PoolFunction, input: Payload)?, isReplacement: Bool) throws(SystemError) {
    board = try PoolBoard()
    let (near, far) = try Connection.pair()
    connection = near
    process = try WorkerProcess(program: PoolServer.self, name: "pool-worker", replacement: isReplacement)
    // One small message into an empty socket: it does not wait. A worker that has ended already is no error here: its end
    // is noticed like any other, and counted among the starts that failed.
    do throws(SystemError) {
      try process.channel.send(
        [initializer == nil ? 0 : 1],
        descriptors: [far.segment.number, far.socket.number, board.descriptorNumber], deadline: .now)
    } catch {
      guard error.code == .disconnected else { throw error }
    }
    // `far` closes here: the connection must end with the worker.
    if let initializer {
      let message = PoolMessage(.initialize, function: introduce(initializer.function))
      outbox.append(Outgoing(tag: message.tag, payload: nil))
      outbox.append(Outgoing(tag: message.tag, payload: initializer.input))
      flush()
    }
  }

  /// Whether an answer can come.
  var expectsNews: Bool { connection != nil && !hasEnded && (stage == .starting || !entries.isEmpty) }

  /// Whether it can be given a task.
  var isFree: Bool { entries.isEmpty && takesTasks }
  var takesTasks: Bool {
    stage == .ready && !hasEnded && !isDeaf && !isKilled && killTime == nil && entries.count < PoolWorker.entryLimit
  }

  // MARK: Sending

  func send(_ job: PoolJob) {
    // Done already: cancelled this very moment.
    guard let input = job.input else { return }
    lastTask += 1
    taskCount += 1
    board.offer(lastTask)
    let message = PoolMessage(
      job.kind, function: introduce(job.function), task: lastTask, isTimed: job.timeout != nil)
    outbox.append(Outgoing(tag: message.tag, payload: nil))
    outbox.append(Outgoing(tag: message.tag, payload: input))
    entries.append(Entry(task: lastTask, job: job))
    flush()
  }

  /// The function's number, sent ahead the first time. Beyond the limit the numbers begin again.
  private func introduce(_ function: PoolFunction) -> Int {
    if let number = functions[function.key] { return number }
    if functions.count == PoolMessage.functionLimit { functions = [:] }
    let number = functions.count
    functions[function.key] = number
    outbox.append(Outgoing(tag: PoolMessage(.function, function: number).tag, payload: function.name))
    return number
  }

  /// Sends on what did not fit. True: something was sent whole.
  @discardableResult
  func flush() -> Bool {
    guard !outbox.isEmpty, let connection, !isDeaf else { return false }
    var sent = 0
    do throws(SystemError) {
      while sent < outbox.count, try connection.trySend(&outbox[sent]) { sent += 1 }
    } catch {
      // Gone; or, for want of something here, it would wait for ever for the rest of its input.
      if error.code != .disconnected, let message = PoolMessage(tag: outbox[sent].tag) {
        if let index = entries.firstIndex(where: { $0.task == message.task }) { entries[index].verdict = error }
      }
      isDeaf = true
      outbox = []
      kill()
      return true
    }
    outbox.removeFirst(sent)
    return sent > 0
  }

  /// Descriptors are on their way: the system tells nobody that reads when there is room for more of them.
  var waitsForDescriptors: Bool { !(outbox.first?.payload?.descriptors.isEmpty ?? true) }

  // MARK: Receiving

  /// The next message; nil: none. Notices the end.
  func take() -> Incoming? {
    guard let connection, !hasEnded else { return nil }
    do {
      switch try connection.tryReceive() {
      case .message(let message): return message
      case .nothing: return nil
      case .ended: break
      }
    } catch { receiveFailure = error }
    hasEnded = true
    return nil
  }

  /// The worker is done with `task`; nil: it never had it.
  func remove(task: UInt64) -> Entry? {
    guard let index = entries.firstIndex(where: { $0.task == task }) else { return nil }
    // It was asked to stop this one, and has.
    if task == stoppingTask {
      stoppingTask = nil
      killTime = nil
    }
    return entries.remove(at: index)
  }

  /// From now on its next answer, and room for what did not fit, wake whoever polls the connection. False: look again.
  func arm() -> Bool {
    guard let connection else { return true }
    isArmed = connection.willSleep(forRoom: !outbox.isEmpty)
    if !isArmed { connection.isAwake() }
    return isArmed
  }

  /// Somebody looks without sleeping.
  func disarm() {
    isArmed = false
    connection?.isAwake()
  }

  /// The pool's thread was woken by it, or by its end.
  func answerCall() {
    isArmed = false
    connection?.hasWoken()
  }

  // MARK: Taking back and stopping

  /// Takes back one task, unless it has been started.
  func recall(_ task: UInt64) -> PoolJob? {
    guard let index = entries.firstIndex(where: { $0.task == task }), let job = entries[index].job, board.recall(task)
    else { return nil }
    entries[index].job = nil
    taskCount -= 1
    return job
  }

  /// Asks it to cancel a started task; SIGKILL follows at `killTime`.
  func stop(_ task: UInt64, verdict: SystemError?, killTime: Deadline) {
    guard let index = entries.firstIndex(where: { $0.task == task }), stoppingTask != task else { return }
    entries[index].verdict = verdict
    stoppingTask = task
    self.killTime = killTime
    // Seen by the worker when the function suspends. A full queue: it does not look, and will be killed.
    let bytes = unsafe withUnsafeBytes(of: task) { unsafe Array($0) }
    try? process.channel.send(bytes, deadline: .now)
  }

  /// No task comes any more: the worker sees the end of its connection and returns.
  func leave(killTime: Deadline) {
    stage = .leaving
    connection = nil
    outbox = []
    self.killTime = killTime
  }

  func kill() {
    guard !isKilled else { return }
    isKilled = true
    killTime = nil
    process.send(signal: SIGKILL)
  }
}
