// SPDX-License-Identifier: Apache-2.0
//
// Q as a matrix, and products with Q that never form it: from the reflectors, by LAPACK's orgqr and ormqr.

import MatrixCore

extension QRFactorization {
  /// How many columns of Q: it is square, but with more rows than columns in A, R needs the first ones only.
  public enum Extent: Sendable {
    /// m×min(m, n): A·P = Q·R with this Q.
    case thin
    /// m×m: the further columns are orthogonal to all of A's.
    case full
  }

  /// Q, m×min(m, n) or m×m, with orthonormal columns: ‖Qᵀ·Q − 1‖ is a small multiple of m·ε. To multiply by it,
  /// ``applyQ(_:to:)`` is faster.
  ///
  /// - Throws: `tooLarge`, `outOfMemory`.
  public func q(_ extent: Extent = .thin) throws(LinearAlgebraError) -> Matrix<Element> {
    let count = extent == .thin ? scalars.count : rows
    let m = try Int32(blas: rows, "the number of rows")
    let columns = try Int32(blas: count, "the number of columns")
    let workCount = try Self.workCount(forQ: count)
    var q = try Matrix<Element>(forAnswer: Shape(ofAnswer: count, rows))
    guard !q.isEmpty else { return try Matrix(transposeOf: q) }
    var workspace = [Element](repeating: 0, count: workCount)
    let library = try BLASLibrary.open()
    try q.withMutableElements { q throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        copyLeading(scalars.count * rows, of: factors.elements, to: &q)
        try routines.qr.formQ(
          transposed: &q, rows: m, columns: columns, scalars: scalars, workspace: &workspace)
      }
    }
    guard count == rows else { return try Matrix(transposeOf: q) }
    q.transpose()
    return q
  }

  /// C ← op(Q)·C in place, with all m columns of Q: C is m×k.
  ///
  /// - Throws: `shapeMismatch` where C has not m rows, `notFinite`, `overflow`, `tooLarge`. After an `overflow` C is
  ///   lost; after any other error it is as it was.
  public func applyQ(
    _ transpose: Transpose = .asStored, to c: inout some MatrixWritable<Element>
  ) throws(LinearAlgebraError) {
    guard c.rows == rows else {
      throw LinearAlgebraError(
        .shapeMismatch, "Q of \(rows)×\(rows) cannot multiply a matrix of \(c.shape): it needs \(rows) rows")
    }
    _ = try Self.workCount(forProductWithQ: c.columns)
    try c.requireFinite("the matrix to multiply by Q")
    try multiplyByQ(transpose, &c)
    try requireInRange(c, "the product with Q")
  }

  /// C ← op(Q)·C for a finite C of m rows. What leaves the range is for the caller to find.
  ///
  /// - Throws: `tooLarge`.
  func multiplyByQ(_ transpose: Transpose, _ c: inout some MatrixWritable<Element>) throws(LinearAlgebraError) {
    let workCount = try Self.workCount(forProductWithQ: c.columns)
    guard !c.isEmpty, !scalars.isEmpty else { return }
    let m = try Int32(blas: rows, "the number of rows")
    let n = try Int32(blas: self.columns, "the number of columns")
    let columns = try Int32(blas: c.columns, "the number of columns")
    var workspace = [Element](repeating: 0, count: workCount)
    let library = try BLASLibrary.open()
    try c.withMutableElements { c throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        try routines.qr.multiplyByQ(
          transpose, factors.elements, rows: m, columns: n, scalars: scalars, &c, columns: columns,
          workspace: &workspace)
      }
    }
  }

  /// LAPACK's block size of 32 (ilaenv) times the columns of Q.
  ///
  /// - Throws: `tooLarge`.
  static func workCount(forQ columns: Int) throws(LinearAlgebraError) -> Int {
    let count = columns * 32
    _ = try Int32(blas: count, "the workspace of Q")
    return count
  }

  /// As for Q itself, and room for a block reflector.
  ///
  /// - Throws: `tooLarge`.
  static func workCount(forProductWithQ columns: Int) throws(LinearAlgebraError) -> Int {
    let count = columns * 32 + 65 * 64
    _ = try Int32(blas: count, "the workspace of a product with Q")
    return count
  }
}

/// Copies the first `count` elements; the other elements of the target become zeros.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func copyLeading<Value: MatrixElement>(
  _ count: Int, of source: Span<Value>, to target: inout MutableSpan<Value>
) {
  precondition(count <= source.count && count <= target.count)
  unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      guard let to = target.baseAddress else { return }
      if let from = source.baseAddress { unsafe to.update(from: from, count: count) }
      unsafe (to + count).update(repeating: 0, count: target.count - count)
    }
  }
}
