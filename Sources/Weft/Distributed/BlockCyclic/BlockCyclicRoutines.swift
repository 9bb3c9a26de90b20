// SPDX-License-Identifier: Apache-2.0
//
// The library that computes with matrices over ranks, as Weft sees it. WeftMPI has it of ScaLAPACK.

/// Ranks that can do linear algebra together.
package protocol BlockCyclicRanks: RankGroup {
  /// Not collective: finds the libraries, before anything else.
  ///
  /// - Returns: which they are, for people.
  /// - Throws: `resources`; `LinearAlgebraError`.
  func openRoutines() throws -> String
  /// Collective.
  ///
  /// - Throws: `resources` where there is no such grid.
  func routines(on grid: ProcessGrid) throws(EngineError) -> any BlockCyclicRoutines
}

/// Routines on matrices over the ranks of one grid. All calls are collective, with the same arguments on all ranks.
///
/// Matrices have square blocks of one size, but in ``copyRows(_:of:into:)`` and ``copyRows(of:into:_:)``. Elements are finite:
/// LAPACK hangs on some that are not (`dgesvd`, 30×30, one infinity), and no timeout would say where.
///
/// - Throws: `BlockCyclicFailure` for what the routine finds in the numbers, on all ranks alike.
package protocol BlockCyclicRoutines: AnyObject {
  var grid: ProcessGrid { get }

  /// Copies rows of a matrix in blocks into one that is whole rows on each rank, from its first row on.
  func copyRows(_ rows: Range<Int>, of matrix: BlockCyclicMatrix, into whole: BlockCyclicMatrix)
  /// The other way.
  func copyRows(of whole: BlockCyclicMatrix, into matrix: BlockCyclicMatrix, _ rows: Range<Int>)

  /// C = α·op(A)·op(B) + β·C.
  func multiply(
    _ a: BlockCyclicMatrix, transposed: Bool, _ b: BlockCyclicMatrix, transposed: Bool, by alpha: Double,
    plus beta: Double, _ c: BlockCyclicMatrix)
  func norm(_ a: BlockCyclicMatrix, _ kind: BlockCyclicNorm) -> Double

  /// A becomes its factors and B the solution of A·X = B.
  ///
  /// - Parameter norm: A's ``BlockCyclicNorm/one``.
  /// - Returns: the reciprocal condition number of A in that norm.
  func solve(
    _ a: BlockCyclicMatrix, _ b: BlockCyclicMatrix, norm: Double, isPositiveDefinite: Bool
  ) throws -> Double
  /// A's lower triangle becomes L of A = L·Lᵀ.
  func cholesky(_ a: BlockCyclicMatrix) throws
  /// A becomes the first min(rows, columns) columns of Q, and the upper triangle of `r` R.
  func qr(_ a: BlockCyclicMatrix, r: BlockCyclicMatrix) throws
  /// B, of as many rows as A's longer side has, becomes the solution of least squares in its first rows. A has full rank.
  func leastSquares(_ a: BlockCyclicMatrix, _ b: BlockCyclicMatrix) throws
  /// Eigenvalues of the symmetric A, smallest first, the same on all ranks; only its lower triangle is read, and lost.
  func symmetricEigen(_ a: BlockCyclicMatrix, vectors: BlockCyclicMatrix?) throws -> [Double]
  /// Singular values of A, largest first, the same on all ranks; A is lost.
  func singularValues(_ a: BlockCyclicMatrix, u: BlockCyclicMatrix?, vt: BlockCyclicMatrix?) throws -> [Double]
}

package enum BlockCyclicNorm: Sendable {
  /// The largest magnitude.
  case max
  /// The largest column sum of magnitudes.
  case one
  /// The largest row sum of magnitudes.
  case infinity
  case frobenius
}

/// What a routine found: LAPACK's positive `info`. What it means, its caller knows.
package struct BlockCyclicFailure: Error {
  package let info: Int
  package init(info: Int) { self.info = info }
}
