// SPDX-License-Identifier: Apache-2.0
// What every dense matrix offers for reading, whichever memory it lives in. Writers, checks, LinearAlgebra and the
// engine's inputs take `some MatrixReadable`; `Matrix` and `SharedMatrix` supply `shape` and `elements`, nothing else.

/// A dense matrix that can be read: row-major, contiguous, row `i` at elements `i * columns ..< (i + 1) * columns`.
public protocol MatrixReadable<Element>: StridedReadable {
  /// All elements, row after row, borrowed: no copy is made, and the compiler keeps the matrix alive and unchanged
  /// while the span is in use.
  var elements: Span<Element> { @_lifetime(borrow self) get }
}

// `@inlinable` throughout: these are called in element loops of the user's own code and of Weft's checks, and a generic
// accessor that is not specialized there costs two orders of magnitude (models.md, section 0).
extension MatrixReadable {
  /// The element in row `i` and column `j`, both counted from 0. An index outside the shape is a programming error.
  @inlinable public subscript(_ i: Int, _ j: Int) -> Element {
    elements[shape.offset(row: i, column: j)]
  }

  /// Row `i` without a copy. An index outside the shape is a programming error.
  @inlinable @_lifetime(borrow self)
  public func row(_ i: Int) -> Span<Element> {
    elements.extracting(shape.range(row: i))
  }

  /// Calls `body` with all elements, row after row; for callers that prefer a scope to a borrowed value.
  @inlinable
  public func withElements<R, E: Error>(_ body: (Span<Element>) throws(E) -> R) throws(E) -> R {
    try body(elements)
  }
}

extension Shape {
  @inlinable  // for `subscript`
  package func offset(row i: Int, column j: Int) -> Int {
    precondition(i >= 0 && i < rows && j >= 0 && j < columns, "matrix index out of range")
    return i &* columns &+ j  // below `count`, which fits
  }

  @inlinable  // for `row(_:)`
  package func range(row i: Int) -> Range<Int> {
    precondition(i >= 0 && i < rows, "matrix row out of range")
    return i &* columns..<(i &+ 1) &* columns
  }
}
