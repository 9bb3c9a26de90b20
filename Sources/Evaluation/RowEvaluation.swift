// SPDX-License-Identifier: Apache-2.0
//
// What runs a compiled formula over rows: one interface, and an evaluator for each form a formula can take.

import Formula
import MatrixCore

/// Runs one formula over rows of one shape. Holds scratch memory: one per thread.
public protocol RowEvaluation: AnyObject {
  /// Writes `rows` of the matrix, the first of them at `destination`, a whole row each; of each row the elements from
  /// `firstColumn` on. NaNs are made one quiet NaN.
  @unsafe func evaluate(
    rows: Range<Int>, from firstColumn: Int, into destination: UnsafeMutableRawPointer, wantsChecksum: Bool
  ) throws(EvaluationStop) -> ElementSummary
}

extension RowEvaluation {
  /// Whole rows.
  @unsafe public func evaluate(
    rows: Range<Int>, into destination: UnsafeMutableRawPointer, wantsChecksum: Bool = true
  ) throws(EvaluationStop) -> ElementSummary {
    try unsafe evaluate(rows: rows, from: 0, into: destination, wantsChecksum: wantsChecksum)
  }
}
