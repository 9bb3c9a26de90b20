// SPDX-License-Identifier: Apache-2.0
//
// The same job without workers: one thread, the same ledger, the same computer.

import Evaluation
import Multiprocessing

@safe final class InProcessRun {
  private let plan: Plan
  private let ledger: Ledger
  private let inputs: JobInputs
  private let base: UnsafeMutableRawPointer
  /// Where chunks go that are computed at `base` one after the other.
  private let file: ChunkFile?
  private let watch: RunWatch

  @unsafe init(
    _ plan: Plan, ledger: Ledger, inputs: JobInputs, base: UnsafeMutableRawPointer, file: ChunkFile? = nil,
    watch: RunWatch
  ) {
    self.plan = plan
    self.ledger = ledger
    self.inputs = inputs
    unsafe self.base = base
    self.file = file
    self.watch = watch
  }

  /// Computes every chunk in order.
  func run(progress: @escaping (Progress) -> Void) throws(EngineError) {
    let start = Deadline.now
    var nextLook = start
    let (ledger, watch) = (ledger, watch)
    var isLate = false
    // Ten times a second: looks for the caller's wish to stop, and reports.
    let beat = {
      let now = Deadline.now
      guard now >= nextLook else { return true }
      nextLook = .in(seconds: 0.1)
      let seconds = Double(now.nanoseconds - start.nanoseconds) / 1e9
      progress(Progress(chunksDone: ledger.doneCount, chunkCount: ledger.chunkCount, seconds: seconds))
      if watch.deadline?.hasPassed == true { isLate = true }
      if watch.ranks?.hasHeardOfFailure == true { return false }
      guard !isLate, let interrupt = watch.interrupt else { return !isLate }
      return (try? waitForAny(descriptors: [interrupt], deadline: .now))?.isEmpty ?? true
    }
    let computer = computer(beat)
    while let chunk = ledger.claim(slot: 0) {
      let rows = plan.partition.rows(ofChunk: chunk)
      do throws(EngineError) {
        let summary: ElementSummary
        if let file {
          summary = try file.compute(rows, by: computer)
          try file.record(chunk, summary)
        } else {
          summary = try computer.compute(rows: rows)
        }
        ledger.finish(chunk, slot: 0, summary: summary)
      } catch {
        throw isLate && error.code == .cancelled ? .late : error
      }
    }
  }

  private func computer(_ beat: @escaping () -> Bool) -> ChunkComputer {
    let wantsChecksum = plan.verification != .none || file != nil
    switch plan.work {
    case .formula(let formula, let compiled):
      return unsafe ChunkComputer(
        formula: formula, compiled: compiled, shape: plan.shape, elementType: plan.elementType, inputs: inputs,
        kernels: plan.table, wantsChecksum: wantsChecksum, isMirrored: plan.partition.isMirrored,
        bypassesCache: plan.bypassesCache, base: base, beat: beat)
    case .kernel(let kernel, _):
      return unsafe ChunkComputer(
        kernel: kernel, shape: plan.shape, elementType: plan.elementType, kernels: plan.table,
        wantsChecksum: wantsChecksum, base: base, beat: beat)
    }
  }
}
