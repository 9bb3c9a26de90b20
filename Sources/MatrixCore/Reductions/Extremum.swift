// SPDX-License-Identifier: Apache-2.0
//
// Least and greatest elements with their places. NaN and ties are decided here, once: a NaN is both the least and the
// greatest, since nothing can be said of the others; the first of equal elements counts, and 0 equals -0.

/// An element and where it stands.
public struct Extremum<Element: MatrixElement>: Hashable, Sendable {
  public let value: Element
  /// Counted from 0.
  public let row: Int
  public let column: Int

  public init(value: Element, row: Int, column: Int) {
    self.value = value
    self.row = row
    self.column = column
  }
}

extension StridedReadable {
  /// The least element and its place; `nil` where there are none. The first of equal ones, row by row; the first NaN
  /// where there is one.
  public func minimum() -> Extremum<Element>? { extremum(isMaximum: false) }

  /// The greatest element and its place; `nil` where there are none. The first of equal ones, row by row; the first NaN
  /// where there is one.
  public func maximum() -> Extremum<Element>? { extremum(isMaximum: true) }

  /// The least element of each row or column, with its place; NaN and equals as in ``minimum()``. Rows without an element,
  /// or columns, are a programming error.
  public func minimum(ofEach axis: Axis) -> [Extremum<Element>] { extrema(axis, isMaximum: false) }

  /// The greatest element of each row or column, with its place; as ``minimum(ofEach:)``.
  public func maximum(ofEach axis: Axis) -> [Extremum<Element>] { extrema(axis, isMaximum: true) }

  private func extremum(isMaximum: Bool) -> Extremum<Element>? {
    guard !isEmpty else { return nil }
    let (rows, length) = loopSides(shape, strides: rowStride)
    let inRows = extremaOfRows(strided, rowStride: rowStride, rows: rows, columns: length, isMaximum: isMaximum)
    let best = firstExtremum(of: inRows, isMaximum: isMaximum)
    let index = best.row * length + best.column
    return Extremum(value: best.value, row: index / columns, column: index % columns)
  }

  private func extrema(_ axis: Axis, isMaximum: Bool) -> [Extremum<Element>] {
    switch axis {
    case .row: precondition(columns > 0 || rows == 0, "a row of no elements has no extremum")
    case .column: precondition(rows > 0 || columns == 0, "a column of no elements has no extremum")
    }
    guard !isEmpty else { return [] }
    return switch axis {
    case .row: extremaOfRows(strided, rowStride: rowStride, rows: rows, columns: columns, isMaximum: isMaximum)
    case .column: extremaOfColumns(strided, rowStride: rowStride, rows: rows, columns: columns, isMaximum: isMaximum)
    }
  }
}
