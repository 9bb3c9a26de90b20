// SPDX-License-Identifier: Apache-2.0
//
// The Moore-Penrose pseudo-inverse A⁺ = V·Σ⁺·Uᵀ and the least-squares solution A⁺·B, which is found without forming A⁺.
// Every product takes U or Vᵀ transposed by a flag.

import MatrixCore

extension SingularValueDecomposition {
  /// X, n×p, for which ‖A·X - B‖ is least in each of the p columns; of several such X, the one of least norm.
  ///
  /// - Parameters:
  ///   - b: m×p, one right-hand side a column.
  ///   - cutoff: singular values up to `cutoff`·σ₁ count as zero: NumPy's `rcond`. Where it is nil, max(m, n)·ε.
  /// - Throws: `shapeMismatch`, `notFinite` where B has NaN or an infinity, `overflow`, `tooLarge`, `outOfMemory`.
  public func solve(_ b: some StridedReadable<Element>, cutoff: Element? = nil) throws(LinearAlgebraError)
    -> Matrix<Element>
  {
    _ = try b.rightHandSides(of: shape.rows)
    let thin = try thin()
    var coordinates = try Product.of(thin.u, b.finiteCopy("the right-hand side"), left: .transposed)
    divideRows(&coordinates, by: divisors(cutoff))
    let x = try Product.of(thin.vt, coordinates, left: .transposed)
    try requireRepresentable(x, "the solution")
    return x
  }

  /// A⁺, n×m: the one matrix for which A·A⁺·A = A and A⁺·A·A⁺ = A⁺, with A·A⁺ and A⁺·A symmetric (Penrose 1955, A
  /// generalized inverse for matrices). To apply it to something, ``solve(_:cutoff:)`` is faster and more accurate.
  ///
  /// - Parameter cutoff: as for ``solve(_:cutoff:)``.
  /// - Throws: `overflow`, `tooLarge`, `outOfMemory`.
  public func pseudoInverse(cutoff: Element? = nil) throws(LinearAlgebraError) -> Matrix<Element> {
    var thin = try thin()
    divideRows(&thin.vt, by: divisors(cutoff))
    let inverse = try Product.of(thin.vt, thin.u, left: .transposed, right: .transposed)
    try requireRepresentable(inverse, "the pseudo-inverse")
    return inverse
  }

  /// What to divide by instead of multiplying with Σ⁺: the reciprocal of a small σ could overflow where the quotient does
  /// not. An infinity stands for a singular value that counts as zero.
  private func divisors(_ cutoff: Element?) -> [Element] {
    let least = (cutoff ?? relativeCutoff(for: shape, as: Element.self)) * spectralNorm
    return singularValues.map { $0 > least ? $0 : .infinity }
  }
}

/// Finite data in, and yet an infinity or NaN: the answer left the range of its element type.
func requireRepresentable(_ answer: some MatrixReadable, _ name: String) throws(LinearAlgebraError) {
  guard indexOfFirstNonFinite(answer.elements) != nil else { return }
  throw LinearAlgebraError(.overflow, "\(name) passes the range of \(answer.elementType)")
}
