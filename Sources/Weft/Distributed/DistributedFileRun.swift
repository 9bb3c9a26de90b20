// SPDX-License-Identifier: Apache-2.0
//
// One matrix by many processes, on one machine or several, into one file that all of them see. Each computes chunks of its own
// and writes them where they belong: nothing is sent but what is to be done at the start, and a line for each chunk at the end.
// The file, the ledger beside it and the bits are those of a run on one machine (BlockingEngine+File.swift), and either goes on
// with what the other left.
//
// Rejected: MPI's own files. A full disk on one rank was reported to nobody (Open MPI 4.1.4, OMPIO), and a number was lost.

import Evaluation
import MatrixCore
import MatrixFiles
import Multiprocessing

extension BlockingEngine {
  /// Computes a matrix into an .npy file together with other processes. Collective: every rank of `ranks` calls this with the
  /// same arguments, on an engine without workers; each computes every `ranks.count`-th chunk.
  ///
  /// - Returns: on the root what was written and done; nil on the others.
  /// - Throws: on all ranks, where it fails on one; the target is then as it was, and what is done is kept beside it for a run
  ///   that resumes.
  public func compute<Element: MatrixElement>(
    _ job: Job, as type: Element.Type = Double.self, to path: String, options: FileRunOptions = FileRunOptions(),
    among ranks: any RankGroup, interrupt: Int32? = nil, progress: (Progress) -> Void = { _ in }
  ) throws -> (written: WriteReport, report: ComputeReport)? {
    precondition(workerCount == 0, "a rank is a worker: its engine has none")
    let start = Deadline.now
    let clock = PhaseClock()
    let watch = RunWatch(
      interrupt: interrupt, deadline: options.timeLimit.map { .in(seconds: $0) }, ranks: ranks)
    var recipe: Recipe?
    try ranks.agree { recipe = try Recipe(job, elementType: Element.elementType) }
    guard let recipe else { return nil }

    var root: DistributedRoot?
    try ranks.agree(rootOnly: true) { root = try DistributedRoot(job, recipe, path, options, engine: self) }
    do {
      let left = ChunkList(encoded: try ranks.broadcast(root?.left.encoded ?? []))
      let shared = try SharedInputs(job.inputs)
      var seconds = ComputeReport.Seconds()
      seconds.start = clock.lap()
      var share: DistributedShare?
      try ranks.agree {
        share = try DistributedShare(job, recipe, path, options, left, ranks, engine: self)
        try share?.compute(shared, watch, engine: self, progress: progress)
      }
      let records = try ranks.gather(share?.records ?? [])
      seconds.compute = clock.lap()
      var result: (written: WriteReport, report: ComputeReport)?
      try ranks.agree(rootOnly: true) {
        result = try root?.finish(
          records, shared, engine: self, interrupt: interrupt, seconds: seconds, ranks: ranks.count, since: start)
      }
      return result
    } catch {
      root?.giveUp(error)
      throw error
    }
  }
}

/// The chunks that are still to be computed, as all ranks have to know them.
struct ChunkList {
  let chunks: [Int]

  init(_ chunks: [Int]) { self.chunks = chunks }

  init(encoded: [UInt8]) { chunks = LittleEndian.numbers(encoded) }

  var encoded: [UInt8] { LittleEndian.bytes(chunks) }

  /// Every `count`-th of them: neighbours cost alike, and all ranks come near the end together.
  func share(of rank: Int, among count: Int) -> [Int] {
    stride(from: rank, to: chunks.count, by: count).map { chunks[$0] }
  }
}

/// What the root alone does: it makes the file, knows what is in it, checks it, and gives it its name.
final class DistributedRoot {
  private var unfinished: UnfinishedFile?
  private let run: FileRun
  private let ledger: Ledger
  private let found: Int
  private let format: MatrixFormat

  init(
    _ job: Job, _ recipe: Recipe, _ path: String, _ options: FileRunOptions, engine: BlockingEngine
  ) throws {
    format = try MatrixFile.checkForRanks(path, shape: recipe.shape, overwrite: options.write.overwrite)
    let unfinished = try UnfinishedFile.open(path, resumes: options.resumes, options: options.write)
    do {
      run = try FileRun(job, recipe, unfinished.place, isNew: unfinished.isNew, options, engine: engine)
      try unfinished.reserve(run.byteCount)
      ledger = try run.begin(unfinished.isNew)
    } catch {
      if unfinished.isNew { unfinished.discard() }
      throw error
    }
    found = ledger.doneCount
    self.unfinished = consume unfinished
  }

  var left: ChunkList {
    ChunkList((0..<ledger.chunkCount).filter { if case .done = ledger.state(of: $0) { false } else { true } })
  }

  /// Checks the whole, as after any other run, and puts the file in place.
  func finish(
    _ records: [[UInt8]], _ shared: SharedInputs, engine: BlockingEngine, interrupt: Int32?,
    seconds: ComputeReport.Seconds, ranks: Int, since start: Deadline
  ) throws -> (written: WriteReport, report: ComputeReport) {
    let clock = PhaseClock()
    for bytes in records { ledger.restore(records: bytes) }
    var report = try engine.assemble(
      run.plan, run.job, ledger: ledger, inputs: shared.memory, elements: run.elements, interrupt: interrupt)
    (report.seconds, report.workers, report.chunksFound) = (seconds, ranks, found)
    report.seconds.validate = clock.lap()
    guard let unfinished = unfinished.take() else { preconditionFailure("a run is finished once") }
    let written = try unfinished.commit(format, byteCount: run.byteCount, since: Double(start.nanoseconds) / 1e9)
    return (written, report)
  }

  /// After an error, on whatever rank: where there is nothing to go on with, nothing stays.
  func giveUp(_ error: any Error) {
    let hasNoValue = (error as? EngineError ?? (error as? RankFailure)?.error)?.code == .evaluation
    guard let unfinished = unfinished.take() else { return }
    let recorded = (try? run.chunks.recorded()) ?? []
    if hasNoValue || recorded.isEmpty { unfinished.discard() }
  }
}

extension MatrixFile {
  /// Refuses what ranks cannot write to, before anything is done.
  ///
  /// - Throws: `FileError`; `invalidJob` (`EngineError`).
  static func checkForRanks(_ path: String, shape: Shape, overwrite: Bool) throws -> MatrixFormat {
    let format = try check(path, shape: shape, overwrite: overwrite)
    guard hasPlacesForRows(path, format: format) else {
      throw EngineError(
        .invalidJob, "Ranks write pieces into plain .npy files only: compute it as .npy, and 'weft convert' that.")
    }
    return format
  }
}

/// What every rank does, the root too.
struct DistributedShare {
  private let file: UnfinishedFile.Joined
  private let run: FileRun
  private let share: [Int]
  private let ledger: Ledger

  init(
    _ job: Job, _ recipe: Recipe, _ path: String, _ options: FileRunOptions, _ left: ChunkList,
    _ ranks: any RankGroup, engine: BlockingEngine
  ) throws {
    file = try UnfinishedFile.Joined.open(path)
    run = try FileRun(job, recipe, file.place, isNew: false, options, engine: engine)
    share = left.share(of: ranks.rank, among: ranks.count)
    ledger = try engineErrors { [run] () throws(SystemError) in
      try Ledger(chunkCount: run.plan.partition.chunkCount, slotCount: 1, reusing: nil)
    }
    // To this rank, all that is not its own is done.
    let own = Set(share)
    for chunk in 0..<ledger.chunkCount where !own.contains(chunk) { ledger.restore(chunk, summary: ElementSummary()) }
  }

  func compute(
    _ shared: SharedInputs, _ watch: RunWatch, engine: BlockingEngine, progress: (Progress) -> Void
  ) throws {
    if !share.isEmpty {
      _ = try unsafe engine.runInProcess(
        run.plan, ledger: ledger, inputs: shared.memory, base: unsafe run.chunks.base, watch: watch, file: run.chunks
      ) {
        // Of the rank's own share; the others come near their ends at about the same time.
        let others = $0.chunkCount - share.count
        progress(Progress(chunksDone: $0.chunksDone - others, chunkCount: share.count, seconds: $0.seconds))
      }
    }
    try file.confirm()
  }

  var records: [UInt8] { ledger.records(of: share) }
}
