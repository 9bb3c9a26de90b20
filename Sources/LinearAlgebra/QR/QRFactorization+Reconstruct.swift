// SPDX-License-Identifier: Apache-2.0
//
// Q·R with its columns back in their places: what the tests hold against A.

import MatrixCore

extension QRFactorization {
  /// A again, up to rounding.
  ///
  /// - Throws: `outOfMemory`, `libraryUnavailable`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    var product = try Matrix(.upper, of: r(), rows: rows)
    try applyQ(to: &product)
    guard isPivoted, !product.isEmpty else { return product }
    product.withMutableElements { placeColumns(of: &$0, at: columnOrder) }
    return product
  }
}

/// Column `order[j]` becomes what column `j` was.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func placeColumns<Value: MatrixElement>(of elements: inout MutableSpan<Value>, at order: [Int]) {
  var row = [Value](repeating: 0, count: order.count)
  for start in stride(from: 0, to: elements.count, by: order.count) {
    for j in order.indices { row[order[j]] = elements[start + j] }
    for j in order.indices { elements[start + j] = row[j] }
  }
}
