// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's orthogonal factorizations over spans. LAPACK sees Aᵀ, so its L·Q of what it sees is our Q·R: its L is Rᵀ, its
// Q is Qᵀ, and its reflectors, one a row, are ours, one a column. Called by `QRFactorization`, inside `BLASLibrary.call`.

internal import COpenBLAS
import MatrixCore

@safe struct QRRoutines<Element: MatrixElement>: Sendable {
  typealias R = Routines<Element>

  let gelqf: @Sendable (R.Integer, R.Integer, R.Output, R.Integer, R.Output, R.Output, R.Integer, R.Info) -> Void
  let geqp3:
    @Sendable (R.Integer, R.Integer, R.Output, R.Integer, R.Info, R.Output, R.Output, R.Integer, R.Info) -> Void
  let orglq:
    @Sendable (R.Integer, R.Integer, R.Integer, R.Output, R.Integer, R.Input, R.Output, R.Integer, R.Info) -> Void
  let ormlq:
    @Sendable (
      R.Character, R.Character, R.Integer, R.Integer, R.Integer, R.Output, R.Integer, R.Input, R.Output, R.Integer,
      R.Output, R.Integer, R.Info, Int, Int
    ) -> Void

  /// A = Q·R in place, A of m×n, both at least 1: R on and above the diagonal, the reflectors below it, their factors in
  /// `scalars`, min(m, n) of them. `workspace` needs n elements, and n·32 to run at full speed.
  func factor(
    _ a: inout MutableSpan<Element>, rows m: Int32, columns n: Int32, scalars: inout [Element],
    workspace: inout [Element]
  ) throws(LinearAlgebraError) {
    precondition(m > 0 && n > 0 && a.count == Int(m) * Int(n) && workspace.count >= Int(n))
    precondition(scalars.count == Int(min(m, n)))
    var (m, n) = (m, n)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe a.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      unsafe gelqf(&n, &m, a, &n, &scalars, &workspace, &workCount, &info)
    }
    try requireAccepted(info, by: "gelqf")
  }

  /// A·P = Q·R in place of Aᵀ of n×m, so that LAPACK sees A. `order` is zeros before and columns of A, counted from 1,
  /// after. `workspace` needs 3·n + 1 elements, and 2·n + (n + 1)·32 to run at full speed.
  func factorPivoted(
    transposed a: inout MutableSpan<Element>, rows m: Int32, columns n: Int32, order: inout [Int32],
    scalars: inout [Element], workspace: inout [Element]
  ) throws(LinearAlgebraError) {
    precondition(m > 0 && n > 0 && a.count == Int(m) * Int(n) && workspace.count >= 3 * Int(n) + 1)
    precondition(scalars.count == Int(min(m, n)) && order.count == Int(n))
    var (m, n) = (m, n)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe a.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      unsafe geqp3(&m, &n, a, &m, &order, &scalars, &workspace, &workCount, &info)
    }
    try requireAccepted(info, by: "geqp3")
  }

  /// The first `columns` columns of Q in place of the reflectors, which stand below the diagonal of an m×`columns` matrix.
  /// `workspace` needs `columns` elements, and `columns`·32 to run at full speed.
  func formQ(
    _ q: inout MutableSpan<Element>, rows m: Int32, columns: Int32, scalars: [Element], workspace: inout [Element]
  ) throws(LinearAlgebraError) {
    precondition(columns > 0 && m >= columns && q.count == Int(m) * Int(columns) && workspace.count >= Int(columns))
    precondition(scalars.count <= Int(columns))
    var (m, columns) = (m, columns)
    var reflectors = Int32(clamping: scalars.count)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe q.withUnsafeMutableBufferPointer { q in
      guard let q = q.baseAddress else { return }
      unsafe orglq(&columns, &m, &reflectors, q, &columns, scalars, &workspace, &workCount, &info)
    }
    try requireAccepted(info, by: "orglq")
  }

  /// C ← op(Q)·C for C of m×`columns` and the m×n result of a factorization. `workspace` needs `columns` elements, and
  /// `columns`·32 + 65·64 to run at full speed.
  ///
  /// LAPACK writes ones on the diagonal of `factors` and puts back what was there: nobody may look at it meanwhile.
  func multiplyByQ(
    _ op: Transpose, _ factors: Span<Element>, rows m: Int32, columns n: Int32, scalars: [Element],
    _ c: inout MutableSpan<Element>, columns: Int32, workspace: inout [Element]
  ) throws(LinearAlgebraError) {
    precondition(m > 0 && n > 0 && columns > 0 && factors.count == Int(m) * Int(n))
    precondition(c.count == Int(m) * Int(columns) && scalars.count == Int(min(m, n)))
    precondition(workspace.count >= Int(columns))
    var (m, n, columns) = (m, n, columns)
    // (Q·C)ᵀ = Cᵀ·Qᵀ, and Qᵀ is LAPACK's Q, as it stands, to the right of what LAPACK sees of C.
    var side = letter("R")
    var transpose = letter(op == .asStored ? "N" : "T")
    var reflectors = Int32(clamping: scalars.count)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe factors.withUnsafeBufferPointer { factors in
      unsafe c.withUnsafeMutableBufferPointer { c in
        guard let factors = factors.baseAddress, let c = c.baseAddress else { return }
        unsafe ormlq(
          &side, &transpose, &columns, &m, &reflectors, UnsafeMutablePointer(mutating: factors), &n, scalars, c,
          &columns, &workspace, &workCount, &info, 1, 1)
      }
    }
    try requireAccepted(info, by: "ormlq")
  }
}

extension QRRoutines<Double> {
  init(_ table: weft_openblas_float64_qr) {
    unsafe self.init(gelqf: table.gelqf, geqp3: table.geqp3, orglq: table.orglq, ormlq: table.ormlq)
  }
}

extension QRRoutines<Float> {
  init(_ table: weft_openblas_float32_qr) {
    unsafe self.init(gelqf: table.gelqf, geqp3: table.geqp3, orglq: table.orglq, ormlq: table.ormlq)
  }
}
