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
  /// Whose share of the chunks is computed, where others compute the rest; nil: all.
  private let share: Int?

  @unsafe init(
    _ plan: Plan, ledger: Ledger, inputs: JobInputs, base: UnsafeMutableRawPointer, file: ChunkFile? = nil,
    watch: RunWatch, share: Int? = nil
  ) {
    self.plan = plan
    self.ledger = ledger
    self.inputs = inputs
    unsafe self.base = base
    self.file = file
    self.watch = watch
    self.share = share
  }

  /// Computes every chunk in order, or those of its share.
  func run(progress: @escaping (Progress) -> Void) throws(EngineError) {
    let ledger = ledger
    let heartbeat = Heartbeat(watch)
    let beat = {
      heartbeat.beat {
        progress(Progress(chunksDone: ledger.doneCount, chunkCount: ledger.chunkCount, seconds: $0))
      }
    }
    let computer = unsafe ChunkComputer(
      plan, inputs: inputs, wantsChecksum: plan.verification != .none || file != nil, base: base, beat: beat)
    let slot = share ?? 0
    while let chunk = ledger.claim(slot: slot, helps: share == nil) {
      let rows = plan.partition.rows(ofChunk: chunk)
      do throws(EngineError) {
        // The computer looks up after so much work: chunks may have little of it, and take their time to be written.
        guard beat() else { throw EngineError.cancelledByCaller }
        let summary: ElementSummary
        if let file {
          summary = try file.compute(rows, by: computer)
          try file.record(chunk, summary)
        } else {
          summary = try computer.compute(rows: rows)
        }
        ledger.finish(chunk, slot: slot, summary: summary)
      } catch { throw heartbeat.cause(of: error) }
    }
  }
}
