// SPDX-License-Identifier: Apache-2.0
//
// The leading singular triples, and the matrix that they make: A again, or the nearest matrix of a lower rank.

import MatrixCore

extension SingularValueDecomposition {
  /// The first `rank` singular values with their vectors: U is m×rank and Vᵀ is rank×n.
  ///
  /// What it reconstructs is the nearest matrix of that rank, in the 2-norm and in the Frobenius norm (Eckart and Young
  /// 1936, The approximation of one matrix by another of lower rank): off by the next singular value, and by the root of
  /// the sum of squares of all that were left out.
  ///
  /// - Parameter rank: 0 or more. More than there are singular values is as many as there are.
  /// - Throws: `outOfMemory`.
  public func truncated(rank: Int) throws(LinearAlgebraError) -> SingularValueDecomposition {
    precondition(rank >= 0, "a rank is not negative")
    let rank = min(rank, singularValues.count)
    return SingularValueDecomposition(
      shape: shape, singularValues: Array(singularValues.prefix(rank)),
      u: try leading(u, rows: shape.rows, columns: rank), vt: try leading(vt, rows: rank, columns: shape.columns))
  }

  /// A again, up to rounding: U·Σ·Vᵀ.
  ///
  /// - Throws: `overflow`, `outOfMemory`, `libraryUnavailable`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    var thin = try thin()
    thin.vt.multiply(each: .row, by: singularValues)
    let product = try Product.of(thin.u, thin.vt)
    try requireRepresentable(product, "the product of the factors")
    return product
  }

  /// U and Vᵀ as the thin form has them: those that belong to singular values.
  func thin() throws(LinearAlgebraError) -> (u: Matrix<Element>, vt: Matrix<Element>) {
    let thin = try truncated(rank: singularValues.count)
    return (thin.u, thin.vt)
  }
}

/// The upper left part of a matrix; the matrix itself, without a copy, where that is all of it.
private func leading<Element: MatrixElement>(_ a: Matrix<Element>, rows: Int, columns: Int) throws(LinearAlgebraError)
  -> Matrix<Element>
{
  if a.rows == rows && a.columns == columns { return a }
  return try Matrix(workingCopyOf: a[rows: 0..<rows, columns: 0..<columns])
}
