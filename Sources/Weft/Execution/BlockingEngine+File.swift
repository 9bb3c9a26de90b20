// SPDX-License-Identifier: Apache-2.0
//
// Matrices larger than memory, and runs that go on after an interruption: chunks go from the worker that computed them to their
// place in the file, and a ledger beside it says which are there. The file takes its name when all are.
//
// Rejected: a window of the matrix in shared memory, from which the coordinator writes. Every byte would be touched by two
// processes, computing would wait for writing at each window's end, and the window would have to be sized.

import MatrixCore
import MatrixFiles
import Multiprocessing

/// How a matrix is computed into a file.
public struct FileRunOptions: Sendable {
  /// Bytes of the matrix that all workers together may hold. Nil: 2 MiB for each, or a row where that is more.
  public var memoryLimit: Int?
  /// Go on with what an earlier run of the same job left. Without it, such a rest is an error.
  public var resumes = false
  /// Seconds after which the run stops and keeps what is done; nil: none.
  public var timeLimit: Double?
  public var write = WriteOptions()

  public init() {}
}

extension BlockingEngine {
  /// Computes a matrix into an .npy file without ever holding it in memory. Whatever ends the run before its end (a kill, a
  /// signal, a power cut, a full disk, the time limit) leaves `NAME.unfinished` and `NAME.ledger` beside the target, and
  /// the same job with `resumes` goes on with them: chunks whose checksum is still right are kept, all others computed.
  /// The file has the same bits as one of an uninterrupted run.
  ///
  /// - Throws: `FormulaError`, `ShapeError`, `FileError` or `EngineError`; the target is then as it was.
  public func compute<Element: MatrixElement>(
    _ job: Job, as type: Element.Type = Double.self, to path: String, options: FileRunOptions = FileRunOptions(),
    interrupt: Int32? = nil, progress: (Progress) -> Void = { _ in }
  ) throws -> (written: WriteReport, report: ComputeReport) {
    if let ranks {
      return try compute(
        job, as: type, to: path, options: options, among: ranks, interrupt: interrupt, progress: progress)
    }
    let start = Deadline.now
    let clock = PhaseClock()
    let watch = RunWatch(interrupt: interrupt, deadline: options.timeLimit.map { .in(seconds: $0) })
    let recipe = try Recipe(job, elementType: Element.elementType)
    let format = try MatrixFile.check(path, shape: recipe.shape, overwrite: options.write.overwrite)
    guard MatrixFile.hasPlacesForRows(path, format: format) else {
      throw EngineError(
        .invalidJob,
        "A matrix is computed piece by piece into plain .npy files only: compute it as .npy, and 'weft convert' that.")
    }
    _ = try plan(job, elementType: Element.elementType)
    let unfinished = try UnfinishedFile.open(path, resumes: options.resumes, options: options.write)
    let run: FileRun
    do { run = try FileRun(job, recipe, unfinished.place, isNew: unfinished.isNew, options, engine: self) } catch {
      // Refused before anything was done: what an earlier run left stays, what this one made does not.
      if unfinished.isNew { unfinished.discard() }
      throw error
    }
    var seconds = ComputeReport.Seconds()
    seconds.plan = clock.lap()
    let shared: SharedInputs
    let ledger: Ledger
    do {
      try startWorkers(run.plan)
      shared = try SharedInputs(job.inputs)
      try unfinished.reserve(run.byteCount)
      ledger = try run.begin(unfinished.isNew)
    } catch {
      if unfinished.isNew { unfinished.discard() }
      throw error
    }
    let found = ledger.doneCount
    seconds.start = clock.lap()
    var report: ComputeReport
    do {
      let statistics = try self.run(run, ledger, shared, watch) {
        var step = $0
        step.chunksFound = found
        progress(step)
      }
      seconds.compute = clock.lap()
      report = try assemble(
        run.plan, run.job, ledger: ledger, inputs: shared.memory, elements: run.elements, interrupt: interrupt)
      seconds.validate = clock.lap()
      (report.workers, report.retries, report.seconds) = (statistics.workers, statistics.retries, seconds)
      report.chunksFound = found
    } catch {
      let done = ledger.doneCount
      // What the formula has no value for will have none in the next run.
      if error.code == .evaluation || done == 0 {
        unfinished.discard()
        throw error
      }
      throw EngineError(
        error.code, rows: error.rows,
        "\(error.message) \(done) of \(ledger.chunkCount) chunks are kept beside \(path); the same command goes on with "
          + "them (--resume).")
    }
    let written = try unfinished.commit(format, byteCount: run.byteCount, since: Double(start.nanoseconds) / 1e9)
    return (written, report)
  }

  /// The plan of such a run, where there is nothing to go on with.
  public func plan(
    _ job: Job, elementType: ElementType = .float64, toFile options: FileRunOptions
  ) throws -> Plan {
    let shape = try Shape(rows: job.rows, columns: job.columns)
    let rows = try FileRun.rowsPerChunk(job, shape, elementType, options, engine: self)
    return try FileRun.plan(job, elementType, rowsPerChunk: rows, options, engine: self)
  }

  private func run(
    _ run: FileRun, _ ledger: Ledger, _ shared: SharedInputs, _ watch: RunWatch, progress: (Progress) -> Void
  ) throws(EngineError) -> RunStatistics {
    guard ledger.hasUnfinishedChunks else { return RunStatistics() }
    guard run.plan.workers > 0, let pool else {
      return try unsafe runInProcess(
        run.plan, ledger: ledger, inputs: shared.memory, base: unsafe run.chunks.base, watch: watch, file: run.chunks,
        progress: progress)
    }
    let numbers = (data: SegmentNumber.next(), ledger: SegmentNumber.next(), file: SegmentNumber.next())
    let file = JobDescription.File(
      data: numbers.data | SegmentNumber.ledgerBit, ledger: numbers.file | SegmentNumber.ledgerBit, layout: run.layout,
      stopsAtNonfinite: run.job.nonfinite == .error)
    let segments =
      shared.segments + [
        WorkerPool.JobSegment(
          number: numbers.ledger | SegmentNumber.ledgerBit, descriptorNumber: ledger.segment.memory.descriptorNumber,
          byteCount: ledger.segment.memory.byteCount, isWritable: true),
        WorkerPool.JobSegment(
          number: file.data, descriptorNumber: run.descriptors.data, byteCount: 0, isWritable: true, isFile: true),
        WorkerPool.JobSegment(
          number: file.ledger, descriptorNumber: run.descriptors.ledger, byteCount: 0, isWritable: true, isFile: true),
      ]
    let pooled = PooledRun(
      pool: pool, job: description(run.plan, run.job, shared, file: file, ledger: numbers.ledger), ledger: ledger,
      segments: segments, timeout: run.job.chunkTimeout, isKernel: run.plan.isKernel, participants: run.plan.workers)
    // Idle workers hold no file open, whose space would stay taken when somebody removes it.
    defer { pool.detach([file.data, file.ledger]) }
    return try pooled.run(watch, progress: progress)
  }
}

/// One run into a file, decided: its chunks, its plan, and where everything lies.
struct FileRun {
  let job: Job
  let plan: Plan
  let layout: ChunkFileLayout
  let chunks: ChunkFile
  let descriptors: (data: Int32, ledger: Int32)
  let byteCount: Int
  private let header: [UInt8]
  private let ledgerHead: RunLedger

  init(
    _ job: Job, _ recipe: Recipe, _ place: UnfinishedFile.Place, isNew: Bool, _ options: FileRunOptions,
    engine: BlockingEngine
  ) throws {
    descriptors = (place.data, place.ledger)
    let shape = recipe.shape
    ledgerHead =
      isNew
      ? RunLedger(
        recipe, rowsPerChunk: try FileRun.rowsPerChunk(job, shape, recipe.elementType, options, engine: engine))
      : try RunLedger(reading: descriptors.ledger, for: recipe, path: place.path)
    plan = try FileRun.plan(
      job, recipe.elementType, rowsPerChunk: ledgerHead.rowsPerChunk, options, engine: engine)
    try plan.checkMemory()
    self.job = job
    header = MatrixFile.npyHeader(shape, recipe.elementType)
    layout = ChunkFileLayout(dataOffset: header.count, recordOffset: ledgerHead.recordOffset)
    let (total, overflow) = header.count.addingReportingOverflow(shape.byteCount(of: recipe.elementType))
    guard !overflow else { throw EngineError(.invalidJob, "The \(shape) matrix does not fit a file.") }
    byteCount = total
    chunks = ChunkFile(
      data: descriptors.data, ledger: descriptors.ledger, layout: layout, partition: plan.partition,
      columns: shape.columns, elementType: recipe.elementType,
      originOfRefusal: job.nonfinite == .error ? job.origin : nil)
  }

  /// The plan with chunks of so many rows: as many workers as the limit allows one chunk each.
  static func plan(
    _ job: Job, _ elementType: ElementType, rowsPerChunk: Int, _ options: FileRunOptions, engine: BlockingEngine
  ) throws -> Plan {
    var job = job
    job.chunkRows = rowsPerChunk
    let limit = options.memoryLimit ?? .max
    let (chunkByteCount, overflow) = (min(rowsPerChunk, max(1, job.rows)) * elementType.byteCount)
      .multipliedReportingOverflow(by: max(1, job.columns))
    guard !overflow, chunkByteCount <= limit else { throw tooSmall(limit, overflow ? .max : chunkByteCount) }
    let most = min(engine.workerCount, limit / chunkByteCount)
    return try Plan(
      job, elementType: elementType, engineWorkers: most,
      workersReason: most < engine.workerCount
        ? "as many chunks of \(ByteCount(chunkByteCount)) are within \(ByteCount(limit))" : engine.workersReason,
      isStreamed: true)
  }

  var elements: StoredElements { .file(descriptors.data, dataOffset: layout.dataOffset) }

  /// Rows of a chunk, so that one for each worker is within the limit; one row for fewer workers where it is long.
  static func rowsPerChunk(
    _ job: Job, _ shape: Shape, _ elementType: ElementType, _ options: FileRunOptions, engine: BlockingEngine
  ) throws(EngineError) -> Int {
    if let rows = job.chunkRows { return rows }
    let rowByteCount = shape.columns * elementType.byteCount
    let limit = options.memoryLimit ?? .max
    let share = limit / max(1, engine.workerCount)
    if let rows = RowPartition.rowsPerFileChunk(shape, rowByteCount: rowByteCount, byteLimit: share) { return rows }
    guard rowByteCount <= limit else { throw tooSmall(limit, rowByteCount) }
    return 1
  }

  private static func tooSmall(_ limit: Int, _ need: Int) -> EngineError {
    EngineError(
      .resources,
      "A worker needs \(ByteCount(need)) for its rows, and \(ByteCount(limit)) are allowed: allow more (--memory).")
  }

  /// The ledger in memory: with what an earlier run did, as far as it is still right.
  func begin(_ isNew: Bool) throws(EngineError) -> Ledger {
    let ledger = try engineErrors { () throws(SystemError) in
      try Ledger(chunkCount: plan.partition.chunkCount, slotCount: max(1, plan.workers), reusing: nil)
    }
    do { try writeAll(header, to: descriptors.data, at: 0) } catch {
      throw EngineError(.outputFailed, "Writing the header failed: \(error)")
    }
    guard !isNew else {
      try ledgerHead.write(to: descriptors.ledger)
      return ledger
    }
    let recorded = try chunks.recorded()
    let columns = plan.shape.columns
    // What the ledger says may be ahead of what the disk has: after a power cut, data and ledger are as old as they are.
    Threads.forEach(recorded.count, threads: max(1, plan.workers)) { index in
      let (chunk, summary) = recorded[index]
      let rows = plan.partition.rows(ofChunk: chunk)
      let found = elements.checksum(
        from: rows.lowerBound * columns, count: rows.count * columns, plan.elementType, plan.table)
      if found == summary.checksum { ledger.restore(chunk, summary: summary) }
    }
    return ledger
  }
}
