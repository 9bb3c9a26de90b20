// SPDX-License-Identifier: Apache-2.0
//
// LAPACK over spans, in LAPACK's own terms: matrices are column-major, so what is row-major above is seen transposed
// here. Each function returns what LAPACK found; the factorizations say what it means. Called inside `BLASLibrary.call`.

import MatrixCore

extension Routines {
  /// A = P·L·U in place. The result is 0, or k where the k-th pivot, counted from 1, is the first that is exactly zero.
  func factorLU(_ a: inout MutableSpan<Element>, order n: Int32, pivots: inout [Int32]) throws(LinearAlgebraError)
    -> Int32
  {
    precondition(n > 0 && a.count == Int(n) * Int(n) && pivots.count == Int(n))
    var order = n
    var info: Int32 = 0
    unsafe a.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      unsafe getrf(&order, &order, a, &order, &pivots, &info)
    }
    try requireAccepted(info, by: "getrf")
    return info
  }

  /// b ← op(A)⁻¹·b for one right-hand side.
  func solveLU(
    _ factors: Span<Element>, order n: Int32, pivots: [Int32], _ transpose: Transpose, _ b: inout MutableSpan<Element>
  ) throws(LinearAlgebraError) {
    precondition(n > 0 && factors.count == Int(n) * Int(n) && pivots.count == Int(n) && b.count == Int(n))
    var order = n
    var one: Int32 = 1
    var flag: CChar = transpose == .asStored ? letter("N") : letter("T")
    var info: Int32 = 0
    unsafe factors.withUnsafeBufferPointer { factors in
      unsafe b.withUnsafeMutableBufferPointer { b in
        guard let factors = factors.baseAddress, let b = b.baseAddress else { return }
        unsafe getrs(&flag, &order, &one, factors, &order, pivots, b, &order, &info, 1)
      }
    }
    try requireAccepted(info, by: "getrs")
  }

  /// A⁻¹ in place of the factors. `workspace` needs at least n elements, and n·64 to run at full speed.
  func invertLU(_ factors: inout MutableSpan<Element>, order n: Int32, pivots: [Int32], workspace: inout [Element])
    throws(LinearAlgebraError)
  {
    precondition(n > 0 && factors.count == Int(n) * Int(n) && pivots.count == Int(n) && workspace.count >= Int(n))
    var order = n
    var workCount = Int32(clamping: workspace.count)
    var info: Int32 = 0
    unsafe factors.withUnsafeMutableBufferPointer { factors in
      guard let factors = factors.baseAddress else { return }
      unsafe getri(&order, factors, &order, pivots, &workspace, &workCount, &info)
    }
    try requireAccepted(info, by: "getri")
  }

  /// An estimate of 1 / (‖A‖·‖A⁻¹‖) in the ∞-norm, from finite factors and `norm` = ‖A‖.
  func reciprocalConditionLU(_ factors: Span<Element>, order n: Int32, norm: Element) throws(LinearAlgebraError)
    -> Element
  {
    precondition(n > 0 && factors.count == Int(n) * Int(n))
    var order = n
    var flag: CChar = letter("I")
    var norm = norm
    var workspace = [Element](repeating: 0, count: 4 * Int(n))
    var integers = [Int32](repeating: 0, count: Int(n))
    var estimate: Element = 0
    var info: Int32 = 0
    unsafe factors.withUnsafeBufferPointer { factors in
      guard let factors = factors.baseAddress else { return }
      unsafe gecon(&flag, &order, factors, &order, &norm, &estimate, &workspace, &integers, &info, 1)
    }
    try requireAccepted(info, by: "gecon")
    return estimate
  }
}

/// A flag as LAPACK takes it.
func letter(_ character: Unicode.Scalar) -> CChar { CChar(character.value) }
