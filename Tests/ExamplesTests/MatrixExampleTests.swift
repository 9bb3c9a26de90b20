// SPDX-License-Identifier: Apache-2.0
//
// The examples that compute matrices, against values that the tests compute by themselves.

import Glibc
import Testing
import Weft

@Suite(.timeLimit(.minutes(20)))
struct MatrixExampleTests {
  @Test func theMatrixIsThatOfOneProcess() async throws {
    let run = try runExamples("matrix")
    #expect(run.code == 0)
    try #require(run.lines.count == 9)
    #expect(run.lines[0] == "1000×1000 float64")
    let shown = corner(run.lines[1...4])
    for i in 0..<4 {
      try #require(shown[i].count == 4)
      for j in 0..<4 {
        // Both sides round each function and the product: within four units in the last place.
        let expected = sin(Double(i * j)) * cos(Double(i + j))
        #expect(abs(shown[i][j] - expected) <= 4 * expected.ulp, "[\(i), \(j)]")
      }
    }
    let job = Job(.formula(try Formula("sin(i*j) * cos(i+j)")), rows: 1000, columns: 1000)
    let alone = try await Engine(.inProcess).run(job, as: Double.self)
    let checksum = try #require(alone.report.checksum)
    #expect(run.lines[6] == "checksum \(checksum)")
    #expect(run.lines[7].hasPrefix("4 workers, \(alone.report.chunks) chunks, "))
    #expect(run.lines[8].hasPrefix("time ") && run.lines[8].hasSuffix(" ms"))
    // The same but for the time.
    #expect(try runExamples("matrix").lines.dropLast() == run.lines.dropLast())
  }

  @Test func theRowKernelCountsCoprimePairs() throws {
    let run = try runExamples("row-kernel")
    #expect(run.code == 0)
    try #require(run.lines.count == 9)
    #expect(run.lines[0] == "1000×1000 float64")
    let shown = corner(run.lines[1...6])
    for i in 1...6 {
      for j in 1...6 {
        // By trying, not by Euclid's algorithm.
        let divisor = (1...6).last { i % $0 == 0 && j % $0 == 0 } ?? 0
        #expect(shown[i - 1][j - 1] == Double(divisor), "[\(i), \(j)]")
      }
    }
    // Euler's totients, by sieve: there are 2·(φ(1) + … + φ(n)) - 1 coprime pairs of numbers up to n.
    var totients = Array(0...1000)
    for p in 2...1000 where totients[p] == p {
      for multiple in stride(from: p, through: 1000, by: p) { totients[multiple] -= totients[multiple] / p }
    }
    let pairs = 2 * totients.reduce(0, +) - 1
    #expect(run.lines[8] == "without a common divisor: \(pairs) of 1000000 pairs")
  }

  @Test func theKernelMatrixHasItsPropertiesAndValues() throws {
    let run = try runExamples("kernel-matrix")
    #expect(run.code == 0)
    try #require(run.lines.count == 8)
    #expect(run.lines[0] == "500×500 float64")
    // Halton's first points in bases 2, 3 and 5, written out.
    let points: [[Double]] = [
      [1.0 / 2, 1.0 / 3, 1.0 / 5], [1.0 / 4, 2.0 / 3, 2.0 / 5], [3.0 / 4, 1.0 / 9, 3.0 / 5],
      [1.0 / 8, 4.0 / 9, 4.0 / 5],
    ]
    let shown = corner(run.lines[1...4])
    for i in 0..<4 {
      try #require(shown[i].count == 4)
      for j in 0..<4 {
        let squares = (0..<3).map { (points[i][$0] - points[j][$0]) * (points[i][$0] - points[j][$0]) }
        #expect(abs(shown[i][j] - exp(-(squares[0] + squares[1] + squares[2]) / 2)) <= 1e-15, "[\(i), \(j)]")
      }
    }
    #expect(run.lines[6...] == ["symmetric: yes", "trace: 500.0"])
    #expect(try runExamples("kernel-matrix").lines == run.lines)
  }
}
