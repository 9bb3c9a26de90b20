// SPDX-License-Identifier: Apache-2.0
//
// The factors as matrices of their own, and their product: what `weft lu` writes and what the tests hold against A.

import MatrixCore

extension LUFactorization {
  /// L: n×n, lower triangular.
  ///
  /// - Throws: `outOfMemory`.
  public func lower() throws(LinearAlgebraError) -> Matrix<Element> {
    try Matrix(.lower, of: factors)
  }

  /// U: n×n, upper triangular with ones on its diagonal.
  ///
  /// - Throws: `outOfMemory`.
  public func upper() throws(LinearAlgebraError) -> Matrix<Element> {
    try Matrix(.upper, of: factors, unitDiagonal: true)
  }

  /// Which column of A stands where in L·U: column `j` of L·U is column `columnOrder[j]` of A.
  public var columnOrder: [Int] {
    var columns = Array(0..<order)
    for i in pivots.indices { columns.swapAt(i, Int(pivots[i]) - 1) }
    return columns
  }

  /// A again, up to rounding: L·U with its columns back in their places.
  ///
  /// - Throws: `overflow`, `outOfMemory`, `libraryUnavailable`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    var product = try lower()
    guard order > 0 else { return product }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    product.withMutableElements { elements in
      library.call(for: Element.self) { routines in
        routines.multiplyTriangular(&elements, rows: order, factors.elements, .unitUpper(.asStored), order: order)
        for i in pivots.indices.reversed() {
          routines.swapColumns(i, Int(pivots[i]) - 1, &elements, rows: order, columns: order)
        }
      }
    }
    try requireInRange(product, "the product of the factors")
    return product
  }
}
