// SPDX-License-Identifier: Apache-2.0
//
// How near the columns are to being dependent: the condition of R, by LAPACK's trcon, and the rank, from its diagonal.

import MatrixCore

extension QRFactorization {
  /// About 1/κ₁(R): 1 at best, 0 where a diagonal element of R is zero. R has A's singular values, so κ₂ is A's own,
  /// and κ₁ is between κ₂/n and n·κ₂.
  ///
  /// The estimate is never too small and almost always within a factor of 3 (Hager 1984, Higham 1988).
  ///
  /// - Throws: `shapeMismatch` where the matrix has more columns than rows; `libraryUnavailable`.
  public func reciprocalCondition() throws(LinearAlgebraError) -> Element {
    try requireAsManyRowsAsColumns(for: "the condition")
    guard columns > 0 else { return 1 }
    guard firstZeroPivot == nil else { return 0 }
    let order = try Int32(blas: columns, "the number of columns")
    let rowStride = try Int32(blas: rows, "the number of rows")
    let library = try BLASLibrary.open()
    return try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.triangular.reciprocalCondition(
        .transposed, factors.elements, .lower, order: order, rowStride: rowStride)
    }
  }

  /// The number of independent columns: of diagonal elements of R above max(m, n)·ε times the first.
  ///
  /// `nil` without pivoting, where the diagonal need not fall and says nothing about the rank. With it, the answer is
  /// right but for rare matrices that were made to fool it (Kahan 1966); singular values are safer.
  public var rank: Int? {
    guard isPivoted else { return nil }
    guard let first = diagonal.first else { return 0 }
    let threshold = Element(max(rows, columns)) * Element.ulpOfOne * first.magnitude
    return diagonal.firstIndex { $0.magnitude <= threshold } ?? diagonal.count
  }
}
