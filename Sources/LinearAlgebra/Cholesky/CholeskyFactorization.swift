// SPDX-License-Identifier: Apache-2.0
//
// A = L·Lᵀ for a symmetric positive definite A: the factor step, and what is stored. The steps that use it stand beside
// it, one file each: solve, inverse, determinant, condition, reconstruct.
//
// Only the lower triangle of A is read, as in LAPACK and NumPy: that is half the memory, and a matrix that is symmetric
// up to rounding has one meaning. Rejected: a check that both triangles agree. It reads the other half in the worst
// order and takes a tolerance that nobody can know here. What a wrong triangle does shows in the solution, as its
// `backwardError` against all of A, and `LinearSystem` asks for it.
//
// LAPACK sees the lower triangle as the upper one of Aᵀ = A and finds A = Uᵀ·U; U in its memory is L in ours.

import MatrixCore

/// A symmetric positive definite matrix as L·Lᵀ, ready to solve with: half the work of LU, and no pivots are needed.
///
///     let cholesky = try CholeskyFactorization(a)   // reads the lower triangle of A, and no other element
///     let x = try cholesky.solve(b)                 // A·X = B, any number of columns
///     try cholesky.lower()                          // L
///
/// The attempt is also the cheapest test for being positive definite.
public struct CholeskyFactorization<Element: MatrixElement>: Sendable {
  /// L on and below the diagonal; above it whatever was there, which is never read. (Zeros there made the pass before LAPACK
  /// write as much as it reads.)
  let factors: Matrix<Element>
  /// ‖A‖₁ of the matrix that was factored: the largest sum of magnitudes in a column.
  public let norm: Element

  /// Rows and columns of the matrix.
  public var order: Int { factors.rows }

  /// Factors a copy of the lower triangle of `a`, in n³/3 operations. What is above the diagonal may be anything.
  ///
  /// L·Lᵀ differs from A by at most about n·ε per aᵢᵢ (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
  /// Theorem 10.3).
  ///
  /// - Throws: `notPositiveDefinite` with the order of the leading minor that is not positive; `shapeMismatch` where `a`
  ///   is not square, `notFinite`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public init(_ a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    try a.requireSquare(for: "Cholesky factorization")
    var triangle = try Matrix<Element>(forAnswer: a.shape)
    let sums = triangle.withMutableElements {
      copyLowerTriangle(of: a.strided, rowStride: a.rowStride, to: &$0, order: a.rows)
    }
    try self.init(triangle: triangle, columnSums: sums)
  }

  /// Factors `a` in its own memory, where nobody else holds it: `CholeskyFactorization(inPlace: consume a)` copies
  /// nothing.
  ///
  /// - Throws: as ``init(_:)``.
  public init(inPlace a: consuming Matrix<Element>) throws(LinearAlgebraError) {
    try a.requireSquare(for: "Cholesky factorization")
    let sums = columnSumsOfSymmetric(a.elements, order: a.rows)
    try self.init(triangle: a, columnSums: sums)
  }

  /// Factors a triangle; what is above its diagonal stays there.
  private init(triangle a: consuming Matrix<Element>, columnSums: [Element]) throws(LinearAlgebraError) {
    norm = try a.finiteNorm(of: columnSums, isLowerTriangle: true)
    let order = try Int32(blas: a.rows, "the order of the matrix")
    if order > 0 {
      let library = try BLASLibrary.open()
      let info = try a.withMutableElements { elements throws(LinearAlgebraError) in
        try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
          try routines.cholesky.factor(&elements, order: order)
        }
      }
      try a.requirePositiveDiagonal(info: Int(info))
    }
    factors = a
  }

  /// L: n×n, lower triangular with a positive diagonal.
  ///
  /// - Throws: `outOfMemory`.
  public func lower() throws(LinearAlgebraError) -> Matrix<Element> { try Matrix(.lower, of: factors) }
}

extension Matrix {
  /// LAPACK stops at a pivot that is not positive, but a NaN passes its test. It comes from infinities, and in a positive
  /// definite matrix no |lᵢⱼ| passes √aᵢᵢ. So it means the same.
  fileprivate func requirePositiveDiagonal(info: Int) throws(LinearAlgebraError) {
    guard let minor = info > 0 ? info : (0..<rows).first(where: { !self[$0, $0].isFinite }).map({ $0 + 1 }) else {
      return
    }
    throw LinearAlgebraError(
      .notPositiveDefinite,
      "the matrix is not positive definite: its leading minor of order \(minor) (of \(rows)) is not positive. "
        + "Factor it by LU; or, where it should be positive definite and lost that to rounding, "
        + "add a small multiple of its norm to the diagonal",
      minor: minor)
  }
}
