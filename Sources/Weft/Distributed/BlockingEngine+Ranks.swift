// SPDX-License-Identifier: Apache-2.0
//
// One matrix in memory by many processes, on one machine or several: each computes chunks of its own where they belong, in memory
// that the ranks of a node share. Between nodes, whose leaders alone talk, rows are sent once. Afterwards every rank has the
// matrix, and a node one copy of it.
//
// Rejected: a window of MPI's own shared memory. It cannot outlive the job, is no `SharedMatrix`, and Open MPI ends the job where
// it is too large for /dev/shm; ours is refused with a sentence, and has no name that could be left behind.

import Evaluation
import MatrixCore
import MatrixFiles
import Multiprocessing

extension BlockingEngine {
  /// Collective.
  ///
  /// - Parameters:
  ///   - held: bytes of the matrix that is computed into, or 0.
  ///   - provide: gives the matrix its memory, and tells where it is.
  func compute(
    _ job: Job, elementType: ElementType, held: Int, among ranks: Ranks, interrupt: Int32?,
    progress: (Progress) -> Void, provide: (NodeMemory, Shape) throws -> UnsafeMutableRawPointer
  ) throws -> ComputeReport {
    do {
      return try ranks.inTurn { joined in
        try unsafe computeInTurn(
          job, elementType, held: held, among: joined, interrupt: interrupt, progress: progress, provide: provide)
      }
    } catch let failure as RankFailure { throw failure.cause }
  }

  private func computeInTurn(
    _ job: Job, _ elementType: ElementType, held: Int, among joined: Ranks.Joined, interrupt: Int32?,
    progress: (Progress) -> Void, provide: (NodeMemory, Shape) throws -> UnsafeMutableRawPointer
  ) throws -> ComputeReport {
    let clock = PhaseClock()
    let (group, count) = (joined.group, joined.group.count)
    let watch = RunWatch(interrupt: interrupt, ranks: group)
    var seconds = ComputeReport.Seconds()

    let plan = try agreedPlan(job, elementType: elementType, among: group, held: held)
    seconds.plan = clock.lap()
    let memory = NodeMemory(joined)
    let base = try unsafe provide(memory, plan.shape)
    var shared: SharedInputs?
    var ledger: Ledger?
    let records = try group.collect(watch: { watch.cancellation }) {
      let inputs = try SharedInputs(job.inputs)
      let own = try keepLedger(chunkCount: plan.partition.chunkCount, slotCount: count)
      (shared, ledger) = (inputs, own)
      seconds.start = clock.lap()
      _ = try unsafe runInProcess(
        plan, ledger: own, inputs: inputs.memory, base: unsafe base, watch: watch, share: group.rank
      ) { step in
        // As far as the others, who do as much.
        var step = step
        step.chunksDone = min(step.chunkCount, step.chunksDone * count)
        progress(step)
      }
      return own.records(of: stride(from: group.rank, to: own.chunkCount, by: count))
    }
    guard let shared, let ledger else { preconditionFailure("all ranks have computed") }
    for (rank, record) in records.enumerated() where rank != group.rank { ledger.restore(records: record) }
    if joined.nodes.count > 1 {
      try group.agree { try unsafe memory.exchange(plan, base: base) }
    }
    seconds.compute = clock.lap()

    var report: ComputeReport?
    try group.agree {
      report = try assemble(
        plan, job, ledger: ledger, inputs: shared.memory,
        elements: unsafe .memory(UnsafeRawPointer(base)), interrupt: interrupt,
        shares: (chunks: joined.nodes.place(of: group.rank), elements: Share(index: group.rank, count: count)))
    }
    guard var report else { preconditionFailure("all ranks have assembled") }
    seconds.validate = clock.lap()
    (report.workers, report.seconds) = (count, seconds)
    return report
  }

  /// Resolves the job, which has to be the same everywhere.
  private func agreedPlan(
    _ job: Job, elementType: ElementType, among group: any RankGroup, held: Int
  ) throws -> Plan {
    var agreed: Plan?
    try JobOpening.matrix.agree(group) {
      try requireRunning()
      let plan = try plan(job, elementType: elementType)
      try plan.checkMemory(held: held)
      agreed = plan
      return try Recipe(job, elementType: elementType)
    } rest: {
      "\(agreed.map { "\($0.partition)" } ?? "") \(job.verification) \(job.nonfinite)"
    }
    guard let agreed else { preconditionFailure("all ranks have planned") }
    return agreed
  }

  // MARK: Files

  /// As ``compute(_:as:to:options:among:interrupt:progress:)``, with the root's account for every rank.
  func compute<Element: MatrixElement>(
    _ job: Job, as type: Element.Type, to path: String, options: FileRunOptions, among ranks: Ranks, interrupt: Int32?,
    progress: (Progress) -> Void
  ) throws -> (written: WriteReport, report: ComputeReport) {
    do {
      return try ranks.inTurn { joined in
        let group = joined.group
        try JobOpening.file.agree(group) {
          try requireRunning()
          return try Recipe(job, elementType: Element.elementType)
        } rest: {
          "\(job.chunkRows ?? 0) \(job.verification) \(job.nonfinite)"
        }
        let done = try compute(
          job, as: type, to: path, options: options, among: group, interrupt: interrupt, progress: progress)
        let account = try group.broadcast(
          done.map { FileRunAccount(written: $0.written, report: $0.report).encoded } ?? [])
        if let done { return done }
        let told = try FileRunAccount(encoded: account, path: path)
        return (told.written, told.report)
      }
    } catch let failure as RankFailure { throw failure.cause }
  }
}
