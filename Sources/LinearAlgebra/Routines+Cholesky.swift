// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's Cholesky routines over spans. All read and write the lower triangle only, which LAPACK sees as the upper one
// of a symmetric matrix. Called by `CholeskyFactorization`, inside `BLASLibrary.call`.

internal import COpenBLAS
import MatrixCore

@safe struct CholeskyRoutines<Element: MatrixElement>: Sendable {
  typealias R = Routines<Element>

  let potrf: @Sendable (R.Character, R.Integer, R.Output, R.Integer, R.Info, Int) -> Void
  let potrs: @Sendable (R.Character, R.Integer, R.Integer, R.Input, R.Integer, R.Output, R.Integer, R.Info, Int) -> Void
  let potri: @Sendable (R.Character, R.Integer, R.Output, R.Integer, R.Info, Int) -> Void
  let pocon:
    @Sendable (R.Character, R.Integer, R.Input, R.Integer, R.Input, R.Output, R.Output, R.Info, R.Info, Int) -> Void

  /// A = L·Lᵀ in place. The result is 0, or k where the leading minor of order k is the first that is not positive.
  func factor(_ a: inout MutableSpan<Element>, order n: Int32) throws(LinearAlgebraError) -> Int32 {
    precondition(n > 0 && a.count == Int(n) * Int(n))
    var order = n
    var triangle = Triangle.lower.letterSeenByLAPACK
    var info: Int32 = 0
    unsafe a.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      unsafe potrf(&triangle, &order, a, &order, &info, 1)
    }
    try requireAccepted(info, by: "potrf")
    return info
  }

  /// b ← A⁻¹·b for one right-hand side.
  func solve(_ factor: Span<Element>, order n: Int32, _ b: inout MutableSpan<Element>) throws(LinearAlgebraError) {
    precondition(n > 0 && factor.count == Int(n) * Int(n) && b.count == Int(n))
    var order = n
    var one: Int32 = 1
    var triangle = Triangle.lower.letterSeenByLAPACK
    var info: Int32 = 0
    unsafe factor.withUnsafeBufferPointer { factor in
      unsafe b.withUnsafeMutableBufferPointer { b in
        guard let factor = factor.baseAddress, let b = b.baseAddress else { return }
        unsafe potrs(&triangle, &order, &one, factor, &order, b, &order, &info, 1)
      }
    }
    try requireAccepted(info, by: "potrs")
  }

  /// The lower triangle of A⁻¹ in place of L. No diagonal element of L is zero, so it cannot fail.
  func invert(_ factor: inout MutableSpan<Element>, order n: Int32) throws(LinearAlgebraError) {
    precondition(n > 0 && factor.count == Int(n) * Int(n))
    var order = n
    var triangle = Triangle.lower.letterSeenByLAPACK
    var info: Int32 = 0
    unsafe factor.withUnsafeMutableBufferPointer { factor in
      guard let factor = factor.baseAddress else { return }
      unsafe potri(&triangle, &order, factor, &order, &info, 1)
    }
    try requireAccepted(info, by: "potri")
  }

  /// An estimate of 1 / (‖A‖₁·‖A⁻¹‖₁), from a finite factor and `norm` = ‖A‖₁.
  func reciprocalCondition(_ factor: Span<Element>, order n: Int32, norm: Element) throws(LinearAlgebraError)
    -> Element
  {
    precondition(n > 0 && factor.count == Int(n) * Int(n))
    var order = n
    var triangle = Triangle.lower.letterSeenByLAPACK
    var norm = norm
    var workspace = [Element](repeating: 0, count: 3 * Int(n))
    var integers = [Int32](repeating: 0, count: Int(n))
    var estimate: Element = 0
    var info: Int32 = 0
    unsafe factor.withUnsafeBufferPointer { factor in
      guard let factor = factor.baseAddress else { return }
      unsafe pocon(&triangle, &order, factor, &order, &norm, &estimate, &workspace, &integers, &info, 1)
    }
    try requireAccepted(info, by: "pocon")
    return estimate
  }
}

extension CholeskyRoutines<Double> {
  init(_ table: weft_openblas_float64_cholesky) {
    unsafe self.init(potrf: table.potrf, potrs: table.potrs, potri: table.potri, pocon: table.pocon)
  }
}

extension CholeskyRoutines<Float> {
  init(_ table: weft_openblas_float32_cholesky) {
    unsafe self.init(potrf: table.potrf, potrs: table.potrs, potri: table.potri, pocon: table.pocon)
  }
}
