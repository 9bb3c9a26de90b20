// SPDX-License-Identifier: Apache-2.0
// A matrix whose rows may lie further apart than they are long: a part of a larger one. What BLAS calls a leading
// dimension; LinearAlgebra takes its operands in this form, so that a slice is never copied before it is used.

/// A dense, row-major matrix that can be read: row `i` is contiguous and starts `i * rowStride` elements after row 0.
public protocol StridedReadable<Element>: Sendable {
  associatedtype Element: MatrixElement

  var shape: Shape { get }

  /// Elements from the start of one row to the start of the next: `shape.columns` at least.
  var rowStride: Int { get }

  /// Everything from the first element to the last, what lies between the rows included: borrowed, not copied.
  /// `(rows - 1) * rowStride + columns` elements, or none where the matrix is empty.
  var strided: Span<Element> { @_lifetime(borrow self) get }
}

extension StridedReadable {
  @inlinable public var rows: Int { shape.rows }
  @inlinable public var columns: Int { shape.columns }
  /// Elements in all: `rows * columns`.
  @inlinable public var count: Int { shape.count }
  public var isEmpty: Bool { shape.isEmpty }
  public var elementType: ElementType { Element.elementType }
  /// Bytes of all elements.
  public var byteCount: Int { shape.byteCount(of: Element.elementType) }

  /// The element in row `i` and column `j`, both counted from 0. An index outside the shape is a programming error.
  @inlinable public subscript(_ i: Int, _ j: Int) -> Element {
    precondition(i >= 0 && i < rows && j >= 0 && j < columns, "matrix index out of range")
    return strided[i &* rowStride &+ j]
  }

  /// Row `i` without a copy. An index outside the shape is a programming error.
  @inlinable @_lifetime(borrow self)
  public func row(_ i: Int) -> Span<Element> {
    precondition(i >= 0 && i < rows, "matrix row out of range")
    return isEmpty ? strided : strided.extracting(i &* rowStride..<i &* rowStride &+ columns)
  }

  /// Copies the rows to memory that has room for `(rows - 1) * rowStride + columns` elements from `destination` on.
  @unsafe func copyRows(to destination: UnsafeMutablePointer<Element>, rowStride outStride: Int) {
    guard !isEmpty else { return }
    unsafe strided.withUnsafeBufferPointer { source in
      guard let source = source.baseAddress else { return }
      guard rowStride != columns || outStride != columns else {
        return unsafe destination.update(from: source, count: count)
      }
      for i in 0..<rows { unsafe (destination + i * outStride).update(from: source + i * rowStride, count: columns) }
    }
  }
}

extension MatrixReadable {
  @inlinable public var rowStride: Int { columns }
  @inlinable public var strided: Span<Element> { @_lifetime(borrow self) get { elements } }
}
