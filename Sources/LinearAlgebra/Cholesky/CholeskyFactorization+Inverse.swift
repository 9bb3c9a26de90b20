// SPDX-License-Identifier: Apache-2.0
//
// A⁻¹ from the factor, by LAPACK's potri, which computes one triangle; the other is its mirror image, to the bit.

import MatrixCore

extension CholeskyFactorization {
  /// A⁻¹, symmetric, in (2/3)·n³ operations. To apply an inverse to something, ``solve(_:)`` is faster and more accurate.
  ///
  /// - Throws: `overflow`, `outOfMemory`.
  public func inverse() throws(LinearAlgebraError) -> Matrix<Element> {
    var inverse = try Matrix(workingCopyOf: factors)
    guard order > 0 else { return inverse }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    try inverse.withMutableElements { elements throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        try routines.cholesky.invert(&elements, order: order)
      }
      mirrorLowerTriangle(&elements, order: self.order)
    }
    try requireInRange(inverse, "the inverse")
    return inverse
  }
}
