// SPDX-License-Identifier: Apache-2.0
//
// Functions of a symmetric matrix, by way of its eigenvalues: one product, and no method for each function.

import MatrixCore

extension SymmetricEigenDecomposition {
  /// f(A) = V·f(Λ)·Vᵀ: the symmetric matrix with A's eigenvectors whose eigenvalues are those of A under `f`.
  ///
  ///     try eigen.applying { 1 / $0 }             // A⁻¹
  ///     try eigen.applying { max($0, 0) }         // the nearest positive semidefinite matrix, in the Frobenius norm
  ///
  /// `f` is called once for each eigenvalue, smallest first (Higham 2008, Functions of Matrices: Theory and Computation,
  /// §4.5). The error is a small multiple of n·ε·max |f(λ)|, and what errors of the eigenvalues make of f: ε·‖A‖ times its
  /// slope.
  ///
  /// - Throws: `overflow` where an f(λ) or the answer is not finite; `outOfMemory`, `libraryUnavailable`.
  public func applying(_ f: (Element) -> Element) throws(LinearAlgebraError) -> Matrix<Element> {
    var scaled = vt
    scaled.multiply(each: .row, by: eigenvalues.map(f))
    let product = try Product.of(vt, scaled, left: .transposed)
    try requireRepresentable(product, "the function of the matrix")
    return product
  }
}
