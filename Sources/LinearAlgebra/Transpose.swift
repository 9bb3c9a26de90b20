// SPDX-License-Identifier: Apache-2.0
//
// Whether an operand is taken as it is stored or transposed: CBLAS's and LAPACK's flag, so that no transposed copy is
// ever made for a product or a solution. And the copy, for the two routines of LAPACK that have no such flag.

internal import COpenBLAS
import MatrixCore

/// How a matrix enters an operation: `op(A)` is `A` or `Aᵀ`.
public enum Transpose: Hashable, Sendable, CaseIterable {
  case asStored
  case transposed

  var flag: Int32 {
    switch self {
    case .asStored: Int32(weft_cblas_no_transpose)
    case .transposed: Int32(weft_cblas_transpose)
    }
  }

  var flipped: Transpose { self == .asStored ? .transposed : .asStored }

  /// Rows and columns of `op(A)`.
  func sides(of shape: Shape) -> (rows: Int, columns: Int) {
    switch self {
    case .asStored: (shape.rows, shape.columns)
    case .transposed: (shape.columns, shape.rows)
    }
  }
}

extension Matrix {
  /// Aᵀ. Only for what LAPACK must see untransposed: QR with pivoting, which exchanges columns, and least squares by
  /// singular values; both take far longer than the copy.
  init(transposeOf a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    try self.init(forAnswer: Shape(ofAnswer: a.columns, a.rows))
    withMutableElements {
      copyTransposed(a.strided, rows: a.rows, columns: a.columns, rowStride: a.rowStride, to: &$0, rowStride: a.rows)
    }
  }
}

/// Writes the transpose of a `rows`×`columns` matrix into rows that lie `targetStride` apart; what is between them stays.
///
/// In tiles of 32×32, because one side is read or written across its rows: two tiles of doubles are 16 KiB and stay in L1.
@specialized(where Value == Double)
@specialized(where Value == Float)
func copyTransposed<Value: MatrixElement>(
  _ source: Span<Value>, rows: Int, columns: Int, rowStride: Int, to target: inout MutableSpan<Value>,
  rowStride targetStride: Int
) {
  guard rows > 0, columns > 0 else { return }
  precondition(source.count >= (rows - 1) * rowStride + columns && rowStride >= columns)
  precondition(target.count >= (columns - 1) * targetStride + rows && targetStride >= rows)
  let tile = 32
  unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      for top in stride(from: 0, to: rows, by: tile) {
        for left in stride(from: 0, to: columns, by: tile) {
          for j in left..<min(left + tile, columns) {
            for i in top..<min(top + tile, rows) {
              unsafe target[j * targetStride + i] = source[i * rowStride + j]
            }
          }
        }
      }
    }
  }
}
