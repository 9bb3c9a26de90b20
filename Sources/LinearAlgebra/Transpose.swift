// SPDX-License-Identifier: Apache-2.0
//
// Whether an operand is taken as it is stored or transposed: CBLAS's and LAPACK's flag, so that no transposed copy is
// ever made for a product or a solution.

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
