// SPDX-License-Identifier: Apache-2.0
//
// How much the solution can be trusted: LAPACK's pocon, as in LUFactorization+Condition.swift.

import MatrixCore

extension CholeskyFactorization {
  /// About 1/κ₁(A) = 1/(‖A‖₁·‖A⁻¹‖₁): 1 at best.
  ///
  /// The estimate of ‖A⁻¹‖ is never too large and almost always within a factor of 3, so this number is if anything
  /// too optimistic. Where it falls below the ε of the element type, a solution may have no correct digit.
  ///
  /// - Throws: `libraryUnavailable`.
  public func reciprocalCondition() throws(LinearAlgebraError) -> Element {
    guard order > 0 else { return 1 }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    return try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.cholesky.reciprocalCondition(factors.elements, order: order, norm: norm)
    }
  }
}
