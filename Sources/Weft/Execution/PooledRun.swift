// SPDX-License-Identifier: Apache-2.0
//
// One job on a pool: hand it out, wait for answers, deaths, silence and the caller's wish to stop, all at once, and
// mend what breaks. Ends when every chunk is done, or with the reason why not.

import Glibc
import Multiprocessing

/// What a run cost beyond the plain work.
struct RunStatistics {
  /// Chunks that were computed again because their worker died.
  var retries = 0
  /// Workers that took part.
  var workers = 0
}

/// How far a computation has come; given to the progress callback a few times a second.
public struct Progress: Sendable {
  public var chunksDone: Int
  public var chunkCount: Int
  public var seconds: Double
  /// Of those done, the chunks that an earlier run had done.
  public var chunksFound = 0
}

/// What ends a run before its work does.
struct RunWatch {
  /// A descriptor that polls readable when the caller wants to stop.
  var interrupt: Int32?
  var deadline: Deadline?
  /// Processes that compute the same matrix: when one has failed, the others need not go on.
  var ranks: (any RankGroup)?

  /// The caller's wish to stop, while nothing is computed.
  var cancellation: EngineError? {
    guard let interrupt, (try? waitForAny(descriptors: [interrupt], deadline: .now))?.isEmpty == false else {
      return nil
    }
    return EngineError.cancelledByCaller
  }
}

extension EngineError {
  static var cancelledByCaller: EngineError { EngineError(.cancelled, "The computation was cancelled.") }
  static var late: EngineError { EngineError(.deadline, "The deadline has come before the computation's end.") }
}

/// The watch over one job.
///
/// - A worker's end is an event like an answer (pidfds beside channels in one poll): nothing waits for a process that
///   is gone.
/// - The dead worker is reaped before its chunks are given to another: it writes nowhere any more.
/// - A chunk is tried `attemptLimit` times, and workers may die `deathLimit` times without any chunk being finished
///   in between;
///   then the run ends with an error that names the rows. (Erlang's supervisors: a restart budget, then give up
/// upwards.)
/// - A worker that gives no sign of life within its limit is killed, which makes it a dead one. Time in which the
///   coordinator itself
///   did not run (stopped, suspended) is not counted against it.
final class PooledRun {
  private static let attemptLimit = 3
  private static let tickSeconds = 0.1
  /// What one tick can add to a silence: a coordinator that was stopped for an hour saw nothing of that hour.
  private static let longestTick = 0.25
  private static let graceSeconds = 2.0

  private let pool: WorkerPool
  private let job: JobDescription
  private let ledger: Ledger
  private let segments: [WorkerPool.JobSegment]
  private let timeout: Job.ChunkTimeout
  private let isKernel: Bool
  private let participants: Int

  private var statistics = RunStatistics()
  private var failure: EngineError?
  private var attempts: [Int: Int] = [:]
  private var deathsInARow = 0
  private var doneAtLastDeath = 0
  private var longestSilence = 0.0
  private var hasProgressed = false
  private var idleRounds = 0
  private var cancelDeadline: Deadline?

  init(
    pool: WorkerPool, job: JobDescription, ledger: Ledger, segments: [WorkerPool.JobSegment],
    timeout: Job.ChunkTimeout, isKernel: Bool, participants: Int
  ) {
    self.pool = pool
    self.job = job
    self.ledger = ledger
    self.segments = segments
    self.timeout = timeout
    self.isKernel = isKernel
    self.participants = participants
  }

  private var deathLimit: Int { 2 * participants + 4 }
  private var busySlots: [Int] { (0..<participants).filter { pool.slots[$0].isBusy } }

  /// Runs the job.
  func run(_ watch: RunWatch, progress: (Progress) -> Void) throws(EngineError) -> RunStatistics {
    for index in 0..<participants where pool.slots[index].worker != nil {
      statistics.workers += 1
      _ = pool.send(job, segments: segments, toSlot: index)
    }
    let start = Deadline.now
    var lastTick = start
    while !busySlots.isEmpty {
      try waitForEvents(interrupt: cancelDeadline == nil ? watch.interrupt : nil)
      if cancelDeadline == nil, watch.deadline?.hasPassed == true { fail(.late) }
      let now = Deadline.now
      let elapsed = Double(now.nanoseconds - lastTick.nanoseconds) / 1e9
      if elapsed >= PooledRun.tickSeconds {
        lastTick = now
        watchForSilence(elapsed: min(elapsed, PooledRun.longestTick))
        progress(
          Progress(
            chunksDone: ledger.doneCount, chunkCount: ledger.chunkCount,
            seconds: Double(now.nanoseconds - start.nanoseconds) / 1e9))
      }
      if let cancelDeadline, cancelDeadline.hasPassed {
        for index in busySlots { pool.slots[index].worker?.send(signal: SIGKILL) }
      }
      if busySlots.isEmpty, failure == nil, ledger.hasUnfinishedChunks { claimAgain() }
    }
    if let failure { throw failure }
    return statistics
  }

  // MARK: Events

  private func waitForEvents(interrupt: Int32?) throws(EngineError) {
    let busy = busySlots
    var descriptors: [Int32] = []
    for index in busy {
      guard let worker = pool.slots[index].worker else { continue }
      descriptors.append(worker.channel.descriptorNumber)
      descriptors.append(worker.pidDescriptorNumber)
    }
    descriptors.append(interrupt ?? -1)
    let ready = try engineErrors { () throws(SystemError) in
      try waitForAny(descriptors: descriptors, deadline: .in(seconds: PooledRun.tickSeconds))
    }
    if ready.last == descriptors.count - 1 { fail(EngineError.cancelledByCaller) }
    for index in Set(ready.filter { $0 < 2 * busy.count }.map { busy[$0 / 2] }).sorted() { takeAnswer(ofSlot: index) }
  }

  private func takeAnswer(ofSlot index: Int) {
    guard let worker = pool.slots[index].worker else { return }
    do throws(SystemError) {
      switch try worker.channel.tryReceive() {
      case .message(let message):
        pool.slots[index].isBusy = false
        if case .failed(let error) = try WorkerAnswer(message.bytes) { fail(error) }
      case .nothing:
        if !worker.isAlive { bury(slot: index) }
      case .ended: bury(slot: index)
      }
    } catch {
      // It never came up, or speaks another language: either way this process is of no use.
      worker.send(signal: SIGKILL)
      bury(slot: index, because: error)
    }
  }

  /// Stops the run with its first reason.
  private func fail(_ error: EngineError) {
    failure = failure ?? error
    ledger.cancel()
    cancelDeadline = cancelDeadline ?? .in(seconds: PooledRun.graceSeconds)
  }

  // MARK: Deaths

  /// Reaps the worker of a slot, gives its chunks back, and puts a new worker in its place.
  private func bury(slot index: Int, because error: SystemError? = nil) {
    let worker = pool.slots[index].worker
    var status: ExitStatus?
    do { status = try worker?.reap(deadline: .in(seconds: 5)) } catch { status = nil }
    pool.slots[index] = WorkerPool.Slot()
    guard let status else {
      return fail(
        EngineError(
          .workersLost,
          "A worker does not end although it was killed; its memory cannot be used again: restart the program."))
    }
    guard failure == nil else { return }
    let chunks = ledger.claimedChunks(slot: index)
    let rows = chunks.first.map { job.partition.rows(ofChunk: $0) }
    if status == .exited(code: 76) || error?.code == .protocolMismatch {
      return fail(
        EngineError(.mismatch, "A worker is of another build than this program; start the whole program again."))
    }
    for chunk in chunks {
      attempts[chunk, default: 0] += 1
      statistics.retries += 1
      if attempts[chunk] == PooledRun.attemptLimit { return giveUp(rows: job.partition.rows(ofChunk: chunk), status) }
      ledger.release(chunk)
    }
    ledger.beginSearch()
    deathsInARow = ledger.doneCount > doneAtLastDeath ? 1 : deathsInARow + 1
    doneAtLastDeath = ledger.doneCount
    guard deathsInARow <= deathLimit else {
      return fail(
        EngineError(
          .workersLost, rows: rows,
          "\(deathsInARow) workers ended in a row without finishing anything, the last with \(status)\(cause(status))."
            + (error.map { " \($0)" } ?? "")))
    }
    guard ledger.hasUnfinishedChunks else { return }
    do throws(SystemError) {
      try pool.start(slot: index, isReplacement: true)
      _ = pool.send(job, segments: segments, toSlot: index)
    } catch {
      // Fewer workers do it too, as long as one is left.
      if busySlots.isEmpty { claimAgain(orFailWith: EngineError(error)) }
    }
  }

  private func giveUp(rows: Range<Int>, _ status: ExitStatus) {
    fail(
      EngineError(
        .workersLost, rows: rows,
        "Rows \(rows.lowerBound) to \(rows.upperBound - 1) ended \(PooledRun.attemptLimit) workers, the last with \(status)"
          + "\(cause(status)). The other rows are not affected; no result is handed out."))
  }

  /// What people usually find behind a signal.
  private func cause(_ status: ExitStatus) -> String {
    guard case .signaled(let signal, _) = status else { return "" }
    return switch signal {
    case SIGKILL: " (killed from outside, by the kernel for want of memory, or by Weft after giving no sign of life)"
    case SIGILL, SIGTRAP: " (a failed precondition or an overflow in a kernel's own code)"
    case SIGSEGV, SIGBUS: " (a bad memory access)"
    case SIGINT: " (a library that could not start a thread raises this too)"
    default: ""
    }
  }

  /// Chunks are left and nobody works: given back after their workers' colleagues had already answered.
  private func claimAgain(orFailWith error: EngineError? = nil) {
    var hasAsked = false
    idleRounds += 1
    guard idleRounds <= deathLimit else {
      return fail(EngineError(.verification, "Chunks are left that no worker can claim: a fault in Weft."))
    }
    for index in 0..<participants where pool.slots[index].worker != nil {
      pool.resume(slot: index)
      hasAsked = true
    }
    if !hasAsked {
      fail(error ?? EngineError(.workersLost, "No worker is left, and none could be started."))
    }
  }

  // MARK: Silence

  private func watchForSilence(elapsed: Double) {
    for index in busySlots {
      let beats = ledger.beats(slot: index)
      if beats != pool.slots[index].beats {
        longestSilence = max(longestSilence, pool.slots[index].silence)
        // A claim is the first beat: only the second tells of work done.
        if pool.slots[index].beats > 0 || beats > 1 { hasProgressed = true }
        pool.slots[index].beats = beats
        pool.slots[index].silence = 0
        continue
      }
      pool.slots[index].silence += elapsed
      if pool.slots[index].silence > silenceLimit { pool.slots[index].worker?.send(signal: SIGKILL) }
    }
  }

  private var silenceLimit: Double {
    switch timeout {
    case .none: .infinity
    case .seconds(let seconds): seconds
    case .automatic:
      if isKernel {
        hasProgressed ? max(60, 10 * longestSilence) : .infinity
      } else {
        hasProgressed ? max(5, 10 * longestSilence) : 60
      }
    }
  }
}
