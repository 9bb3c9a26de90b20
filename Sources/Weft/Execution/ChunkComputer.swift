// SPDX-License-Identifier: Apache-2.0
//
// Computes rows of one job: the same code in a worker and in the in-process engine, so that the one is the other's
// oracle.

import Evaluation
import Formula
import MatrixCore

/// Computes chunks of one job into a matrix that starts at `base`.
@safe final class ChunkComputer {
  private enum Source {
    case formula(any RowEvaluation, ElementReference)
    case kernel(any RowKernel.Type, scratch: [Double])
  }

  private var source: Source
  private let shape: Shape
  private let elementType: ElementType
  private let kernels: KernelTable
  private let wantsChecksum: Bool
  private let isMirrored: Bool
  private let base: UnsafeMutableRawPointer
  /// Called often; false stops with `cancelled`.
  private let beat: () -> Bool

  @unsafe init(
    formula: BoundFormula, compiled: CompiledFormula, shape: Shape, elementType: ElementType, inputs: JobInputs,
    kernels: KernelTable, wantsChecksum: Bool, isMirrored: Bool, bypassesCache: Bool, base: UnsafeMutableRawPointer,
    beat: @escaping () -> Bool
  ) {
    let evaluator: any RowEvaluation =
      switch compiled {
      case .operations(let program):
        RowEvaluator(
          program, shape: shape, elementType: elementType, inputs: inputs.elements(origin: program.origin),
          kernels: kernels, bypassesCache: bypassesCache, beat: beat)
      case .pairs(let program):
        PairEvaluator(
          program, formula: formula, shape: shape, elementType: elementType, kernels: kernels,
          bypassesCache: bypassesCache, beat: beat)
      case .quadruple:
        QuadEvaluator(
          formula, context: QuadReference(inputs: inputs), shape: shape, elementType: elementType, kernels: kernels,
          beat: beat)
      }
    source = .formula(evaluator, ElementReference(formula, compiled, kernels: kernels, inputs: inputs))
    self.shape = shape
    self.elementType = elementType
    self.kernels = kernels
    self.wantsChecksum = wantsChecksum
    self.isMirrored = isMirrored
    unsafe self.base = base
    self.beat = beat
  }

  @unsafe init(
    kernel: any RowKernel.Type, shape: Shape, elementType: ElementType, kernels: KernelTable, wantsChecksum: Bool,
    base: UnsafeMutableRawPointer, beat: @escaping () -> Bool
  ) {
    // A double row is filled in place; a float row is filled as doubles, then rounded once.
    source = .kernel(kernel, scratch: [Double](repeating: 0, count: elementType == .float64 ? 0 : shape.columns))
    self.shape = shape
    self.elementType = elementType
    self.kernels = kernels
    self.wantsChecksum = wantsChecksum
    isMirrored = false
    unsafe self.base = base
    self.beat = beat
  }

  @unsafe convenience init(
    _ plan: Plan, inputs: JobInputs, wantsChecksum: Bool, base: UnsafeMutableRawPointer, beat: @escaping () -> Bool
  ) {
    switch plan.work {
    case .formula(let formula, let compiled):
      unsafe self.init(
        formula: formula, compiled: compiled, shape: plan.shape, elementType: plan.elementType, inputs: inputs,
        kernels: plan.table, wantsChecksum: wantsChecksum, isMirrored: plan.partition.isMirrored,
        bypassesCache: plan.bypassesCache, base: base, beat: beat)
    case .kernel(let kernel, _):
      unsafe self.init(
        kernel: kernel, shape: plan.shape, elementType: plan.elementType, kernels: plan.table,
        wantsChecksum: wantsChecksum, base: base, beat: beat)
    }
  }

  /// Writes `rows` where they belong; where the partition is mirrored, of each row the elements from the diagonal block on,
  /// and their mirror images below.
  func compute(rows: Range<Int>) throws(EngineError) -> ElementSummary {
    let first = isMirrored ? rows.lowerBound : 0
    var summary = try unsafe evaluate(
      rows, columns: min(first, shape.columns)..<shape.columns,
      into: base + (rows.lowerBound * shape.columns + first) * elementType.byteCount, rowStride: shape.columns)
    if isMirrored {
      summary.merge(
        unsafe kernels.mirror(
          rows: rows, side: shape.columns, base: base, elementType: elementType, wantsChecksum: wantsChecksum,
          mayBeNonfinite: summary.nonfiniteCount > 0))
    }
    return summary
  }

  /// Writes whole `rows`, the first of them at `destination`, which can be anywhere.
  @unsafe func compute(
    rows: Range<Int>, into destination: UnsafeMutableRawPointer
  ) throws(EngineError) -> ElementSummary {
    try unsafe compute(rows: rows, columns: 0..<shape.columns, into: destination, rowStride: shape.columns)
  }

  /// Writes of `rows` the elements in `columns`, the first of them at `destination` and a row every `rowStride` elements. Of a
  /// kernel, whole rows.
  @unsafe func compute(
    rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutableRawPointer, rowStride: Int
  ) throws(EngineError) -> ElementSummary {
    precondition(!isMirrored)
    return try unsafe evaluate(rows, columns: columns, into: destination, rowStride: rowStride)
  }

  private func evaluate(
    _ rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutableRawPointer, rowStride: Int
  ) throws(EngineError) -> ElementSummary {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= shape.rows)
    switch source {
    case .formula(let evaluator, let reference):
      do throws(EvaluationStop) {
        return try unsafe evaluator.evaluate(
          rows: rows, columns: columns, into: destination, rowStride: rowStride, wantsChecksum: wantsChecksum)
      } catch {
        switch error {
        case .cancelled: throw EngineError.cancelledByCaller
        case .fault(let row, let column): throw explain(reference, row: row, column: column)
        }
      }
    case .kernel(let kernel, var scratch):
      precondition(columns == 0..<shape.columns)
      var summary = ElementSummary()
      let rowBytes = rowStride * elementType.byteCount
      for row in rows {
        let place = unsafe destination + (row - rows.lowerBound) * rowBytes
        let index = row * shape.columns
        if elementType == .float64 {
          let values = unsafe place.assumingMemoryBound(to: Double.self)
          var span = unsafe MutableSpan(_unsafeStart: values, count: shape.columns)
          kernel.fill(row: row, into: &span)
          summary.merge(
            unsafe kernels.store(
              values, count: shape.columns, into: place, elementType: .float64, index: index,
              wantsChecksum: wantsChecksum))
        } else {
          var span = scratch.mutableSpan
          kernel.fill(row: row, into: &span)
          summary.merge(
            unsafe kernels.store(
              scratch, count: shape.columns, into: place, elementType: .float32, index: index,
              wantsChecksum: wantsChecksum))
        }
        guard beat() else { throw EngineError.cancelledByCaller }
      }
      return summary
    }
  }

  /// Why the element at (`row`, `column`) has no value: the reference evaluator knows, and says it best.
  private func explain(_ reference: ElementReference, row: Int, column: Int) -> EngineError {
    do throws(EvaluationFault) {
      _ = try reference.value(row: row, column: column)
      return EngineError(
        .verification, rows: row..<row + 1,
        "Kernels and reference evaluator disagree on whether element [\(row), \(column)] has a value: a fault in Weft.")
    } catch {
      return EngineError(.evaluation, rows: row..<row + 1, "\(error)")
    }
  }
}
