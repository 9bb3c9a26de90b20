// SPDX-License-Identifier: Apache-2.0
//
// How well a solution solves its system, without knowing the true one: the check that every solver's answer can be
// given, whatever computed it.

import MatrixCore

extension StridedReadable {
  /// The normwise backward error of `x` as a solution of A·X = B, where this matrix is A, m×n; X is n×k and B is m×k.
  ///
  /// For each column, ‖b − A·x‖ / (‖A‖·‖x‖ + ‖b‖) in the ∞-norm: the smallest relative change of A and b that makes x
  /// exact (Rigal and Gaches 1967; Higham, Accuracy and Stability, 2nd ed., Theorem 7.1). The largest of them is
  /// returned; 0 where there is nothing to solve. A stable solver leaves a small multiple of n·ε.
  ///
  /// - Throws: `shapeMismatch`, `notFinite`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public func backwardError(
    ofSolution x: some StridedReadable<Element>, rightHandSide b: some StridedReadable<Element>
  ) throws(LinearAlgebraError) -> Element {
    _ = try ProductSides(self, .asStored, x, .asStored, into: (b.rows, b.columns))
    try requireFinite("the matrix")
    try x.requireFinite("the solution")
    try b.requireFinite("the right-hand side")
    var residual = try Matrix(workingCopyOf: b)
    try Product.add(self, x, alpha: -1, to: &residual)
    let norm = largestRowSum
    let residuals = columnMaximaOfMagnitudes(residual.elements, columns: b.columns, rowStride: b.columns)
    let solutions = columnMaximaOfMagnitudes(x.strided, columns: b.columns, rowStride: x.rowStride)
    let rightHandSides = columnMaximaOfMagnitudes(b.strided, columns: b.columns, rowStride: b.rowStride)
    var worst: Element = 0
    for j in residuals.indices where residuals[j] > 0 {
      worst = max(worst, residuals[j] / (norm * solutions[j] + rightHandSides[j]))
    }
    return worst
  }
}
