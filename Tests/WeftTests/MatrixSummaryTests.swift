// SPDX-License-Identifier: Apache-2.0
//
// One pass over a matrix: extremes, mean, non-finite elements, checksum.

import Testing

@testable import Weft

@Suite("MatrixSummary")
struct MatrixSummaryTests {
  @Test("Extremes and their first places")
  func extremes() throws {
    let summary = try MatrixSummary(of: Matrix([[2.0, -1, 5], [-1, 5, 0]]))
    #expect(summary.minimum == MatrixSummary.Extreme(value: -1, row: 0, column: 1))
    #expect(summary.maximum == MatrixSummary.Extreme(value: 5, row: 0, column: 2))
    #expect(summary.mean == 10.0 / 6)
    #expect(summary.nonfiniteCount == 0)
    #expect(summary.firstNonfinite == nil)
  }

  @Test("Non-finite elements are counted, and take no part")
  func nonfinite() throws {
    let summary = try MatrixSummary(of: Matrix([[1.0, 2], [.nan, -.infinity], [.infinity, 4]]))
    #expect(summary.nonfiniteCount == 3)
    #expect(summary.firstNonfinite?.row == 1 && summary.firstNonfinite?.column == 0)
    #expect(summary.maximum?.value == 4)
    #expect(summary.minimum?.value == 1)
    #expect(summary.mean == 7.0 / 3)
  }

  @Test("Nothing finite, nothing at all")
  func empty() throws {
    let none = try MatrixSummary(of: Matrix([[Double.nan]]))
    #expect(none.minimum == nil && none.maximum == nil && none.mean == nil && none.nonfiniteCount == 1)
    let empty = try MatrixSummary(of: Matrix<Double>(rows: 3, columns: 0) { _, _ in 0 })
    #expect(empty.minimum == nil && empty.mean == nil && empty.nonfiniteCount == 0)
    #expect(empty.checksum == Checksum(0))
  }

  @Test("The mean is compensated")
  func mean() throws {
    #expect(try MatrixSummary(of: Matrix([[1e16, 1, -1e16, 1]])).mean == 0.5)
    #expect(try MatrixSummary(of: Matrix([[1.7e308, 1.7e308]])).mean == .infinity)
  }

  @Test("float32 is looked at as such")
  func float32() throws {
    let summary = try MatrixSummary(of: Matrix([[Float(0.1), 3]]))
    #expect(summary.elementType == .float32)
    #expect(summary.minimum?.value == Double(Float(0.1)))
    #expect(summary.checksum != (try MatrixSummary(of: Matrix([[Double(Float(0.1)), 3]]))).checksum)
  }

  @Test("The checksum is the engine's, and the same in pieces")
  func checksum() throws {
    let engine = try BlockingEngine(.inProcess)
    let (matrix, report) = try engine.compute(Job(.formula(try Formula("sin(i*j)+j")), rows: 300, columns: 77))
    #expect(try MatrixSummary(of: matrix).checksum == report.checksum)
    var scan = try MatrixScan(matrix.shape)
    for row in 0..<300 { scan.append(matrix.row(row)) }
    #expect(Checksum(scan.seen.checksum) == report.checksum)
  }

  /// A number between -1 and 1 of its place alone.
  private static func noise(_ i: Int, _ j: Int) -> Double {
    var mixed = UInt64(truncatingIfNeeded: i &* 1_000_003 &+ j) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9
    return Double(Int64(bitPattern: mixed)) * 0x1p-63
  }

  @Test("However it is cut, and on however many threads", arguments: [1, 2, 7])
  func cuts(threads: Int) throws {
    let matrix = Matrix<Double>(rows: 613, columns: 613) { i, j in
      (i * 613 + j) % 5000 == 4999 ? .nan : Self.noise(i, j) * (i == 400 ? 1e3 : 1)
    }
    let whole = try MatrixSummary(of: matrix)
    var scan = try MatrixScan(matrix.shape, threads: threads)
    for first in stride(from: 0, to: 613, by: 200) {
      let rows = first..<min(first + 200, 613)
      scan.append(matrix.elements.extracting(rows.lowerBound * 613..<rows.upperBound * 613))
    }
    let cut = MatrixSummary(scan, shape: matrix.shape, elementType: .float64)
    #expect(cut.minimum == whole.minimum && cut.maximum == whole.maximum && cut.checksum == whole.checksum)
    #expect(cut.nonfiniteCount == whole.nonfiniteCount && cut.firstNonfinite?.row == whole.firstNonfinite?.row)
    // By definition, in order, compensated by nothing: right to a few thousand roundings at worst.
    let finite = (0..<613 * 613).map { matrix[$0 / 613, $0 % 613] }.filter(\.isFinite)
    let mean = finite.reduce(0, +) / Double(finite.count)
    let deviation = (finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finite.count)).squareRoot()
    for summary in [whole, cut] {
      #expect(((summary.mean ?? 0) - mean).magnitude < 1e-12)
      #expect(((summary.deviation ?? 0) / deviation - 1).magnitude < 1e-12)
      #expect((summary.norm / finite.reduce(0) { $0 + $1 * $1 }.squareRoot() - 1).magnitude < 1e-12)
      #expect(summary.isSymmetric == nil)
    }
    #expect(whole.minimum?.row == 400 && whole.maximum?.row == 400)
  }

  @Test(
    "Deviation and norm stay in range wherever the elements are", arguments: [1.0, 1e-300, 1e300, 0x1p-1074, 1e-160])
  func scaled(size: Double) throws {
    let summary = try MatrixSummary(of: Matrix([[3 * size, -4 * size], [0, 0]]))
    #expect((summary.norm - 5 * size).magnitude <= 3e-16 * (5 * size))
    let deviation = size * (25.0 / 4 - 1.0 / 16).squareRoot()
    #expect(((summary.deviation ?? 0) - deviation).magnitude <= max(1e-15 * deviation, 0x1p-1074))
    let mixed = try MatrixSummary(of: Matrix([[1e-200, 1e200, -1e200, 1]]))
    #expect((mixed.norm / (2.0.squareRoot() * 1e200) - 1).magnitude < 1e-15)
    #expect(((mixed.deviation ?? 0) / (0.5.squareRoot() * 1e200) - 1).magnitude < 1e-15)
  }

  @Test("A constant has no deviation, near and far from zero")
  func constant() throws {
    for value in [0.0, 1e8, 1e300] {
      let summary = try MatrixSummary(of: Matrix<Double>(rows: 100, columns: 100) { _, _ in value })
      #expect(summary.deviation == 0 && summary.isSymmetric == true)
    }
    // A small deviation beside a large mean: the textbook's difference of two large numbers would be 0 or NaN.
    let summary = try MatrixSummary(of: Matrix<Double>(rows: 100, columns: 100) { i, j in 1e9 + Double((i + j) % 2) })
    #expect(((summary.deviation ?? 0) - 0.5).magnitude < 1e-9)
  }

  @Test("Symmetry, and the smallest departures from it")
  func symmetry() throws {
    for order in [1, 2, 3, 64, 257] {
      let symmetric = Matrix<Double>(rows: order, columns: order) { i, j in Self.noise(min(i, j), max(i, j)) }
      #expect(try MatrixSummary(of: symmetric).isSymmetric == true)
      guard order > 1 else { continue }
      for (row, column) in [(0, 1), (order - 1, 0), (order - 1, order - 2)] {
        for change in [{ $0.nextUp }, { -$0 }, { $0 + 1 }, { _ in 0 }] as [@Sendable (Double) -> Double] {
          var other = symmetric
          other[row, column] = change(other[row, column])
          #expect(try MatrixSummary(of: other).isSymmetric == false, "\(order) \(row) \(column)")
        }
      }
      // Exchanged elements: the sum of all keys is the same.
      if order > 2 {
        var other = symmetric
        (other[0, 1], other[0, 2]) = (other[0, 2], other[0, 1])
        #expect(try MatrixSummary(of: other).isSymmetric == false)
      }
    }
    let antisymmetric = Matrix<Double>(rows: 50, columns: 50) { i, j in Double(i - j) }
    #expect(try MatrixSummary(of: antisymmetric).isSymmetric == false)
    #expect(try MatrixSummary(of: Matrix([[1.0, 0.0], [-0.0, 1]])).isSymmetric == true)
    #expect(try MatrixSummary(of: Matrix([[Float(1), 2], [2, 1]])).isSymmetric == true)
    #expect(try MatrixSummary(of: Matrix([[1.0, 2, 3], [2, 1, 3]])).isSymmetric == nil)
  }
}
