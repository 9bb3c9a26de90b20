// SPDX-License-Identifier: Apache-2.0
//
// A = L·U·P by Gaussian elimination with partial pivoting: the factor step, and what is stored. The steps that use it
// stand beside it, one file each: solve, inverse, determinant, condition, reconstruct.
//
// LAPACK is column-major, so it sees Aᵀ in the memory of a row-major A, and getrf gives Aᵀ = Sᵀ·L₀·U₀, where S is the
// product of its row exchanges. Transposed: A = U₀ᵀ·L₀ᵀ·S = L·U·S, with L lower triangular and U upper triangular with
// ones on its diagonal. Nothing was transposed: elimination ran over rows instead of columns and exchanged columns
// instead of rows, which bounds its growth in the same way. Rejected: transposing first, to get the more usual
// P·A = L·U with ones in L; it costs two passes over memory and buys another name for the same answer.

import MatrixCore

/// A square matrix as L·U with its columns exchanged, ready to solve with.
///
///     let lu = try LUFactorization(a)
///     let x = try lu.solve(b)                  // A·X = B, any number of columns
///     try lu.reciprocalCondition()             // about 1/κ₁(A): below ε, x has no correct digit
///
/// A singular matrix has a factorization too (``firstZeroPivot`` says so) and a determinant; it has no inverse.
public struct LUFactorization<Element: MatrixElement>: Sendable {
  /// Rows and columns of the matrix.
  public var order: Int { factors.rows }
  /// The first pivot that is exactly zero, counted from 0. Up to rounding, that row of A is then a combination of the
  /// rows above it. `nil` where every pivot differs from zero.
  public let firstZeroPivot: Int?
  /// ‖A‖₁ of the matrix that was factored: the largest sum of magnitudes in a column.
  public let norm: Element

  /// L on and below the diagonal; U above it, without its ones.
  let factors: Matrix<Element>
  /// LAPACK's: column `i` was exchanged with column `pivots[i] - 1`, for i = 0, 1, … in turn.
  let pivots: [Int32]

  /// Factors a copy of `a`, n×n, in (2/3)·n³ operations: Gaussian elimination with partial pivoting, recursively (Toledo
  /// 1997, Locality of reference in LU decomposition with partial pivoting).
  ///
  /// L·U·P differs from A by at most n·ε times |L|·|U|, element by element (Higham 2002, Accuracy and Stability of Numerical
  /// Algorithms, 2nd ed., Theorem 9.3): a small multiple of n·ε·‖A‖ unless the pivots grew.
  ///
  /// - Throws: `shapeMismatch` where `a` is not square; `notFinite`; `overflow` where a factor, or the reciprocal of a pivot
  ///   below the normal range, passes the range of the element type; `tooLarge`, `outOfMemory`, `libraryUnavailable`. A
  ///   singular matrix is not an error here.
  public init(_ a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    try a.requireSquare(for: "LU factorization")
    try self.init(inPlace: Matrix(workingCopyOf: a))
  }

  /// Factors `a` in its own memory, where nobody else holds it: `LUFactorization(inPlace: consume a)` copies nothing.
  ///
  /// - Throws: as ``init(_:)``.
  public init(inPlace a: consuming Matrix<Element>) throws(LinearAlgebraError) {
    try a.requireSquare(for: "LU factorization")
    norm = try a.finiteNorm(of: columnSumsOfMagnitudes(a.elements, columns: a.columns, rowStride: a.columns))
    let order = try Int32(blas: a.rows, "the order of the matrix")
    var pivots = [Int32](repeating: 0, count: a.rows)
    var info: Int32 = 0
    if order > 0 {
      let library = try BLASLibrary.open()
      info = try a.withMutableElements { elements throws(LinearAlgebraError) in
        try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
          try routines.factorLU(&elements, order: order, pivots: &pivots)
        }
      }
      try a.requireFiniteDiagonal()
    }
    firstZeroPivot = info > 0 ? Int(info) - 1 : nil
    self.pivots = pivots
    factors = a
  }

  /// - Throws: `singular` with the pivot, where there is no inverse for `operation`.
  func requireNonsingular(for operation: String) throws(LinearAlgebraError) {
    guard let pivot = firstZeroPivot else { return }
    throw LinearAlgebraError(
      .singular,
      "\(operation) is not possible: the matrix is singular, pivot \(pivot) of \(order) (counted from 0) is zero, "
        + "so row \(pivot) is a combination of the rows above it",
      pivot: pivot)
  }
}

extension Matrix {
  /// What leaves the range during elimination spreads along its row up to the diagonal, so that n elements tell of all n².
  /// OpenBLAS 0.3.21 needs no growth for that: it multiplies by the reciprocal of a pivot, and that of a number below the
  /// normal range is infinite.
  fileprivate func requireFiniteDiagonal() throws(LinearAlgebraError) {
    guard let place = (0..<rows).first(where: { !self[$0, $0].isFinite }) else { return }
    throw LinearAlgebraError(
      .overflow,
      "the factorization passes the range of \(Element.elementType) before pivot \(place) (counted from 0): "
        + "the matrix is nearly singular or badly scaled. Multiply rows by powers of two, or use singular values")
  }
}
