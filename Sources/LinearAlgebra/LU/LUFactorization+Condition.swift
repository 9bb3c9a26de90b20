// SPDX-License-Identifier: Apache-2.0
//
// How much the solution can be trusted: LAPACK's gecon estimates ‖A⁻¹‖ from a few solutions with the factors (Hager
// 1984, Higham 1988), in n² operations where the inverse would take n³.

import MatrixCore

extension LUFactorization {
  /// About 1/κ₁(A) = 1/(‖A‖₁·‖A⁻¹‖₁): 1 at best, 0 for a singular matrix.
  ///
  /// The estimate of ‖A⁻¹‖ (Higham 1988, FORTRAN codes for estimating the one-norm of a real or complex matrix; after Hager
  /// 1984, Condition estimates) is never too large and almost always within a factor of 3, so this number is if anything
  /// too optimistic. Where it falls below the ε of the element type, a solution may have no correct digit.
  ///
  /// - Throws: `overflow` where the factors left the range of the element type; `outOfMemory`, `libraryUnavailable`.
  public func reciprocalCondition() throws(LinearAlgebraError) -> Element {
    guard order > 0 else { return 1 }
    guard firstZeroPivot == nil else { return 0 }
    // An infinity that arose during elimination would keep gecon busy for ever: see faults.md, F60.
    try requireInRange(factors, "the factorization")
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    // LAPACK has the factors of Aᵀ, and the ∞-norm of Aᵀ is the 1-norm of A.
    return try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.reciprocalConditionLU(factors.elements, order: order, norm: norm)
    }
  }
}
