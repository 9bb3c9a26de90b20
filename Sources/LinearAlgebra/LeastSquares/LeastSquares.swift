// SPDX-License-Identifier: Apache-2.0
//
// The X of smallest ‖A·X − B‖ for a matrix of any shape and rank: by QR where that is safe, by singular values otherwise.

import MatrixCore

/// Least squares.
public enum LeastSquares {
  public enum Method: Sendable {
    /// `qr` where A has at least as many rows as columns and R's ``QRFactorization/reciprocalCondition()`` is above the
    /// tolerance: then the rank is full and X unique. `singularValues` otherwise.
    case automatic
    /// QR without pivoting: full column rank is asked of A. Several times faster.
    case qr
    /// LAPACK's gelsd: of all X with the smallest ‖A·X − B‖ the shortest, for any shape and rank.
    case singularValues
  }

  /// The X of smallest ‖A·X − B‖₂, column by column, and the shortest where there are several. A is m×n, of any shape;
  /// B is m×k, X is n×k.
  ///
  ///     let fit = try LeastSquares.solve(a, b)
  ///     fit.solution; fit.rank; fit.residualNorms
  ///
  /// Both methods are backward stable: X is exact for matrices that differ from A and B by a small multiple of m·n·ε
  /// (Higham 2002, Accuracy and Stability of Numerical Algorithms, 2nd ed., §20). Singular values come by divide and conquer
  /// (Gu and Eisenstat 1995, A divide-and-conquer algorithm for the bidiagonal SVD).
  ///
  /// - Parameter tolerance: singular values up to this times the largest count as zero. By default max(m, n)·ε, where
  ///   rounding alone could have made them; larger where the data themselves are uncertain.
  /// - Throws: `shapeMismatch` (also where `qr` is asked for and m < n), `singular` where `qr` is asked for and R has a
  ///   zero on its diagonal, `notFinite`, `notConverged`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public static func solve<Element>(
    _ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>, by method: Method = .automatic,
    tolerance: Element? = nil
  ) throws(LinearAlgebraError) -> LeastSquaresSolution<Element> {
    let tolerance = tolerance ?? Element(max(a.rows, a.columns)) * Element.ulpOfOne
    _ = try b.rightHandSides(of: a.rows)
    if method == .qr || method == .automatic && a.rows >= a.columns {
      _ = try QRFactorization<Element>.limits(a.shape, pivoting: false)
      // Before the factorization, which may take long, and not only before the solution.
      try b.requireFinite("the right-hand side")
      let qr = try QRFactorization(a)
      let isSafe: Bool
      if method == .qr { isSafe = true } else { isSafe = try qr.reciprocalCondition() > tolerance }
      if isSafe {
        let x = try qr.solve(b)
        return LeastSquaresSolution(
          solution: x, rank: a.columns, residualNorms: try residualNorms(a, x, b), singularValues: nil, method: .qr)
      }
    }
    return try solveBySingularValues(a, b, tolerance: tolerance)
  }

  /// ‖b − A·x‖₂ for every column, as X really leaves it: computed anew, since gelsd knows it for full rank only.
  static func residualNorms<Element>(
    _ a: some StridedReadable<Element>, _ x: Matrix<Element>, _ b: some StridedReadable<Element>
  ) throws(LinearAlgebraError) -> [Element] {
    var residual = try Matrix(workingCopyOf: b)
    try Product.add(a, x, alpha: -1, to: &residual)
    return columnNorms(residual.elements, columns: residual.columns, rowStride: residual.columns)
  }
}

/// What ``LeastSquares/solve(_:_:by:tolerance:)`` found.
public struct LeastSquaresSolution<Element: MatrixElement>: Sendable {
  /// X: n×k.
  public let solution: Matrix<Element>
  /// How many columns of A are independent, as the tolerance has it. With `qr` n, which was asked for or estimated.
  public let rank: Int
  /// ‖b − A·x‖₂ for every right-hand side.
  public let residualNorms: [Element]
  /// Of A, falling; `nil` where the method was `qr`, which does not know them.
  public let singularValues: [Element]?
  /// How it was found: `qr` or `singularValues`.
  public let method: LeastSquares.Method
}
