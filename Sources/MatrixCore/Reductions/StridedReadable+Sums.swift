// SPDX-License-Identifier: Apache-2.0
//
// Sums, products, means and variances, of all elements or of each row or column.

/// Whether a row or a column is meant: `m.sum(ofEach: .row)` has a sum for each row.
///
/// NumPy's `axis` names what vanishes: its `axis=1` is `.row` here, its `axis=0` is `.column`.
public enum Axis: Hashable, Sendable, CaseIterable {
  case row, column
}

/// Errors, stated once: a sum of n elements differs from the exact one by at most (32 + log₂ n)·u·Σ|x| to first order,
/// where u is 2⁻⁵³ for float64 and 2⁻²⁴ for float32, whatever the axis (pairwise summation: Higham 1993, The accuracy of
/// floating point summation). The order of the additions depends on the shape alone, and with it every bit.
/// A NaN makes every sum, product, mean and variance that it is in NaN.
extension StridedReadable {
  /// The sum of all elements; 0 where there are none.
  public func sum() -> Element { total(.sum) }

  /// The sum of each row (as many as the matrix has rows) or of each column.
  ///
  ///     Matrix<Double>([[1, 2], [3, 4]]).sum(ofEach: .row)         // [3, 7]
  public func sum(ofEach axis: Axis) -> [Element] { reduced(.sum, axis) }

  /// The product of all elements; 1 where there are none. Wrong by at most about (number of elements)·u, relatively,
  /// unless a part of it leaves the range: parts are multiplied in the order of the sums.
  public func product() -> Element { total(.product) }

  /// The product of each row or column.
  public func product(ofEach axis: Axis) -> [Element] { reduced(.product, axis) }

  /// Σx²: the square of the Frobenius norm. Infinite where it leaves the range: scale the matrix first.
  public func sumOfSquares() -> Element { total(.sumOfSquares) }

  /// Σx² of each row or column.
  public func sumOfSquares(ofEach axis: Axis) -> [Element] { reduced(.sumOfSquares, axis) }

  /// Σ aᵢⱼ·bᵢⱼ over all places: of two rows or columns, their dot product; of matrices, Frobenius's inner product.
  /// Another shape is a programming error.
  public func dot(_ other: some StridedReadable<Element>) -> Element {
    requireSameShape(other)
    guard !isEmpty else { return 0 }
    if rowStride == columns, other.rowStride == columns { return dotProduct(strided, other.strided) }
    let sums = (0..<rows).map { dotProduct(row($0), other.row($0)) }
    return reduceRows(.sum, sums.span, rowStride: rows, rows: 1, columns: rows)[0]
  }

  /// The sum divided by the number of elements; NaN where there are none, infinite where the sum leaves the range.
  public func mean() -> Element { total(.sum) / Element(count) }

  /// The mean of each row or column.
  public func mean(ofEach axis: Axis) -> [Element] {
    let length = Element(axis == .row ? columns : rows)
    return reduced(.sum, axis).map { $0 / length }
  }

  /// The mean square distance from the mean, Σ(x - mean)² / (count - correction), in two passes: the mean first, then
  /// the squares. Their relative error is at most about (L·u) + (L·u·κ)², with L = 32 + log₂ n and κ = |mean|/deviation
  /// (Chan, Golub and LeVeque 1983, Algorithms for computing the sample variance): Σx² - n·mean² would have L·u·κ².
  ///
  /// - Parameter correction: 0 for the variance of these very numbers, 1 to estimate that of a population from a sample.
  /// - Returns: NaN where `count` is not above `correction`.
  public func variance(correction: Int = 0) -> Element {
    let deviations = total(.sumOfSquaredDeviations, centre: mean())
    return divided(deviations, count - correction)
  }

  /// The variance of each row or column, as ``variance(correction:)``.
  public func variance(ofEach axis: Axis, correction: Int = 0) -> [Element] {
    let length = axis == .row ? columns : rows
    return reduced(.sumOfSquaredDeviations, axis, centres: mean(ofEach: axis)).map { divided($0, length - correction) }
  }

  /// The square root of ``variance(correction:)``.
  public func standardDeviation(correction: Int = 0) -> Element { variance(correction: correction).squareRoot() }

  /// The standard deviation of each row or column.
  public func standardDeviation(ofEach axis: Axis, correction: Int = 0) -> [Element] {
    variance(ofEach: axis, correction: correction).map { $0.squareRoot() }
  }

  /// The sum of the diagonal, which may be that of a part: of the first min(rows, columns) places.
  public func trace() -> Element {
    let values = diagonal()
    return reduceRows(.sum, values.span, rowStride: values.count, rows: 1, columns: values.count)[0]
  }

  private func divided(_ sum: Element, _ count: Int) -> Element { count > 0 ? sum / Element(count) : .nan }

  private func reduced(_ kind: ReductionKind, _ axis: Axis, centres: [Element] = []) -> [Element] {
    switch axis {
    case .row:
      reduceRows(kind, strided, rowStride: rowStride, rows: rows, columns: columns, centres: centres)
    case .column:
      reduceColumns(kind, strided, rowStride: rowStride, rows: rows, columns: columns, centres: centres)
    }
  }

  /// One long row where there are no gaps; else the rows' results, or the columns' where rows are too short for lanes.
  private func total(_ kind: ReductionKind, centre: Element = 0) -> Element {
    if rowStride == columns || isEmpty {
      return reduceRows(kind, strided, rowStride: count, rows: 1, columns: count, centres: [centre])[0]
    }
    let axis: Axis = columns < 32 ? .column : .row
    let centres = [Element](repeating: centre, count: axis == .row ? rows : columns)
    let parts = reduced(kind, axis, centres: kind == .sumOfSquaredDeviations ? centres : [])
    return reduceRows(kind.ofParts, parts.span, rowStride: parts.count, rows: 1, columns: parts.count)[0]
  }
}
