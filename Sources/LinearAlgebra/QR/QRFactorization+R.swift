// SPDX-License-Identifier: Apache-2.0
//
// R out of LAPACK's factors: looked at where it stands, and as a matrix of its own where that is asked for. Rejected: making
// that matrix with the factorization. Nothing here needs it, and its fresh memory took 7 % of the time of 2000².

import MatrixCore

extension QRFactorization {
  /// R: min(m, n)×n, upper triangular, or upper trapezoidal where the matrix has more columns than rows.
  ///
  /// - Throws: `outOfMemory`, `libraryUnavailable`.
  public func r() throws(LinearAlgebraError) -> Matrix<Element> {
    var r = try Matrix<Element>(forAnswer: Shape(ofAnswer: scalars.count, columns))
    guard !r.isEmpty else { return r }
    let library = try BLASLibrary.open()
    r.withMutableElements { r in
      library.call(for: Element.self) { _ in
        copyUpperFactor(of: factors.elements, rows: rows, columns: columns, to: &r)
      }
    }
    return r
  }
}

extension Matrix {
  /// Looks at R where these are the factors of an m×n matrix, n rows of m elements.
  ///
  /// - Throws: `overflow` where an element is not finite. An infinity in a reflector comes from a norm that overflowed, and
  ///   that norm is in R.
  func requireFiniteUpperFactor() throws(LinearAlgebraError) {
    for j in 0..<rows {
      guard indexOfFirstNonFinite(row(j).extracting(..<min(j + 1, columns))) == nil else {
        throw outOfRange("the factorization", Element.elementType)
      }
    }
  }
}

/// By strips of as many rows as a block of the transposition has: from each, what is right of the strip's own corner. The
/// reflectors in the square at that corner are copied too, and then overwritten by zeros.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func copyUpperFactor<Value: MatrixElement>(
  of factors: Span<Value>, rows m: Int, columns n: Int, to r: inout MutableSpan<Value>
) {
  let strip = 128
  let k = min(m, n)
  precondition(factors.count == m * n && r.count == k * n)
  unsafe r.withUnsafeMutableBufferPointer { r in
    guard let base = r.baseAddress else { return }
    for top in stride(from: 0, to: k, by: strip) {
      let bottom = min(top + strip, k)
      let corner = unsafe UnsafeMutableBufferPointer(rebasing: r[(top * n + top)...])
      var target = unsafe corner.mutableSpan
      copyTransposed(
        factors.extracting((top * m + top)...), rowStride: m, rows: n - top, columns: bottom - top, into: &target,
        rowStride: n)
      for i in top..<bottom { unsafe (base + i * n).update(repeating: 0, count: i) }
    }
  }
}
