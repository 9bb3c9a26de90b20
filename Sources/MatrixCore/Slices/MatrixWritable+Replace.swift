// SPDX-License-Identifier: Apache-2.0
//
// Writing into a part of a matrix. A function, not an assignment to `m[rows:columns:]`: a setter would take slices of the
// same matrix type only, and reading, changing and writing back through one would copy the whole matrix.

extension MatrixWritable {
  /// Replaces these rows and columns by the elements of `other`, which has their shape. What is left out means all.
  ///
  ///     m.replace(rows: 0..<2, columns: 0..<2, with: block)
  ///     m.replace(columns: 3...3, with: m.column(0))              // a part of itself: taken as it was before
  ///
  /// A row or column outside the matrix and another shape are programming errors.
  public mutating func replace(
    rows: some RangeExpression<Int> = 0..., columns: some RangeExpression<Int> = 0...,
    with other: some StridedReadable<Element>
  ) {
    let part = self[rows: rows, columns: columns]
    let (partShape, offset, rowStride) = (part.shape, part.offset, part.rowStride)
    precondition(partShape == other.shape, "a matrix of \(other.shape) does not fill a part of \(partShape)")
    _ = consume part  // it shares this matrix's memory, which would be copied before it is written
    withMutableElements { elements in
      unsafe elements.withUnsafeMutableBufferPointer { elements in
        guard let base = elements.baseAddress else { return }
        unsafe other.copyRows(to: base + offset, rowStride: rowStride)
      }
    }
  }
}
