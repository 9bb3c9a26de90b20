// SPDX-License-Identifier: Apache-2.0
//
// What the singular values alone tell: rank, condition, norms. The same questions can be put to a matrix, which then
// computes its singular values without vectors.

import MatrixCore

extension SingularValueDecomposition {
  /// The numerical rank: how many singular values are above `tolerance`.
  ///
  /// - Parameter tolerance: in the units of the elements. Where it is nil, max(m, n)·ε·σ₁: what rounding of the elements
  ///   alone can make of a zero (Golub and Van Loan, Matrix Computations, 4th ed., §5.4.1; NumPy's and MATLAB's choice).
  public func rank(tolerance: Element? = nil) -> Int {
    numericalRank(singularValues, of: shape, tolerance: tolerance)
  }

  /// κ₂(A) = σ₁/σₖ: 1 at best, ∞ where the smallest singular value is exactly zero, 1 for an empty matrix.
  public var conditionNumber: Element { spectralConditionNumber(singularValues) }

  /// ‖A‖₂ = σ₁: the most that A stretches a vector. 0 for an empty matrix.
  public var spectralNorm: Element { singularValues.first ?? 0 }

  /// ‖A‖₊ = σ₁ + … + σₖ. It may pass the range of the element type where no singular value does: then an infinity.
  public var nuclearNorm: Element { singularValues.reversed().reduce(0, +) }
}

extension StridedReadable {
  /// As ``SingularValueDecomposition/rank(tolerance:)``, from the singular values alone.
  ///
  /// - Throws: as ``singularValues()``.
  public func rank(tolerance: Element? = nil) throws(LinearAlgebraError) -> Int {
    numericalRank(try singularValues(), of: shape, tolerance: tolerance)
  }

  /// κ(A) = ‖A‖·‖A⁻¹‖: how many times larger a relative error of A may be in A⁻¹ and in solutions; ∞ where A is exactly
  /// singular, 1 for an empty matrix.
  ///
  /// In the 2-norm it is σ₁/σₖ, from the singular values, of a matrix of any shape; in all others by the inverse of a square
  /// one, in 2·n³ operations (Higham 2002, Accuracy and Stability of Numerical Algorithms, 2nd ed., ch. 15). An estimate of
  /// κ₁, in a fraction of the time for a matrix that is factored already, is ``LUFactorization/reciprocalCondition()``.
  ///
  /// - Throws: as ``singularValues()``; `shapeMismatch` where an inverse is needed and the matrix is not square; `overflow`
  ///   where the inverse or the number passes the range of the element type.
  public func conditionNumber(_ kind: MatrixNorm = .two) throws(LinearAlgebraError) -> Element {
    guard kind != .two else { return spectralConditionNumber(try singularValues()) }
    try requireSquare(for: "a condition number other than in the 2-norm")
    guard rows > 0 else { return 1 }
    let norm = try norm(kind)
    let lu = try LUFactorization(inPlace: finiteCopy())
    guard lu.firstZeroPivot == nil else { return .infinity }
    let number = try norm * lu.inverse().norm(kind)
    guard number.isFinite else {
      throw LinearAlgebraError(.overflow, "the condition number passes the range of \(elementType)")
    }
    return number
  }
}

/// The singular value, relative to the largest, below which rounding of the elements alone explains it.
func relativeCutoff<Element: MatrixElement>(for shape: Shape, as _: Element.Type) -> Element {
  Element(max(shape.rows, shape.columns)) * Element.ulpOfOne
}

private func numericalRank<Element: MatrixElement>(_ values: [Element], of shape: Shape, tolerance: Element?) -> Int {
  guard let largest = values.first else { return 0 }
  let tolerance = tolerance ?? relativeCutoff(for: shape, as: Element.self) * largest
  return values.prefix { $0 > tolerance }.count
}

private func spectralConditionNumber<Element: MatrixElement>(_ values: [Element]) -> Element {
  guard let largest = values.first, let smallest = values.last else { return 1 }
  return smallest == 0 ? .infinity : largest / smallest
}
