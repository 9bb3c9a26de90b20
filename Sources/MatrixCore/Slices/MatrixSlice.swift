// SPDX-License-Identifier: Apache-2.0
//
// A part of a matrix, rows by columns, where it lies: what arithmetic, reductions and LinearAlgebra take in the place of
// a matrix, so that a block or a column costs no copy. It reads; `replace(rows:columns:with:)` writes.

/// Some neighbouring rows and columns of a matrix, in the matrix's own memory.
///
///     let a = m[rows: 1..<4]                       // three rows, all columns
///     let b = m[rows: 0..<2, columns: 3...]        // two rows, from column 3 on
///     a[rows: 1...]                                // a slice of a slice is a slice of the same matrix
///     try Matrix(b)                                // a copy, in memory of its own
///
/// A slice is a value like its matrix: changing the matrix afterwards does not change the slice, it costs a copy of the
/// whole matrix. Let a slice go before you write, or copy it. Indices count from 0 in the slice itself.
public struct MatrixSlice<Base: StridedReadable>: StridedReadable, CustomStringConvertible, Equatable {
  public typealias Element = Base.Element

  /// The matrix that this is a part of.
  public let base: Base
  public let shape: Shape
  /// Elements of the base before the first one of this slice.
  @usableFromInline let offset: Int

  @inlinable public var rowStride: Int { base.rowStride }

  @inlinable public var strided: Span<Element> {
    @_lifetime(borrow self) get {
      let length = isEmpty ? 0 : (rows &- 1) &* rowStride &+ columns
      return base.strided.extracting(offset..<offset &+ length)
    }
  }

  init(_ base: Base, rows: Range<Int>, columns: Range<Int>) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= base.rows && columns.lowerBound >= 0
        && columns.upperBound <= base.columns,
      "rows \(rows), columns \(columns) are not all in a matrix of \(base.shape)")
    self.init(
      base, trusting: rows.count, columns.count,
      offset: rows.isEmpty || columns.isEmpty ? 0 : rows.lowerBound * base.rowStride + columns.lowerBound)
  }

  /// Sides that are known to be a part of the base's.
  private init(_ base: Base, trusting rows: Int, _ columns: Int, offset: Int) {
    self.base = base
    shape = Shape(trusting: rows, columns)
    self.offset = offset
  }

  public static func == (a: MatrixSlice, b: MatrixSlice) -> Bool { a.equal(to: b) }
}

extension StridedReadable {
  /// These rows and columns, without a copy. What is left out means all of them; a row or column outside the matrix is
  /// a programming error.
  public subscript(
    rows rows: some RangeExpression<Int> = 0..., columns columns: some RangeExpression<Int> = 0...
  ) -> MatrixSlice<Self> {
    MatrixSlice(self, rows: rows.relative(to: 0..<self.rows), columns: columns.relative(to: 0..<self.columns))
  }

  /// Column `j` as a matrix of one column, without a copy. An index outside the shape is a programming error.
  public func column(_ j: Int) -> MatrixSlice<Self> { self[columns: j...j] }
}

extension MatrixSlice {
  /// These rows and columns of the slice, counted from 0 in it: a slice of the same matrix.
  public subscript(
    rows rows: some RangeExpression<Int> = 0..., columns columns: some RangeExpression<Int> = 0...
  ) -> MatrixSlice<Base> {
    let inner = MatrixSlice<MatrixSlice<Base>>(
      self, rows: rows.relative(to: 0..<self.rows), columns: columns.relative(to: 0..<self.columns))
    return MatrixSlice(base, trusting: inner.rows, inner.columns, offset: inner.isEmpty ? 0 : offset + inner.offset)
  }

  /// Column `j` of the slice as a slice of the same matrix.
  public func column(_ j: Int) -> MatrixSlice<Base> { self[columns: j...j] }
}
