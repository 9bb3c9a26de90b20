// SPDX-License-Identifier: Apache-2.0
//
// One door for systems of linear equations: it chooses the factorization, and returns with the solution what is needed to
// trust it or not. For more solutions with one matrix, keep the factorization instead.

import MatrixCore

/// Systems of linear equations A·X = B with a square A.
public enum LinearSystem {
  /// What is known about A. Nothing is guessed: a wrong assumption ends in an error, except where a triangle of A is
  /// asked for, since that is all of A that is then read.
  public enum Structure: Hashable, Sendable, CaseIterable {
    /// Nothing: LU with partial pivoting.
    case general
    /// Symmetric and positive definite: Cholesky, half the work.
    case positiveDefinite
    /// The lower triangle of A is the matrix: substitution.
    case lowerTriangular
    /// The upper triangle of A is the matrix: substitution.
    case upperTriangular
  }

  /// X with A·X = B; A is n×n, B is n×m, one right-hand side a column, and so is X.
  ///
  /// X is exact for a system that differs from this one by the backward error that comes with it; its own error is about that
  /// over the reciprocal condition, at most (Higham 2002, Accuracy and Stability of Numerical Algorithms, 2nd ed., ch. 7).
  ///
  ///     let system = try LinearSystem.solve(a, b, assuming: .positiveDefinite)
  ///     system.solution
  ///     if let warning = system.warning { print(warning) }
  ///
  /// - Throws: `singular` with the pivot; `notPositiveDefinite` with the minor and `notSymmetric` with the place, where
  ///   that was assumed; `shapeMismatch`, `notFinite`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public static func solve<Element>(
    _ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>, assuming structure: Structure = .general
  ) throws(LinearAlgebraError) -> LinearSystemSolution<Element> {
    try a.requireSquare(for: "a system of equations")
    _ = try b.rightHandSides(of: a.rows)
    // Before the factorization, which may take long, and not only before the solution.
    try b.requireFinite("the right-hand side")
    switch structure {
    case .general:
      let lu = try LUFactorization(a)
      let x = try lu.solve(b)
      return try LinearSystemSolution(x, of: a, b, reciprocalCondition: lu.reciprocalCondition())
    case .positiveDefinite:
      let cholesky = try CholeskyFactorization(a)
      let x = try cholesky.solve(b)
      let solution = try LinearSystemSolution(x, of: a, b, reciprocalCondition: cholesky.reciprocalCondition())
      try requireSymmetric(a, backwardError: solution.backwardError)
      return solution
    case .lowerTriangular, .upperTriangular:
      let triangle = try TriangularMatrix(a, structure == .lowerTriangular ? .lower : .upper)
      let x = try triangle.solve(b)
      return try LinearSystemSolution(
        x, of: triangle.reconstruct(), b, reciprocalCondition: triangle.reciprocalCondition())
    }
  }

  /// Cholesky reads one triangle and solves that system with a backward error below n·ε. Against all of A it is larger
  /// only where the other triangle differs, and then X is not the solution that was meant. So the comparison of the two
  /// triangles, with a tolerance that means something, comes free with the backward error.
  private static func requireSymmetric<Element>(
    _ a: some StridedReadable<Element>, backwardError: Element
  ) throws(LinearAlgebraError) {
    guard backwardError > 100 * Element(a.rows) * Element.ulpOfOne else { return }
    var worst = (difference: Element(0), row: 0, column: 0)
    for i in 0..<a.rows {
      for j in 0..<i where (a[i, j] - a[j, i]).magnitude > worst.difference {
        worst = ((a[i, j] - a[j, i]).magnitude, i, j)
      }
    }
    let (_, i, j) = worst
    throw LinearAlgebraError(
      .notSymmetric,
      "the matrix is not symmetric: it has \(a[i, j]) in row \(i), column \(j) and \(a[j, i]) in row \(j), column \(i) "
        + "(counted from 0). Assume a general matrix, or make it symmetric first",
      element: LinearAlgebraError.Element(row: i, column: j))
  }
}
