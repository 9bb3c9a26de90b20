// SPDX-License-Identifier: Apache-2.0
//
// L·Lᵀ: what the tests hold against A.

import MatrixCore

extension CholeskyFactorization {
  /// A again, up to rounding, with both triangles.
  ///
  /// - Throws: `outOfMemory`, `libraryUnavailable`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    var product = try lower()
    guard order > 0 else { return product }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    product.withMutableElements { elements in
      library.call(for: Element.self) { routines in
        routines.multiplyTriangular(&elements, rows: order, factors.elements, .lower(.transposed), order: order)
      }
    }
    return product
  }
}
