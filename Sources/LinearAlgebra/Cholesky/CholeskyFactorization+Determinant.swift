// SPDX-License-Identifier: Apache-2.0
//
// det A = (det L)², and det L is the product of its diagonal.

import MatrixCore

extension CholeskyFactorization {
  /// det A, positive. Rounds to an infinity or to 0 only where det A itself is out of range; ``logDeterminant`` is then
  /// what to use. 1 for the empty matrix.
  public var determinant: Element { Element(scaledDeterminant.value) }

  /// ln det A.
  public var logDeterminant: Double { scaledDeterminant.logMagnitude }

  private var scaledDeterminant: ScaledProduct {
    var product = ScaledProduct()
    for i in 0..<order {
      product.multiply(by: Double(factors[i, i]))
      product.multiply(by: Double(factors[i, i]))
    }
    return product
  }
}
