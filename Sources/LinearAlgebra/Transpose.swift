// SPDX-License-Identifier: Apache-2.0
//
// Whether an operand is taken as it is stored or transposed: CBLAS's and LAPACK's flag, so that no transposed copy is
// ever made for a product or a solution. And the copy, for the two factorizations where LAPACK must see the matrix as it
// is: QR and least squares by singular values; both take far longer than the copy.

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
  /// Aᵀ.
  init(transposeOf a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    try self.init(forAnswer: Shape(ofAnswer: a.columns, a.rows))
    withMutableElements {
      copyTransposed(a.strided, rowStride: a.rowStride, rows: a.rows, columns: a.columns, into: &$0, rowStride: a.rows)
    }
  }

  /// Aᵀ, known to be finite: the pass that copies also adds, and only where the sum is not finite, each element is looked
  /// at. It may be that all are and only the sum overflowed.
  ///
  /// - Throws: `notFinite` with the first NaN or infinity of `a`, row by row; `outOfMemory`.
  init(finiteTransposeOf a: some StridedReadable<Element>, _ name: String) throws(LinearAlgebraError) {
    try self.init(forAnswer: Shape(ofAnswer: a.columns, a.rows))
    let sum = withMutableElements {
      copyTransposedSumming(
        a.strided, rowStride: a.rowStride, rows: a.rows, columns: a.columns, into: &$0, rowStride: a.rows)
    }
    if !sum.isFinite { try a.requireFinite(name) }
  }
}
