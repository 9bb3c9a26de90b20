// SPDX-License-Identifier: Apache-2.0
//
// R as a matrix of its own, out of LAPACK's factors: transposed, without the reflectors, and known to be finite, in one
// pass.

import MatrixCore

extension Matrix {
  /// R of m×n factors that are stored as n rows of m elements: min(m, n)×n, with zeros below its diagonal.
  ///
  /// - Throws: `overflow` where an element is not finite. An infinity in a reflector comes from a norm that overflowed, and
  ///   that norm is in R; `outOfMemory`.
  init(upperFactorOf factors: borrowing Matrix<Element>) throws(LinearAlgebraError) {
    let (m, n) = (factors.columns, factors.rows)
    try self.init(forAnswer: Shape(ofAnswer: min(m, n), n))
    let sum = withMutableElements { copyUpperFactor(of: factors.elements, rows: m, columns: n, to: &$0) }
    if !sum.isFinite { try requireInRange(self, "the factorization") }
  }
}

/// By strips of as many rows as a block of the transposition has: from each, what is right of the strip's own corner. The
/// reflectors in the square at that corner are copied too, and then overwritten by zeros.
///
/// - Returns: a sum over all elements that were copied: where it is finite, so is each of them.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func copyUpperFactor<Value: MatrixElement>(
  of factors: Span<Value>, rows m: Int, columns n: Int, to r: inout MutableSpan<Value>
) -> Value {
  let strip = 128
  let k = min(m, n)
  precondition(factors.count == m * n && r.count == k * n)
  var sum: Value = 0
  unsafe r.withUnsafeMutableBufferPointer { r in
    guard let base = r.baseAddress else { return }
    for top in stride(from: 0, to: k, by: strip) {
      let bottom = min(top + strip, k)
      let corner = unsafe UnsafeMutableBufferPointer(rebasing: r[(top * n + top)...])
      var target = unsafe corner.mutableSpan
      sum += copyTransposedSumming(
        factors.extracting((top * m + top)...), rowStride: m, rows: n - top, columns: bottom - top, into: &target,
        rowStride: n)
      for i in top..<bottom { unsafe (base + i * n).update(repeating: 0, count: i) }
    }
  }
  return sum
}
