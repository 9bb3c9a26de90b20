// SPDX-License-Identifier: Apache-2.0
//
// det A is the product of L's diagonal, with a sign for every exchange. The product of n pivots leaves the range of a
// double long before the determinant does, or the other way round, so exponents are added as integers.

import Glibc
import MatrixCore

extension LUFactorization {
  /// det A. 0 for a singular matrix, 1 for the empty one. Rounds to an infinity or to 0 only where det A itself is
  /// out of range; ``logDeterminant`` is then what to use.
  public var determinant: Element {
    let (significand, exponent) = scaledDeterminant
    return Element(scalbn(significand, Int32(clamping: exponent)))
  }

  /// The sign of det A (-1, 0 or 1) and ln |det A| (-∞ for a singular matrix).
  public var logDeterminant: (sign: Int, logMagnitude: Double) {
    let (significand, exponent) = scaledDeterminant
    let sign = significand > 0 ? 1 : significand < 0 ? -1 : 0
    return (sign, log(significand.magnitude) + Double(exponent) * 0x1.62e42fefa39efp-1)  // ln 2
  }

  /// det A = significand · 2^exponent, with 1 ≤ |significand| < 2, or 0.
  private var scaledDeterminant: (significand: Double, exponent: Int) {
    var significand = 1.0
    var exponent = 0
    for i in 0..<order {
      let pivot = Double(factors[i, i])
      guard pivot != 0, pivot.isFinite else { return (pivot.isFinite ? 0 : .nan, 0) }
      significand *= pivot.significand * (pivot < 0 ? -1 : 1) * (Int(pivots[i]) - 1 == i ? 1 : -1)
      exponent += Int(pivot.exponent) + Int(significand.exponent)
      significand = significand < 0 ? -significand.significand : significand.significand
    }
    return (significand, exponent)
  }
}
