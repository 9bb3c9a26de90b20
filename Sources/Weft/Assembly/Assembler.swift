// SPDX-License-Identifier: Apache-2.0
//
// Between the workers' last write and the caller's first read: is the matrix whole, is it what the workers wrote, is it
// right, may it hold what it holds?

import Evaluation
import Formula
import MatrixCore
import Multiprocessing
import Synchronization

/// Checks a computed matrix against its ledger and its formula.
@safe struct Assembler {
  private let plan: Plan
  private let ledger: Ledger
  private let inputs: JobInputs
  private let elements: StoredElements
  private let origin: Int
  private let interrupt: Int32?
  /// Of the chunks whose checksums, and of the batches of elements that are computed anew, those that are looked at here: others
  /// look at the rest of the same matrix.
  private let shares: (chunks: Share, elements: Share)

  init(
    _ plan: Plan, ledger: Ledger, inputs: JobInputs, elements: StoredElements, origin: Int, interrupt: Int32?,
    shares: (chunks: Share, elements: Share) = (.all, .all)
  ) {
    self.plan = plan
    self.ledger = ledger
    self.inputs = inputs
    self.elements = elements
    self.origin = origin
    self.interrupt = interrupt
    self.shares = shares
  }

  /// Checking can take long (`full`): the caller's wish to stop is looked for on the way.
  private var isInterrupted: Bool {
    guard let interrupt, let ready = try? waitForAny(descriptors: [interrupt], deadline: .now) else { return false }
    return !ready.isEmpty
  }

  /// What all chunks together are; every one of them done, by the worker that claimed it.
  func completeSummary() throws(EngineError) -> ElementSummary {
    var total = ElementSummary()
    for chunk in 0..<plan.partition.chunkCount {
      guard case .done = ledger.state(of: chunk) else {
        throw EngineError(
          .verification, rows: plan.partition.rows(ofChunk: chunk),
          "Chunk \(chunk) is not done although every worker has answered: a fault in Weft.")
      }
      total.merge(ledger.summary(of: chunk))
    }
    return total
  }

  /// Chunks of a file that are read again: 128 MiB, which mostly still are in memory.
  private static let fileSampleCount = 64

  /// What a thread reads for the time that it takes to start one.
  private static let bytesPerThread = 2 << 20

  /// Recomputes every chunk's checksum from memory and compares it with the worker's. On as many threads as the job had
  /// workers, who have nothing to do now: one alone does not fill the memory's bus.
  ///
  /// Of a file that is larger than memory, one chunk of every so many, at most `fileSampleCount`, unless `all` are wanted.
  func checkChecksums(all: Bool) throws(EngineError) {
    let threads = min(plan.workers, plan.shape.byteCount(of: plan.elementType) / Assembler.bytesPerThread)
    let count = plan.partition.chunkCount
    let parts = all || elements.isMemory ? count : min(count, Assembler.fileSampleCount)
    let chunk = try firstWrong(ofParts: parts, shares.chunks, threads: threads) { part in
      let chunk = part * count / parts
      return checksum(ofChunk: chunk) == ledger.summary(of: chunk).checksum ? nil : chunk
    }
    guard let chunk else { return }
    let rows = plan.partition.rows(ofChunk: chunk)
    throw EngineError(
      .verification, rows: rows,
      "Rows \(rows.lowerBound) to \(rows.upperBound - 1) are not what their worker wrote (chunk \(chunk), checksum "
        + "\(Checksum(checksum(ofChunk: chunk))) instead of \(Checksum(ledger.summary(of: chunk).checksum))): \(elements.noun) is damaged "
        + "or was overwritten.")
  }

  private func checksum(ofChunk chunk: Int) -> UInt64 {
    let columns = plan.shape.columns
    func checksum(from index: Int, count: Int) -> UInt64 {
      elements.checksum(from: index, count: count, plan.elementType, plan.table)
    }
    let rows = plan.partition.rows(ofChunk: chunk)
    guard plan.partition.isMirrored else {
      return checksum(from: rows.lowerBound * columns, count: rows.count * columns)
    }
    var sum: UInt64 = 0
    plan.partition.forEachStretch(ofChunk: chunk, columns: columns) { row, stretch in
      sum &+= checksum(from: row * columns + stretch.lowerBound, count: stretch.count)
    }
    return sum
  }

  /// Recomputes elements with the reference evaluator, on as many threads as the job had workers; the count of those
  /// recomputed.
  func checkElements(summary: ElementSummary, all: Bool) throws(EngineError) -> Int {
    guard case .formula(let formula, let compiled) = plan.work, plan.shape.count > 0 else { return 0 }
    let count = plan.shape.count
    let sample = all ? nil : ElementSample.places(of: plan.shape, seed: summary.checksum)
    let checked = sample?.count ?? count
    // Some microseconds an element: a batch is worth a thread, and a sign of the caller is seen in time.
    let batches = (checked + Assembler.elementsPerBatch - 1) / Assembler.elementsPerBatch
    let wrong = try firstWrong(ofParts: batches, shares.elements, threads: plan.workers) { batch in
      let reference = ElementReference(formula, compiled, kernels: plan.table, inputs: inputs)
      let first = batch * Assembler.elementsPerBatch
      return (first..<min(first + Assembler.elementsPerBatch, checked)).lazy.map { sample?[$0] ?? $0 }
        .filter { !isRight($0, reference) }.min()
    }
    guard let wrong else { return checked }
    throw disagreement(wrong, ElementReference(formula, compiled, kernels: plan.table, inputs: inputs))
  }

  /// Looks at the parts of a share on several threads, and for the caller's wish to stop on the way: the least of what `look` calls
  /// wrong.
  private func firstWrong(
    ofParts count: Int, _ share: Share, threads: Int, _ look: (Int) -> Int?
  ) throws(EngineError) -> Int? {
    let first = Atomic<Int>(.max), wasInterrupted = Atomic(false)
    Threads.forEach(count, threads: threads) { part in
      if part % 64 == 63, isInterrupted { wasInterrupted.store(true, ordering: .relaxed) }
      guard share.contains(part), !wasInterrupted.load(ordering: .relaxed), let wrong = look(part) else { return }
      first.min(wrong, ordering: .relaxed)
    }
    if wasInterrupted.load(ordering: .relaxed) {
      throw EngineError.cancelledByCaller
    }
    let wrong = first.load(ordering: .relaxed)
    return wrong == .max ? nil : wrong
  }

  private static let elementsPerBatch = 64

  /// The element, and whether it has the bits of `expected`; any NaN is as good as any other.
  private func found(_ index: Int, expected: Double) -> (value: Double, isRight: Bool) {
    let value = elements.value(at: index, plan.elementType)
    let wanted = plan.elementType == .float64 ? expected : Double(Float(expected))
    return (value, value.bitPattern == wanted.bitPattern || value.isNaN && wanted.isNaN)
  }

  private func isRight(_ index: Int, _ reference: ElementReference) -> Bool {
    let (row, column) = index.quotientAndRemainder(dividingBy: plan.shape.columns)
    guard let expected = try? reference.value(row: row, column: column) else { return false }
    return found(index, expected: expected).isRight
  }

  /// What is wrong with an element that is.
  private func disagreement(_ index: Int, _ reference: ElementReference) -> EngineError {
    let (row, column) = index.quotientAndRemainder(dividingBy: plan.shape.columns)
    do throws(EvaluationFault) {
      let expected = try reference.value(row: row, column: column)
      return EngineError(
        .verification, rows: row..<row + 1,
        "Element [\(row), \(column)] is \(found(index, expected: expected).value), and the reference evaluator gives "
          + "\(expected): a fault in Weft or in this machine.")
    } catch {
      return EngineError(
        .verification, rows: row..<row + 1, "The kernels gave a value where the reference evaluator has none: \(error)")
    }
  }

  /// Applies the policy on infinities and NaNs.
  func checkFinite(_ summary: ElementSummary, _ policy: Job.NonfinitePolicy) throws(EngineError) {
    guard policy == .error, summary.nonfiniteCount > 0 else { return }
    throw EngineError.notFinite(
      summary, among: 0..<plan.shape.rows, columns: plan.shape.columns, origin: origin,
      value: elements.value(at: Int(summary.firstNonfinite), plan.elementType))
  }
}

extension EngineError {
  /// What the summary of `rows` says of elements that are not finite, where there are some.
  static func notFinite(
    _ summary: ElementSummary, among rows: Range<Int>, columns: Int, origin: Int, value: Double? = nil
  ) -> EngineError {
    let (row, column) = Int(summary.firstNonfinite).quotientAndRemainder(dividingBy: columns)
    let count = summary.nonfiniteCount
    return EngineError(
      .nonfinite, rows: row..<row + 1,
      "\(count) of \(rows.count * columns) elements \(count == 1 ? "is" : "are") not finite, the first\(value.map { " \($0)" } ?? "") "
        + "at i = \(row + origin), j = \(column + origin): change the formula there, or allow such elements (--nonfinite allow)."
    )
  }
}
