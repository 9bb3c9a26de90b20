// SPDX-License-Identifier: Apache-2.0
//
// Integer powers of a square matrix by repeated squaring: log₂ of the exponent squarings, and a product for each of its
// binary digits that is 1.

import MatrixCore

extension StridedReadable {
  /// Aᵏ; the identity for k = 0, also where A is singular. A negative power is that of the inverse, which loses digits as
  /// A is ill-conditioned: to apply one to something, solve k times instead.
  ///
  ///     try a.power(10)
  ///     try a.power(-2)                          // (A⁻¹)²
  ///
  /// - Throws: `shapeMismatch` where the matrix is not square, `notFinite`; `singular` for a negative k; `overflow` where
  ///   a power on the way passes the range of the element type; `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public func power(_ exponent: Int) throws(LinearAlgebraError) -> Matrix<Element> {
    try requireSquare(for: "a power")
    _ = try Int32(blas: rows, "the order of the matrix")
    var base = try finiteCopy()
    if exponent < 0 { base = try LUFactorization(inPlace: base).inverse() }
    var digits = exponent.magnitude
    var power: Matrix<Element>?
    while digits > 0 {
      if digits % 2 == 1 {
        if let sofar = power { power = try Product.of(sofar, base) } else { power = base }
      }
      digits /= 2
      if digits > 0 { base = try Product.of(base, base) }
    }
    guard let power else {
      setIdentity(&base)
      return base
    }
    try requireRepresentable(power, "the power")
    return power
  }
}
