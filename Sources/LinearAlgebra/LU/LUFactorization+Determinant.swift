// SPDX-License-Identifier: Apache-2.0
//
// det A is the product of L's diagonal, with a sign for every exchange.

import MatrixCore

extension LUFactorization {
  /// det A. 0 for a singular matrix, 1 for the empty one. Rounds to an infinity or to 0 only where det A itself is
  /// out of range; ``logDeterminant`` is then what to use.
  public var determinant: Element { Element(scaledDeterminant.value) }

  /// The sign of det A (-1, 0 or 1) and ln |det A| (-∞ for a singular matrix).
  public var logDeterminant: (sign: Int, logMagnitude: Double) {
    let determinant = scaledDeterminant
    return (determinant.sign, determinant.logMagnitude)
  }

  private var scaledDeterminant: ScaledProduct {
    var product = ScaledProduct()
    for i in 0..<order { product.multiply(by: Double(factors[i, i]) * (Int(pivots[i]) - 1 == i ? 1 : -1)) }
    return product
  }
}
