// SPDX-License-Identifier: Apache-2.0
//
// A = Q·R, or with column pivoting A·P = Q·R, by Householder reflections: the factor step, and what is stored. The steps
// that use it stand beside it, one file each: Q, solve, condition and rank, reconstruct.
//
// LAPACK is column-major and sees Aᵀ in the memory of a row-major A. The L·Q factorization of Aᵀ is Aᵀ = Rᵀ·Qᵀ: the QR
// factorization of A, in the same memory, R above and the reflectors below the diagonal. Nothing is transposed.
//
// Pivoting is not so: it exchanges columns, and LAPACK has no L·Q that exchanges rows. There a transposed copy goes in
// and the factors are transposed back: the reflectors of both factorizations are the same vectors and Q is their product
// in the same order, so that everything after this file is common to both. The copies cost two passes over memory;
// pivoted QR makes min(m, n) of them, since half of its work is products of the matrix and one vector.

import MatrixCore

/// An m×n matrix of any shape as Q·R, ready for least squares.
///
///     let qr = try QRFactorization(a)
///     let x = try qr.solve(b)                       // the X of smallest ‖A·X − B‖
///     try qr.q()                                    // m×min(m, n), with orthonormal columns
///     qr.r                                          // min(m, n)×n, upper triangular
///     try QRFactorization(a, pivoting: true).rank   // the number of independent columns
///
/// Diagonal elements of R may be negative: Q and R are unique up to those signs where A has full column rank.
public struct QRFactorization<Element: MatrixElement>: Sendable {
  /// R: min(m, n)×n, upper triangular, or upper trapezoidal where the matrix has more columns than rows.
  public let r: Matrix<Element>
  /// Column `j` of Q·R is column `columnOrder[j]` of A. 0, 1, 2, … without pivoting.
  public let columnOrder: [Int]
  /// Whether columns were exchanged so that the diagonal of R falls in magnitude.
  public let isPivoted: Bool

  /// The reflectors below the diagonal of an m×n matrix. LAPACK scribbles on the diagonal while it applies them, so this
  /// is looked at inside `BLASLibrary.call` only.
  let factors: Matrix<Element>
  /// LAPACK's tau: a reflector is 1 − tau·v·vᵀ.
  let scalars: [Element]

  /// Rows of the matrix.
  public var rows: Int { factors.rows }
  /// Columns of the matrix.
  public var columns: Int { factors.columns }

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
    let (m, n, workspaceCount) = try Self.limits(a.shape, pivoting: pivoting)
    guard pivoting else {
      try self.init(inPlace: Matrix(workingCopyOf: a))
      return
    }
    try a.requireFinite("the matrix")
    var transposed = try Matrix(transposeOf: a)
    var order = [Int32](repeating: 0, count: a.columns)
    var scalars = [Element](repeating: 0, count: min(a.rows, a.columns))
    if m > 0, n > 0 {
      var workspace = [Element](repeating: 0, count: workspaceCount)
      let library = try BLASLibrary.open()
      try transposed.withMutableElements { elements throws(LinearAlgebraError) in
        try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
          try routines.qr.factorPivoted(
            transposed: &elements, rows: m, columns: n, order: &order, scalars: &scalars, workspace: &workspace)
        }
      }
    }
    let columnOrder = m > 0 ? order.map { Int($0) - 1 } : Array(0..<a.columns)
    try self.init(
      factors: Matrix(transposeOf: transposed), scalars: scalars, columnOrder: columnOrder, isPivoted: true)
  }

  /// Factors `a` without pivoting in its own memory, where nobody else holds it: `QRFactorization(inPlace: consume a)`
  /// copies only R.
  ///
  /// - Throws: as ``init(_:pivoting:)``.
  public init(inPlace a: consuming Matrix<Element>) throws(LinearAlgebraError) {
    let (m, n, workspaceCount) = try Self.limits(a.shape, pivoting: false)
    try a.requireFinite("the matrix")
    var scalars = [Element](repeating: 0, count: min(a.rows, a.columns))
    if m > 0, n > 0 {
      var workspace = [Element](repeating: 0, count: workspaceCount)
      let library = try BLASLibrary.open()
      try a.withMutableElements { elements throws(LinearAlgebraError) in
        try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
          try routines.qr.factor(&elements, rows: m, columns: n, scalars: &scalars, workspace: &workspace)
        }
      }
    }
    let columnOrder = Array(0..<a.columns)
    try self.init(factors: a, scalars: scalars, columnOrder: columnOrder, isPivoted: false)
  }

  private init(
    factors: Matrix<Element>, scalars: [Element], columnOrder: [Int], isPivoted: Bool
  ) throws(LinearAlgebraError) {
    r = try Matrix(.upper, of: factors, rows: scalars.count)
    // An infinity in a reflector comes from a norm that overflowed, and that norm is in R.
    try requireInRange(r, "the factorization")
    self.factors = factors
    self.scalars = scalars
    self.columnOrder = columnOrder
    self.isPivoted = isPivoted
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
