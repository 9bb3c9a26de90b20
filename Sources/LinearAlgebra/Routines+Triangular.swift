// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's triangular routines over spans. Our lower triangle is the upper one of what LAPACK sees, and the other way
// round. Called by `TriangularMatrix` and `QRFactorization`, inside `BLASLibrary.call`.

internal import COpenBLAS
import MatrixCore

@safe struct TriangularRoutines<Element: MatrixElement>: Sendable {
  typealias R = Routines<Element>

  let trtri: @Sendable (R.Character, R.Character, R.Integer, R.Output, R.Integer, R.Info, Int, Int) -> Void
  let trcon:
    @Sendable (
      R.Character, R.Character, R.Character, R.Integer, R.Input, R.Integer, R.Output, R.Output, R.Info, R.Info, Int,
      Int, Int
    ) -> Void

  /// T⁻¹ in place, where no diagonal element is zero.
  func invert(_ t: inout MutableSpan<Element>, _ triangle: Triangle, unitDiagonal: Bool, order n: Int32)
    throws(LinearAlgebraError)
  {
    precondition(n > 0 && t.count == Int(n) * Int(n))
    var order = n
    var triangle = triangle.letterSeenByLAPACK
    var diagonal = letter(unitDiagonal ? "U" : "N")
    var info: Int32 = 0
    unsafe t.withUnsafeMutableBufferPointer { t in
      guard let t = t.baseAddress else { return }
      unsafe trtri(&triangle, &diagonal, &order, t, &order, &info, 1, 1)
    }
    try requireAccepted(info, by: "trtri")
  }

  /// An estimate of 1 / (‖op(T)‖₁·‖op(T)⁻¹‖₁).
  func reciprocalCondition(
    _ op: Transpose, _ t: Span<Element>, _ triangle: Triangle, unitDiagonal: Bool = false, order n: Int32,
    rowStride: Int32
  ) throws(LinearAlgebraError) -> Element {
    precondition(n > 0 && t.count >= elementCount((n, n), rowStride))
    var order = n
    var stride = rowStride
    // LAPACK sees Tᵀ, whose ∞-norm is the 1-norm of T.
    var norm = letter(op == .asStored ? "I" : "1")
    var triangle = triangle.letterSeenByLAPACK
    var diagonal = letter(unitDiagonal ? "U" : "N")
    var workspace = [Element](repeating: 0, count: 3 * Int(n))
    var integers = [Int32](repeating: 0, count: Int(n))
    var estimate: Element = 0
    var info: Int32 = 0
    unsafe t.withUnsafeBufferPointer { t in
      guard let t = t.baseAddress else { return }
      unsafe trcon(
        &norm, &triangle, &diagonal, &order, t, &stride, &estimate, &workspace, &integers, &info, 1, 1, 1)
    }
    try requireAccepted(info, by: "trcon")
    return estimate
  }
}

extension TriangularRoutines<Double> {
  init(_ table: weft_openblas_float64_triangular) { unsafe self.init(trtri: table.trtri, trcon: table.trcon) }
}

extension TriangularRoutines<Float> {
  init(_ table: weft_openblas_float32_triangular) { unsafe self.init(trtri: table.trtri, trcon: table.trcon) }
}
