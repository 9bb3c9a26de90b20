// SPDX-License-Identifier: Apache-2.0
//
// What runs a compiled formula over rows: one interface, and an evaluator for each form a formula can take.

import Formula
import MatrixCore

/// Runs one formula over rows of one shape. Holds scratch memory: one per thread.
public protocol RowEvaluation: AnyObject {
  var shape: Shape { get }

  /// Writes the part of the matrix that `rows` and `columns` have in common, in row order: its first element at `destination`,
  /// and each row `rowStride` elements after the one before. Elements have the same bits in whatever part they are asked for,
  /// and the same share in the checksum of the whole. NaNs are made one quiet NaN.
  ///
  /// What a row or a column has of its own is kept from one call to the next: of a part in several pieces, go through the
  /// columns of a few rows before you go on to the next.
  @unsafe func evaluate(
    rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutableRawPointer, rowStride: Int,
    wantsChecksum: Bool
  ) throws(EvaluationStop) -> ElementSummary
}

extension RowEvaluation {
  /// Whole rows, one after the other.
  @unsafe public func evaluate(
    rows: Range<Int>, into destination: UnsafeMutableRawPointer, wantsChecksum: Bool = true
  ) throws(EvaluationStop) -> ElementSummary {
    try unsafe evaluate(
      rows: rows, columns: 0..<shape.columns, into: destination, rowStride: shape.columns, wantsChecksum: wantsChecksum)
  }
}
