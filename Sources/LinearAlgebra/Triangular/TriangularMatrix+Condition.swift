// SPDX-License-Identifier: Apache-2.0
//
// How much a solution can be trusted: LAPACK's trcon, as in LUFactorization+Condition.swift.

import MatrixCore

extension TriangularMatrix {
  /// About 1/κ₁(T) = 1/(‖T‖₁·‖T⁻¹‖₁): 1 at best, 0 for a singular matrix and where T⁻¹ is out of range.
  ///
  /// The estimate of ‖T⁻¹‖ is never too large and almost always within a factor of 3, so this number is if anything
  /// too optimistic.
  ///
  /// - Throws: `tooLarge`, `libraryUnavailable`.
  public func reciprocalCondition() throws(LinearAlgebraError) -> Element {
    guard order > 0 else { return 1 }
    guard firstZeroPivot == nil else { return 0 }
    let order = try Int32(blas: order, "the order of the matrix")
    let stride = try Int32(blas: source.rowStride, "the row stride of the matrix")
    let library = try BLASLibrary.open()
    return try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.triangular.reciprocalCondition(
        .asStored, source.strided, triangle, unitDiagonal: hasUnitDiagonal, order: order, rowStride: stride)
    }
  }
}
