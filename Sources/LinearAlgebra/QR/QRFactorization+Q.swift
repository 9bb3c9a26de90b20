// SPDX-License-Identifier: Apache-2.0
//
// Q as a matrix, and products with Q that never form it: from the reflectors, by LAPACK's orglq and ormlq.

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
    var q = try Matrix<Element>(forAnswer: Shape(ofAnswer: rows, count))
    guard !q.isEmpty else { return q }
    var workspace = [Element](repeating: 0, count: workCount)
    let library = try BLASLibrary.open()
    try q.withMutableElements { q throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        copyLeading(scalars.count, of: factors.elements, columns: self.columns, to: &q, columns: count)
        try routines.qr.formQ(&q, rows: m, columns: columns, scalars: scalars, workspace: &workspace)
      }
    }
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
    let workCount = try Self.workCount(forProductWithQ: c.columns)
    try c.requireFinite("the matrix to multiply by Q")
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
    try requireInRange(c, "the product with Q")
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

/// Copies the first `count` columns of one matrix to another of as many rows; the other columns there become zeros.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func copyLeading<Value: MatrixElement>(
  _ count: Int, of source: Span<Value>, columns: Int, to target: inout MutableSpan<Value>, columns targetColumns: Int
) {
  precondition(count <= columns && count <= targetColumns && source.count * targetColumns == target.count * columns)
  unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      guard let from = source.baseAddress, let to = target.baseAddress else { return }
      for i in 0..<(target.count / targetColumns) {
        let row = unsafe to + i * targetColumns
        unsafe row.update(from: from + i * columns, count: count)
        unsafe (row + count).update(repeating: 0, count: targetColumns - count)
      }
    }
  }
}
