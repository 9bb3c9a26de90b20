// SPDX-License-Identifier: Apache-2.0
//
// Two matrix files beside each other, read once in pieces: how many elements differ, where, and by how much. `weft compare`.

import Glibc
import MatrixCore

/// How two matrix files differ.
///
///     let comparison = try MatrixFileComparison("a.npy", "b.npy", within: .ulp(1))
///     if !comparison.isEqual { print(comparison.differences) }
///
/// Elements are compared as numbers: 0 equals -0, and NaN equals NaN. Where one file has float32 and the other float64, both
/// are taken as float64, which is exact, and an ulp is one of float32.
public struct MatrixFileComparison: Sendable {
  /// Up to where two elements count as equal. An infinity is close to nothing but itself.
  public enum Tolerance: Sendable, Hashable {
    /// So many steps from one number of the type to the next; 0: equal.
    case ulp(UInt64)
    /// |a − b| ≤ x.
    case absolute(Double)
    /// |a − b| ≤ x·max(|a|, |b|).
    case relative(Double)
  }

  /// Two elements in the same place.
  public struct Difference: Sendable, Hashable {
    public let row: Int
    public let column: Int
    public let first: Double
    public let second: Double
    /// `UInt64.max` where one of them is NaN.
    public let ulp: UInt64

    /// |first − second|; NaN where one of them is.
    public var absolute: Double { first == second ? 0 : (first - second).magnitude }
  }

  public let first: MatrixFileInfo
  public let second: MatrixFileInfo
  public let tolerance: Tolerance
  /// Elements that are not equal, within the tolerance or not.
  public private(set) var unequalCount = 0
  /// Those that are farther apart than the tolerance allows.
  public private(set) var differingCount = 0
  /// The first of those, in row order, at most as many as were asked for.
  public private(set) var differences: [Difference] = []
  /// The largest difference in ulp, and the largest |a − b|, of all elements; the first of equals. nil where all are equal.
  public private(set) var largestByULP: Difference?
  public private(set) var largest: Difference?

  /// The shapes are the same; else no element was compared.
  public var hasSameShape: Bool { first.shape == second.shape }
  /// No element differs by more than the tolerance, and the shapes are the same.
  public var isEqual: Bool { hasSameShape && differingCount == 0 }

  /// Elements read from each file at a time: 1 MiB of float64, so that two pieces stay in the second-level cache.
  private static let pieceCount = 131_072

  /// Compares two files of any readable format, of any size.
  ///
  /// - Parameter limit: how many `differences` to keep.
  /// - Throws: `FileError`; `MemoryError` where a single row does not fit.
  public init(_ a: String, _ b: String, within tolerance: Tolerance = .ulp(0), limit: Int = 10) throws {
    first = try MatrixFile.inspect(a)
    second = try MatrixFile.inspect(b)
    self.tolerance = tolerance
    guard hasSameShape, !first.shape.isEmpty else { return }
    if first.elementType == .float32, second.elementType == .float32 {
      try compare(a, b, as: Float.self, limit: limit) { $0.ulpDistance(to: $1) }
    } else if first.elementType == second.elementType {
      try compare(a, b, as: Double.self, limit: limit) { $0.ulpDistance(to: $1) }
    } else {
      try compare(a, b, as: Double.self, limit: limit) {
        // Two numbers that are not equal are a step apart, even where both round to one float32.
        max(1, Float($0).ulpDistance(to: Float($1)))
      }
    }
  }

  private mutating func compare<Element: MatrixElement>(
    _ a: String, _ b: String, as type: Element.Type, limit: Int, ulp: (Element, Element) -> UInt64
  ) throws {
    var left = try MatrixReader<Element>(contentsOf: a)
    var right = try MatrixReader<Element>(contentsOf: b)
    let columns = first.shape.columns
    let pieceShape = try Shape(
      rows: max(1, min(first.shape.rows, Self.pieceCount / columns)), columns: columns)
    var (x, y) = (try Matrix<Element>(shape: pieceShape), try Matrix<Element>(shape: pieceShape))
    var row = 0
    while row < first.shape.rows {
      var xs = x.mutableElements
      let count = try left.readRows(into: &xs)
      var ys = y.mutableElements
      let other = try right.readRows(into: &ys)
      precondition(count == other && count > 0, "both readers give whole rows, as many as fit")
      look(
        at: x.elements.extracting(first: count * columns), y.elements.extracting(first: count * columns), row: row,
        limit: limit, ulp)
      row += count
    }
  }

  private mutating func look<Element: MatrixElement>(
    at x: Span<Element>, _ y: Span<Element>, row: Int, limit: Int, _ ulp: (Element, Element) -> UInt64
  ) {
    // Most pieces of most files are the same bits, and this is at the speed of memory.
    let isSame = unsafe x.withUnsafeBytes { x in
      unsafe y.withUnsafeBytes { y in unsafe memcmp(x.baseAddress!, y.baseAddress!, x.count) == 0 }
    }
    guard !isSame else { return }
    for k in x.indices where x[k] != y[k] && !(x[k].isNaN && y[k].isNaN) {
      let (i, j) = k.quotientAndRemainder(dividingBy: first.shape.columns)
      note(
        Difference(
          row: row + i, column: j, first: Double(x[k]), second: Double(y[k]), ulp: ulp(x[k], y[k])), limit: limit)
    }
  }

  private mutating func note(_ difference: Difference, limit: Int) {
    unequalCount += 1
    if difference.ulp > largestByULP?.ulp ?? 0 { largestByULP = difference }
    let (size, most) = (difference.absolute, largest?.absolute ?? -1)
    if size > most || size.isNaN && !most.isNaN { largest = difference }
    guard !isWithin(difference) else { return }
    differingCount += 1
    if differences.count < limit { differences.append(difference) }
  }

  private func isWithin(_ difference: Difference) -> Bool {
    switch tolerance {
    case .ulp(let steps): return difference.ulp <= steps && difference.ulp != .max
    case .absolute(let limit): return difference.absolute <= limit && difference.absolute.isFinite
    case .relative(let limit):
      let size = max(difference.first.magnitude, difference.second.magnitude)
      return difference.absolute <= limit * size && size.isFinite
    }
  }
}
