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
    var scan = try MatrixScan(columns: 77)
    for row in 0..<300 { scan.append(matrix.row(row)) }
    #expect(Checksum(scan.checksum) == report.checksum)
  }
}
