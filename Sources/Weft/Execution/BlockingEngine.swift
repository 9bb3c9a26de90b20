// SPDX-License-Identifier: Apache-2.0
//
// The engine itself, for programs without concurrency (the command line is one); `Engine` is its asynchronous twin
// and runs this on a thread of its own.

import Evaluation
import Formula
import MatrixCore
import Multiprocessing

/// Where an engine computes.
public enum EngineMode: Sendable, Hashable {
  /// In this process, on the calling thread: the debugger's friend, and the oracle of the other.
  case inProcess
  /// In worker processes; nil: as many as the machine allows this process CPUs.
  case workers(Int?)
  /// In every process of a group, on one machine or several: all of them make the same engines and run the same jobs on them, in
  /// the same order, and each has every matrix afterwards. (`WeftMPI` has such a group: `.mpi`.)
  case ranks(Ranks)
}

/// Computes matrices, keeping its workers for the next one. Not `Sendable`: its calls wait.
public final class BlockingEngine {
  /// More workers than this are refused: descriptors and process table would be spent long before any use of them.
  public static let workerLimit = 1024

  public let mode: EngineMode
  let workerCount: Int
  let workersReason: String
  private let cpuCount: Int
  let pool: WorkerPool?
  let ranks: Ranks?
  /// Where rows go between machines, only whole ones do.
  private let mayMirror: Bool
  private var keptLedger: Segment?
  private var keptLedgerNumber: UInt64 = 0
  /// What the last job came to: a job that is computed again and again is not planned again (20 µs of the 0.5 ms that a
  /// 1000×1000 matrix takes).
  private var lastPlan: (key: Job.Key, elementType: ElementType, plan: Plan)?
  private var isShutDown = false

  /// Starts nothing yet: workers are started by the first job, and no more than it has chunks.
  public init(_ mode: EngineMode = .workers(nil)) throws(EngineError) {
    self.mode = mode
    if case .ranks(let group) = mode { ranks = group } else { ranks = nil }
    do { mayMirror = try ranks?.joinedOnce().nodes.count ?? 1 == 1 } catch {
      throw error as? EngineError ?? (error as? RankFailure)?.error ?? EngineError(.resources, "\(error)")
    }
    let cpus = Machine.cpuCount()
    cpuCount = cpus.count
    switch mode {
    case .inProcess: (workerCount, workersReason) = (0, "as asked")
    case .ranks: (workerCount, workersReason) = (0, "a rank is a worker")
    case .workers(nil): (workerCount, workersReason) = (cpus.count, cpus.reason)
    case .workers(let count?):
      guard count > 0, count <= BlockingEngine.workerLimit else {
        throw EngineError(
          .invalidJob, "\(count) workers are not possible: 1 to \(BlockingEngine.workerLimit), or automatic.")
      }
      (workerCount, workersReason) = (count, "as asked")
    }
    pool = workerCount == 0 ? nil : WorkerPool(size: workerCount)
  }

  /// Resolves a job without doing anything: nothing is allocated, no process started.
  ///
  /// - Throws: `FormulaError`, `ShapeError` or `EngineError`.
  public func plan(_ job: Job, elementType: ElementType = .float64) throws -> Plan {
    let key = job.key
    if let key, let lastPlan, lastPlan.key == key, lastPlan.elementType == elementType { return lastPlan.plan }
    let plan = try Plan(
      job, elementType: elementType, engineWorkers: workerCount, workersReason: workersReason, mayMirror: mayMirror)
    if let key { lastPlan = (key, elementType, plan) }
    return plan
  }

  /// Computes a matrix.
  ///
  /// - Parameters:
  ///   - interrupt: a descriptor that polls readable when the computation is to be stopped (`EngineError`,
  /// `cancelled`).
  ///   - progress: called a few times a second.
  /// - Throws: `FormulaError`, `ShapeError` or `EngineError`; no matrix exists then.
  public func compute<Element: MatrixElement>(
    _ job: Job, as type: Element.Type = Double.self, interrupt: Int32? = nil, progress: (Progress) -> Void = { _ in }
  ) throws -> (matrix: SharedMatrix<Element>, report: ComputeReport) {
    if let ranks {
      var matrix: SharedMatrix<Element>?
      let report = try unsafe compute(
        job, elementType: Element.elementType, held: 0, among: ranks, interrupt: interrupt, progress: progress
      ) { memory, shape in
        let new = try memory.provide(Element.self, shape: shape)
        matrix = new
        return unsafe new.baseOfRanks
      }
      guard let matrix else { preconditionFailure("memory was provided") }
      return (matrix, report)
    }
    let clock = PhaseClock()
    let plan = try plan(job, elementType: Element.elementType)
    try plan.checkMemory()
    let planned = clock.lap()
    try startWorkers(plan)
    var matrix = try engineErrors { () throws(SystemError) in try SharedMatrix<Element>(uninitialized: plan.shape) }
    var report = try run(
      plan, job, &matrix, interrupt: interrupt, progress: progress, clock: clock)
    report.seconds.plan = planned
    return (matrix, report)
  }

  /// Computes into a matrix that is there: its memory is used again when nothing else refers to it and it is large
  /// enough, which spares the page faults of fresh memory (8 times as fast for a large matrix). On an error its
  /// elements are unspecified.
  public func compute<Element: MatrixElement>(
    _ job: Job, into matrix: inout SharedMatrix<Element>, interrupt: Int32? = nil,
    progress: (Progress) -> Void = { _ in }
  ) throws -> ComputeReport {
    if let ranks {
      return try unsafe compute(
        job, elementType: Element.elementType, held: matrix.segmentByteCount, among: ranks, interrupt: interrupt,
        progress: progress
      ) { memory, shape in
        try memory.provide(&matrix, shape: shape)
        return unsafe matrix.baseOfRanks
      }
    }
    let clock = PhaseClock()
    let plan = try plan(job, elementType: Element.elementType)
    try plan.checkMemory(held: matrix.segmentByteCount)
    let planned = clock.lap()
    try startWorkers(plan)
    try engineErrors { () throws(SystemError) in try matrix.makeUnique(shape: plan.shape) }
    var report = try run(
      plan, job, &matrix, interrupt: interrupt, progress: progress, clock: clock)
    report.seconds.plan = planned
    return report
  }

  /// Tells the workers to end without waiting for it: a program that writes its matrix meanwhile has their ends for
  /// nothing. Later computations are refused; `shutDown` has still to be called.
  public func dismissWorkers() {
    isShutDown = true
    pool?.dismiss()
  }

  /// Ends the workers. Later computations are refused.
  public func shutDown() {
    isShutDown = true
    pool?.shutDown()
    keptLedger = nil
  }

  func requireRunning() throws(EngineError) {
    guard !isShutDown else { throw EngineError(.shutDown, "The engine has been shut down: make a new one.") }
  }

  func startWorkers(_ plan: Plan) throws(EngineError) {
    try requireRunning()
    try pool?.start(plan.workers)
  }

  /// A ledger with every chunk free, whose memory is kept for the next job.
  func keepLedger(chunkCount: Int, slotCount: Int) throws(EngineError) -> Ledger {
    let ledger = try engineErrors { () throws(SystemError) in
      try Ledger(chunkCount: chunkCount, slotCount: slotCount, reusing: keptLedger)
    }
    if ledger.segment !== keptLedger {
      keptLedger = ledger.segment
      keptLedgerNumber = SegmentNumber.next()
    }
    return ledger
  }

  // MARK: One job

  private func run<Element: MatrixElement>(
    _ plan: Plan, _ job: Job, _ matrix: inout SharedMatrix<Element>, interrupt: Int32?, progress: (Progress) -> Void,
    clock: PhaseClock
  ) throws -> ComputeReport {
    let shared = try SharedInputs(job.inputs)
    let ledger = try keepLedger(chunkCount: plan.partition.chunkCount, slotCount: max(1, plan.workers))
    var seconds = ComputeReport.Seconds()
    seconds.start = clock.lap()
    FaultInjection.reach("coordinator.job")
    let statistics: RunStatistics
    if plan.workers == 0 {
      let base = unsafe matrix.withUnsafeMutableBytes { $0.baseAddress }
      statistics = unsafe try runInProcess(
        plan, ledger: ledger, inputs: shared.memory, base: unsafe base, watch: RunWatch(interrupt: interrupt),
        progress: progress)
    } else if let pool {
      let run = PooledRun(
        pool: pool, job: description(plan, job, shared, matrix: matrix.segment.number, ledger: keptLedgerNumber),
        ledger: ledger,
        segments: segments(shared, matrix: matrix, ledger: ledger), timeout: job.chunkTimeout,
        isKernel: plan.isKernel, participants: plan.workers)
      statistics = try run.run(RunWatch(interrupt: interrupt), progress: progress)
    } else {
      statistics = RunStatistics()
    }
    seconds.compute = clock.lap()
    FaultInjection.reach("coordinator.assemble")
    let base = unsafe matrix.withUnsafeMutableBytes { $0.baseAddress }
    let elements = unsafe base.map { unsafe StoredElements.memory(UnsafeRawPointer($0)) }
    var report = try assemble(
      plan, job, ledger: ledger, inputs: shared.memory, elements: elements, interrupt: interrupt)
    seconds.validate = clock.lap()
    report.workers = statistics.workers
    report.retries = statistics.retries
    report.seconds = seconds
    return report
  }

  func description(
    _ plan: Plan, _ job: Job, _ inputs: SharedInputs, matrix: UInt64? = nil, file: JobDescription.File? = nil,
    ledger: UInt64
  ) -> JobDescription {
    let source: JobDescription.Source =
      switch plan.work {
      case .formula(let formula, _): .formula(text: formula.text)
      case .kernel(_, let typeName): .kernel(typeName: typeName)
      }
    return JobDescription(
      source: source, shape: plan.shape, elementType: plan.elementType, origin: job.origin,
      accuracy: job.accuracy, parameters: job.parameters,
      inputs: inputs.descriptions, matrix: matrix, file: file, ledger: ledger | SegmentNumber.ledgerBit,
      partition: plan.partition, slotCount: plan.workers, wantsChecksum: job.verification != .none || file != nil,
      bypassesCache: plan.bypassesCache,
      kernels: plan.kernels,
      // A core of its own for each worker: then looking for the next job for a moment costs nobody anything.
      spinMicroseconds: plan.workers <= cpuCount ? 50 : 0)
  }

  private func segments<Element>(
    _ inputs: SharedInputs, matrix: SharedMatrix<Element>, ledger: Ledger
  ) -> [WorkerPool.JobSegment] {
    inputs.segments + [
      WorkerPool.JobSegment(
        number: matrix.segment.number, descriptorNumber: matrix.descriptorNumber, byteCount: matrix.segmentByteCount,
        isWritable: true),
      WorkerPool.JobSegment(
        number: keptLedgerNumber | SegmentNumber.ledgerBit, descriptorNumber: ledger.segment.memory.descriptorNumber,
        byteCount: ledger.segment.memory.byteCount, isWritable: true),
    ]
  }

  func runInProcess(
    _ plan: Plan, ledger: Ledger, inputs: JobInputs, base: UnsafeMutableRawPointer?, watch: RunWatch,
    file: ChunkFile? = nil, share: Int? = nil, progress: (Progress) -> Void
  ) throws(EngineError) -> RunStatistics {
    guard let base = unsafe base else { return RunStatistics() }
    return try withoutActuallyEscaping(progress) { (progress) throws(EngineError) in
      let run = unsafe InProcessRun(
        plan, ledger: ledger, inputs: inputs, base: base, file: file, watch: watch, share: share)
      try run.run(progress: progress)
      return RunStatistics()
    }
  }

  func assemble(
    _ plan: Plan, _ job: Job, ledger: Ledger, inputs: JobInputs, elements: StoredElements?, interrupt: Int32?,
    shares: (chunks: Share, elements: Share) = (.all, .all)
  ) throws(EngineError) -> ComputeReport {
    var summary = ElementSummary()
    var recomputed = 0
    if let elements, plan.partition.chunkCount > 0 {
      let assembler = Assembler(
        plan, ledger: ledger, inputs: inputs, elements: elements, origin: job.origin, interrupt: interrupt,
        shares: shares)
      summary = try assembler.completeSummary()
      if job.verification != .none {
        try assembler.checkChecksums(all: job.verification == .full)
        recomputed = try assembler.checkElements(summary: summary, all: job.verification == .full)
      }
      try assembler.checkFinite(summary, job.nonfinite)
    }
    let first = Int(exactly: summary.firstNonfinite).map { $0.quotientAndRemainder(dividingBy: plan.shape.columns) }
    return ComputeReport(
      shape: plan.shape, elementType: plan.elementType, accuracy: plan.accuracy, bound: plan.bound, workers: 0,
      chunks: plan.partition.chunkCount, retries: 0,
      checksum: job.verification == .none ? nil : Checksum(summary.checksum),
      nonfiniteCount: Int(summary.nonfiniteCount), firstNonfinite: first.map { ($0.quotient, $0.remainder) },
      verified: job.verification, elementsRecomputed: recomputed)
  }
}

extension Plan {
  var isKernel: Bool { if case .kernel = work { true } else { false } }
}

/// Wall-clock laps.
final class PhaseClock {
  private var last = Deadline.now

  /// Seconds since the lap before.
  func lap() -> Double {
    let now = Deadline.now
    defer { last = now }
    return Double(now.nanoseconds - last.nanoseconds) / 1e9
  }
}
