// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's orthogonal factorizations over spans, in LAPACK's order: a matrix comes and goes as the rows of its transpose,
// and only what Q is multiplied by as it is. Called by `QRFactorization`, inside `BLASLibrary.call`.

internal import COpenBLAS
import MatrixCore

@safe struct QRRoutines<Element: MatrixElement>: Sendable {
  typealias R = Routines<Element>

  let geqrf: @Sendable (R.Integer, R.Integer, R.Output, R.Integer, R.Output, R.Output, R.Integer, R.Info) -> Void
  let geqp3:
    @Sendable (R.Integer, R.Integer, R.Output, R.Integer, R.Info, R.Output, R.Output, R.Integer, R.Info) -> Void
  let orgqr:
    @Sendable (R.Integer, R.Integer, R.Integer, R.Output, R.Integer, R.Input, R.Output, R.Integer, R.Info) -> Void
  let ormqr:
    @Sendable (
      R.Character, R.Character, R.Integer, R.Integer, R.Integer, R.Output, R.Integer, R.Input, R.Output, R.Integer,
      R.Output, R.Integer, R.Info, Int, Int
    ) -> Void

  /// A = Q·R in place of Aᵀ, A of m×n, both at least 1: R on and above the diagonal, the reflectors below it, their factors
  /// in `scalars`, min(m, n) of them. `workspace` needs n elements, and n·32 to run at full speed.
  func factor(
    transposed a: inout MutableSpan<Element>, rows m: Int32, columns n: Int32, scalars: inout [Element],
    workspace: inout [Element]
  ) throws(LinearAlgebraError) {
    precondition(m > 0 && n > 0 && a.count == Int(m) * Int(n) && workspace.count >= Int(n))
    precondition(scalars.count == Int(min(m, n)))
    var (m, n) = (m, n)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe a.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      unsafe geqrf(&m, &n, a, &m, &scalars, &workspace, &workCount, &info)
    }
    try requireAccepted(info, by: "geqrf")
  }

  /// A·P = Q·R, likewise. `order` is zeros before and columns of A, counted from 1,
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

  /// The first `columns` columns of Q, each a row, in place of the reflectors of an m×`columns` matrix. `workspace` needs `columns` elements, and `columns`·32 to run at full speed.
  func formQ(
    transposed q: inout MutableSpan<Element>, rows m: Int32, columns: Int32, scalars: [Element],
    workspace: inout [Element]
  ) throws(LinearAlgebraError) {
    precondition(columns > 0 && m >= columns && q.count == Int(m) * Int(columns) && workspace.count >= Int(columns))
    precondition(scalars.count <= Int(columns))
    var (m, columns) = (m, columns)
    var reflectors = Int32(clamping: scalars.count)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe q.withUnsafeMutableBufferPointer { q in
      guard let q = q.baseAddress else { return }
      unsafe orgqr(&m, &columns, &reflectors, q, &m, scalars, &workspace, &workCount, &info)
    }
    try requireAccepted(info, by: "orgqr")
  }

  /// C ← op(Q)·C for C of m×`columns`, row by row, and the result of the factorization of an m×n matrix. `workspace` needs `columns` elements, and
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
    var (m, columns) = (m, columns)
    // LAPACK sees Cᵀ, which stays as it is: (Q·C)ᵀ = Cᵀ·Qᵀ, with the other flag on the other side.
    var side = letter("R")
    var transpose = letter(op == .asStored ? "T" : "N")
    var reflectors = Int32(clamping: scalars.count)
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe factors.withUnsafeBufferPointer { factors in
      unsafe c.withUnsafeMutableBufferPointer { c in
        guard let factors = factors.baseAddress, let c = c.baseAddress else { return }
        unsafe ormqr(
          &side, &transpose, &columns, &m, &reflectors, UnsafeMutablePointer(mutating: factors), &m, scalars, c,
          &columns, &workspace, &workCount, &info, 1, 1)
      }
    }
    try requireAccepted(info, by: "ormqr")
  }
}

extension QRRoutines<Double> {
  init(_ table: weft_openblas_float64_qr) {
    unsafe self.init(geqrf: table.geqrf, geqp3: table.geqp3, orgqr: table.orgqr, ormqr: table.ormqr)
  }
}

extension QRRoutines<Float> {
  init(_ table: weft_openblas_float32_qr) {
    unsafe self.init(geqrf: table.geqrf, geqp3: table.geqp3, orgqr: table.orgqr, ormqr: table.ormqr)
  }
}
