// SPDX-License-Identifier: Apache-2.0
//
// A function of the user's own, element by element. `@inlinable` throughout, so that a closure becomes part of the loop:
// called through a pointer, it would cost more than the memory.

extension StridedReadable {
  /// The matrix of `transform(x)` for every element x, row by row.
  ///
  ///     m.map { max($0, 0) }
  ///     m.map { Float($0) }                    // the same numbers as float32, each rounded once
  @inlinable
  public func map<Result: MatrixElement, E: Error>(
    _ transform: (Element) throws(E) -> Result
  ) throws(E) -> Matrix<Result> {
    var result = Matrix<Result>(trusting: rows, columns)
    guard !isEmpty else { return result }
    let rowStride = rowStride
    let source = strided
    for i in 0..<rows {
      var out = result.mutableRow(i)
      let row = source.extracting(i &* rowStride..<i &* rowStride &+ columns)
      for j in 0..<out.count { out[j] = try transform(row[j]) }
    }
    return result
  }

  /// The matrix of `transform(x, y)` for every element x and the y of `other` in the same place, row by row.
  /// Other shapes are a programming error.
  ///
  ///     x.map(with: y) { hypot($0, $1) }
  @inlinable
  public func map<Other: StridedReadable, Result: MatrixElement, E: Error>(
    with other: Other, _ transform: (Element, Other.Element) throws(E) -> Result
  ) throws(E) -> Matrix<Result> {
    requireSameShape(other)
    var result = Matrix<Result>(trusting: rows, columns)
    guard !isEmpty else { return result }
    for i in 0..<rows {
      var out = result.mutableRow(i)
      let row = row(i)
      let otherRow = other.row(i)
      for j in 0..<out.count { out[j] = try transform(row[j], otherRow[j]) }
    }
    return result
  }
}

extension MatrixWritable {
  /// Replaces every element x by `transform(x)`, row by row. After an error, those before it are replaced.
  @inlinable
  public mutating func mapInPlace<E: Error>(_ transform: (Element) throws(E) -> Element) throws(E) {
    try withMutableElements { (elements) throws(E) in
      for k in 0..<elements.count { elements[k] = try transform(elements[k]) }
    }
  }
}
