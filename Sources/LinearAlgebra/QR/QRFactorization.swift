// SPDX-License-Identifier: Apache-2.0
//
// A = Q·R, or with column pivoting A·P = Q·R, by Householder reflections: the factor step, and what is stored. The steps
// that use it stand beside it, one file each: Q, solve, condition and rank, reconstruct.
//
// LAPACK is column-major, so a transposed copy goes in, and the factors stay in that order: the reflectors are rows, as
// LAPACK needs them for everything that follows. With pivoting it could not be otherwise, since LAPACK exchanges columns
// only. Without, the L·Q factorization of what LAPACK sees in A's own memory, Aᵀ = Rᵀ·Qᵀ, is the same factorization, and
// it was used first. Rejected: in OpenBLAS 0.3.21 gelqf takes 8.3, 49 and 291 ms for 500², 1000² and 2000² doubles where
// geqrf takes 5.4, 30 and 185, and orglq 8.7, 44 and 290 where orgqr takes 5.6, 26 and 182; the transposition takes 0.2
// to 2 ms at 500² and 1000², nearly all of it for fresh memory, which any copy needs.

import MatrixCore

/// An m×n matrix of any shape as Q·R, ready for least squares.
///
///     let qr = try QRFactorization(a)
///     let x = try qr.solve(b)                       // the X of smallest ‖A·X − B‖
///     try qr.q()                                    // m×min(m, n), with orthonormal columns
///     try qr.r()                                    // min(m, n)×n, upper triangular
///     try QRFactorization(a, pivoting: true).rank   // the number of independent columns
///
/// Diagonal elements of R may be negative: Q and R are unique up to those signs where A has full column rank.
public struct QRFactorization<Element: MatrixElement>: Sendable {
  /// Column `j` of Q·R is column `columnOrder[j]` of A. 0, 1, 2, … without pivoting.
  public let columnOrder: [Int]
  /// Whether columns were exchanged so that the diagonal of R falls in magnitude.
  public let isPivoted: Bool

  /// LAPACK's m×n result, a row of this matrix for each of its columns: R up to the diagonal, the reflectors after it. LAPACK
  /// scribbles on the diagonal while it applies them, so this is looked at inside `BLASLibrary.call` only.
  let factors: Matrix<Element>
  /// The diagonal of R.
  let diagonal: [Element]
  /// LAPACK's tau: a reflector is 1 − tau·v·vᵀ.
  let scalars: [Element]

  /// Rows of the matrix.
  public var rows: Int { factors.columns }
  /// Columns of the matrix.
  public var columns: Int { factors.rows }

  /// Factors a copy of `a`, m×n of any shape, in 2·n²·(m − n/3) operations where m ≥ n: Householder reflections in blocks
  /// (Schreiber and Van Loan 1989, A storage-efficient WY representation for products of Householder transformations). With
  /// pivoting, where the longest column that is left comes next (Businger and Golub 1965, Linear least squares solutions by
  /// Householder transformations), the same number takes several times as long.
  ///
  /// Q·R is exact for a matrix that differs from A by a small multiple of m·n·ε, column by column (Higham, Accuracy and
  /// Stability of Numerical Algorithms, 2nd ed., Theorem 19.4).
  ///
  /// - Throws: `notFinite`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`. A matrix without full rank is
  ///   not an error here.
  public init(_ a: some StridedReadable<Element>, pivoting: Bool = false) throws(LinearAlgebraError) {
    let limits = try Self.limits(a.shape, pivoting: pivoting)
    try self.init(transposed: Matrix(finiteTransposeOf: a, "the matrix"), limits, pivoting: pivoting)
  }

  /// Factors `a` without pivoting. A square matrix that nobody else holds is transposed and factored in its own memory:
  /// `QRFactorization(inPlace: consume a)` copies nothing. Of another shape there is one copy, as in ``init(_:pivoting:)``;
  /// rejected: following the cycles of that permutation, which crosses the whole memory for each element.
  ///
  /// - Throws: as ``init(_:pivoting:)``.
  public init(inPlace a: consuming Matrix<Element>) throws(LinearAlgebraError) {
    let limits = try Self.limits(a.shape, pivoting: false)
    if a.rows == a.columns {
      try a.requireFinite("the matrix")
      a.transpose()
    } else {
      a = try Matrix(finiteTransposeOf: a, "the matrix")
    }
    try self.init(transposed: a, limits, pivoting: false)
  }

  /// Factors the matrix whose transpose is `factors`, in that memory.
  private init(
    transposed factors: consuming Matrix<Element>, _ limits: (m: Int32, n: Int32, workspaceCount: Int), pivoting: Bool
  ) throws(LinearAlgebraError) {
    let (m, n, workspaceCount) = limits
    var order = [Int32](repeating: 0, count: pivoting ? factors.rows : 0)
    var scalars = [Element](repeating: 0, count: min(factors.rows, factors.columns))
    if m > 0, n > 0 {
      var workspace = [Element](repeating: 0, count: workspaceCount)
      let library = try BLASLibrary.open()
      try factors.withMutableElements { elements throws(LinearAlgebraError) in
        try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
          if pivoting {
            try routines.qr.factorPivoted(
              transposed: &elements, rows: m, columns: n, order: &order, scalars: &scalars, workspace: &workspace)
          } else {
            try routines.qr.factor(
              transposed: &elements, rows: m, columns: n, scalars: &scalars, workspace: &workspace)
          }
        }
      }
    }
    try factors.requireFiniteUpperFactor()
    diagonal = scalars.indices.map { factors[$0, $0] }
    columnOrder = pivoting && m > 0 ? order.map { Int($0) - 1 } : Array(0..<factors.rows)
    isPivoted = pivoting
    self.factors = factors
    self.scalars = scalars
  }

  /// Sides and workspace, with LAPACK's block size of 32 (ilaenv): asked for before anything is read or copied.
  static func limits(
    _ shape: Shape, pivoting: Bool
  ) throws(LinearAlgebraError) -> (m: Int32, n: Int32, workspaceCount: Int) {
    let m = try Int32(blas: shape.rows, "the number of rows")
    let n = try Int32(blas: shape.columns, "the number of columns")
    let count = pivoting ? 2 * shape.columns + (shape.columns + 1) * 32 : shape.columns * 32
    _ = try Int32(blas: count, "the workspace of QR")
    return (m, n, count)
  }
}
