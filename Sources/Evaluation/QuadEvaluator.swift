// SPDX-License-Identifier: Apache-2.0
//
// Any formula in quadruple precision, element by element: slow, some microseconds an element, and what `best` promises.

import CKernels
import Formula
import MatrixCore

/// Elements that are the formula's value rounded once, by the reference evaluator itself.
@safe public final class QuadEvaluator<Context: QuadContext>: RowEvaluation {
  /// Elements between two signs of life: about a millisecond.
  private static var beatElements: Int { 256 }

  private let evaluator: ReferenceEvaluator<Context>
  public let shape: Shape
  private let elementType: ElementType
  private let table: KernelTable
  private let beat: () -> Bool

  public init(
    _ formula: BoundFormula, context: Context, shape: Shape, elementType: ElementType, kernels: KernelTable,
    beat: @escaping () -> Bool = { true }
  ) {
    evaluator = ReferenceEvaluator(formula, context: context)
    self.shape = shape
    self.elementType = elementType
    table = kernels
    self.beat = beat
  }

  @unsafe public func evaluate(
    rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutableRawPointer, rowStride: Int,
    wantsChecksum: Bool
  ) throws(EvaluationStop) -> ElementSummary {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= shape.rows)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= shape.columns)
    var summary = ElementSummary()
    var values = [Double](repeating: 0, count: min(QuadEvaluator.beatElements, columns.count))
    for row in rows {
      for first in stride(from: columns.lowerBound, to: columns.upperBound, by: QuadEvaluator.beatElements) {
        let count = min(QuadEvaluator.beatElements, columns.upperBound - first)
        for k in 0..<count {
          do throws(EvaluationFault) {
            let value = try evaluator.value(row: row, column: first + k)
            values[k] = value.isNaN ? .nan : value
          } catch {
            throw .fault(row: row, column: first + k)
          }
        }
        let place = (row - rows.lowerBound) * rowStride + first - columns.lowerBound
        summary.merge(
          unsafe table.store(
            values, count: count,
            into: destination + place * elementType.byteCount, elementType: elementType,
            index: row * shape.columns + first, wantsChecksum: wantsChecksum))
        guard beat() else { throw .cancelled }
      }
    }
    return summary
  }
}
