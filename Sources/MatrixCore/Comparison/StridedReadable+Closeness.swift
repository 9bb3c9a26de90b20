// SPDX-License-Identifier: Apache-2.0
// How far two matrices are from each other: within a tolerance, by the largest difference, in units in the last place.

extension StridedReadable {
  /// Whether |a - b| ≤ absolute + relative·|b| for each element a of this matrix and b of the other one, and both have
  /// the same shape: NumPy's `allclose`, which is not symmetric in the two matrices. Equal infinities are close, an
  /// infinity is close to nothing else, and NaN is close to nothing, or with `equalNaN` to NaN.
  public func isClose(
    to other: some StridedReadable<Element>, relative: Element = 1e-5, absolute: Element = 1e-8, equalNaN: Bool = false
  ) -> Bool {
    guard shape == other.shape else { return false }
    return (0..<(isEmpty ? 0 : rows)).allSatisfy { i in
      areClose(row(i), other.row(i), relative: relative, absolute: absolute, equalNaN: equalNaN)
    }
  }

  /// The largest |a - b| and its place; `nil` where there are no elements. NaN and the first such place where a or b is
  /// NaN; 0 for equal infinities. Another shape is a programming error.
  public func largestDifference(from other: some StridedReadable<Element>) -> Extremum<Element>? {
    requireSameShape(other)
    guard !isEmpty else { return nil }
    let inRows = (0..<rows).map { i in
      let (value, j) = largestDifferenceOfRows(row(i), other.row(i))
      return Extremum(value: value, row: i, column: j)
    }
    return firstExtremum(of: inRows, isMaximum: true)
  }

  /// The largest distance in units in the last place (``MatrixElement/ulpDistance(to:)``) and the first place where it
  /// is found; `nil` where there are no elements. Another shape is a programming error.
  public func largestULPDistance(
    from other: some StridedReadable<Element>
  ) -> (distance: UInt64, row: Int, column: Int)? {
    requireSameShape(other)
    guard !isEmpty else { return nil }
    var largest: (distance: UInt64, row: Int, column: Int)?
    for i in 0..<rows {
      let (distance, j) = largestULPDistanceOfRows(row(i), other.row(i))
      if let largest, distance <= largest.distance { continue }
      largest = (distance, i, j)
    }
    return largest
  }
}

extension MatrixElement {
  /// How many steps from one number of this type to the next lead from here to `other`: 0 for equal numbers, 0 and -0
  /// among them, and 1 for neighbours. Infinity is the neighbour of the greatest finite number. NaN is 0 from NaN and
  /// `UInt64.max` from everything else.
  @inlinable  // for element loops in user code
  public func ulpDistance(to other: Self) -> UInt64 {
    if isNaN || other.isNaN { return isNaN && other.isNaN ? 0 : .max }
    let a = UInt64(truncatingIfNeeded: magnitude.bitPattern)
    let b = UInt64(truncatingIfNeeded: other.magnitude.bitPattern)
    return sign != other.sign ? a + b : a > b ? a - b : b - a
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func areClose<Value: MatrixElement>(
  _ a: Span<Value>, _ b: Span<Value>, relative: Value, absolute: Value, equalNaN: Bool
) -> Bool {
  for j in a.indices {
    let (x, y) = (a[j], b[j])
    if (x - y).magnitude <= absolute + relative * y.magnitude, y.isFinite { continue }
    guard x == y || (equalNaN && x.isNaN && y.isNaN) else { return false }
  }
  return true
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func largestDifferenceOfRows<Value: MatrixElement>(_ a: Span<Value>, _ b: Span<Value>) -> (Value, Int) {
  var (largest, place): (Value, Int) = (-1, 0)
  for j in a.indices {
    let difference = a[j] == b[j] ? 0 : (a[j] - b[j]).magnitude
    if difference <= largest { continue }
    (largest, place) = (difference, j)
    if difference.isNaN { break }
  }
  return (largest, place)
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func largestULPDistanceOfRows<Value: MatrixElement>(_ a: Span<Value>, _ b: Span<Value>) -> (UInt64, Int) {
  var (largest, place) = (a[0].ulpDistance(to: b[0]), 0)
  for j in a.indices {
    let distance = a[j].ulpDistance(to: b[j])
    if distance > largest { (largest, place) = (distance, j) }
  }
  return (largest, place)
}
