// SPDX-License-Identifier: Apache-2.0
//
// A product of many numbers. It leaves the range of a double long before the determinant that it is does, or the other
// way round, so exponents are added as integers.

import Glibc

/// significand · 2^exponent, with 1 ≤ |significand| < 2, or 0, or NaN.
struct ScaledProduct {
  private var significand = 1.0
  private var exponent = 0

  mutating func multiply(by factor: Double) {
    guard factor != 0, factor.isFinite, significand != 0 else {
      // A zero stays one and keeps its sign; what overflowed on the way has no meaning.
      significand = factor.isFinite && !significand.isNaN ? significand * 0 : .nan
      exponent = 0
      return
    }
    let product = significand * factor.significand
    exponent += Int(factor.exponent) + Int(product.exponent)
    significand = product.significand * (factor < 0 ? -1 : 1) * (product < 0 ? -1 : 1)
  }

  /// Rounds to an infinity or to 0 only where the product itself is out of range.
  var value: Double { scalbn(significand, Int32(clamping: exponent)) }
  /// -1, 0 or 1.
  var sign: Int { significand > 0 ? 1 : significand < 0 ? -1 : 0 }
  /// ln |product|
  var logMagnitude: Double { log(significand.magnitude) + Double(exponent) * 0x1.62e42fefa39efp-1 }  // ln 2
}
