// SPDX-License-Identifier: Apache-2.0
//
// A⁻¹ from the factors, by LAPACK's getri. It inverts Aᵀ in column-major terms, which is A⁻¹ in row-major ones.

import MatrixCore

extension LUFactorization {
  /// A⁻¹, n×n, in (4/3)·n³ operations. To apply an inverse to something, ``solve(_:_:)`` is faster and more accurate.
  ///
  /// A·X differs from I by a small multiple of n·ε·‖A‖·‖X‖ (Du Croz and Higham 1992, Stability of methods for matrix
  /// inversion, method B).
  ///
  /// - Throws: `singular`, `overflow`, `tooLarge`, `outOfMemory`.
  public func inverse() throws(LinearAlgebraError) -> Matrix<Element> {
    try requireNonsingular(for: "the inverse")
    let workCount = try Self.workCount(forInverseOfOrder: order)
    let order = try Int32(blas: order, "the order of the matrix")
    var inverse = try Matrix(workingCopyOf: factors)
    guard order > 0 else { return inverse }
    var workspace = [Element](repeating: 0, count: workCount)
    let library = try BLASLibrary.open()
    try inverse.withMutableElements { elements throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        try routines.invertLU(&elements, order: order, pivots: pivots, workspace: &workspace)
      }
    }
    try requireInRange(inverse, "the inverse")
    return inverse
  }

  /// 64 columns at a time, LAPACK's block size for getri (ilaenv). Its own query would answer in the element type, and a
  /// float cannot hold every count above 2²⁴.
  ///
  /// - Throws: `tooLarge`.
  static func workCount(forInverseOfOrder order: Int) throws(LinearAlgebraError) -> Int {
    let count = order * 64
    _ = try Int32(blas: count, "the workspace of the inverse")
    return count
  }
}
