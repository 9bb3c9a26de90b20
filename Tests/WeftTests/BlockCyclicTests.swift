// SPDX-License-Identifier: Apache-2.0
//
// Where the elements of a matrix stand that is spread over ranks, and reductions over pieces of rows: without MPI, by rules that
// can be counted out.

import MatrixCore
import Testing

@testable import Weft

@Suite(.timeLimit(.minutes(20)))
struct BlockCyclicTests {
  /// Every index is at one place, in order, and blocks go around.
  @Test(arguments: [0, 1, 2, 15, 16, 17, 64, 100], [1, 2, 3, 7])
  func indicesGoAround(length: Int, count: Int) {
    for block in [1, 4, 16, 33] {
      var seen: [Int] = []
      for place in 0..<count {
        let axis = CyclicAxis(length: length, block: block, count: count, place: place)
        let own = (0..<length).filter { $0 / block % count == place }
        #expect((0..<axis.localLength).map(axis.global) == own)
        #expect(axis.blocks.flatMap { Array($0.global) } == own)
        #expect(axis.blocks.allSatisfy { axis.global($0.local) == $0.global.lowerBound && $0.local % block == 0 })
        seen += own
      }
      #expect(seen.sorted() == Array(0..<length))
    }
  }

  @Test func wholeRowsAreOnePieceOfEachRank() throws {
    for (rows, ranks) in [(10, 3), (2, 5), (0, 2), (9, 3)] {
      let layouts = try (0..<ranks).map {
        BlockCyclicLayout(rowsOf: try Shape(rows: rows, columns: 4), among: ranks, rank: $0)
      }
      #expect(layouts.flatMap { $0.rows.blocks.flatMap { Array($0.global) } } == Array(0..<rows))
      #expect(layouts.allSatisfy { $0.rows.blocks.count <= 1 && $0.localCount <= $0.largestShare })
    }
  }

  @Test func gridsAreNearSquares() {
    for (count, text) in [(1, "1x1"), (2, "1x2"), (6, "2x3"), (7, "1x7"), (12, "3x4"), (16, "4x4"), (4096, "64x64")] {
      #expect("\(ProcessGrid(nearSquareOf: count))" == text)
    }
    #expect(ProcessGrid("4x2") == ProcessGrid(rows: 4, columns: 2))
    for bad in ["", "4", "x", "4x", "0x2", "-1x2", "2x2x2", "axb"] { #expect(ProcessGrid(bad) == nil, "\(bad)") }
    #expect(
      (0..<6).map { ProcessGrid(rows: 2, columns: 3).place(of: $0) }.map { "\($0.row)\($0.column)" }
        == ["00", "01", "02", "10", "11", "12"])
  }

  /// A corner is the same elements in both.
  @Test func cornersStayWithTheirRanks() throws {
    let grid = ProcessGrid(rows: 2, columns: 2)
    for rank in 0..<4 {
      func matrix(_ rows: Int, _ columns: Int) throws -> BlockCyclicMatrix {
        let shape = try Shape(rows: rows, columns: columns)
        return try BlockCyclicMatrix(BlockCyclicLayout(shape, block: 3, grid: grid, rank: rank))
      }
      let (large, small) = (try matrix(20, 17), try matrix(7, 11))
      large.update { _, row, column in Double(100 * row + column) }
      small.copyCorner(of: large)
      small.update { value, row, column in
        #expect(value == Double(100 * row + column))
        return -1
      }
      large.copyCorner(of: small)
      large.update { value, row, column in
        #expect(value == (row < 7 && column < 11 ? -1 : Double(100 * row + column)))
        return 0
      }
    }
  }

  // MARK: Reductions

  /// A group of one, in which nothing is sent.
  private let alone = ThreadRank.group(nodes: [0])[0]

  private func operand(_ text: String, _ rows: Int, _ columns: Int) throws -> BlockCyclicOperand {
    try BlockCyclicOperand("A", .formula(Job(.formula(try Formula(text)), rows: rows, columns: columns)))
  }

  /// What is never stored is known as if it were.
  @Test(arguments: [
    ("sin(i*j)*cos(i+j)", 700, 700), ("exp(-abs(i-j)/9)+(i==j)", 90, 90), ("1/(i-3)", 40, 70_000), ("i-j", 1, 5),
    ("i", 0, 3),
  ])
  func summariesAreThoseOfTheMatrix(formula: String, rows: Int, columns: Int) throws {
    var job = Job(.formula(try Formula(formula)), rows: rows, columns: columns)
    job.nonfinite = .allow
    let matrix: SharedMatrix<Double> = try BlockingEngine(.inProcess).compute(job).matrix
    let expected = try MatrixSummary(of: matrix)
    let pieces = RowPieces(try operand(formula, rows, columns), among: alone)
    let (found, sum) = try #require(try pieces.summary())
    #expect(found.minimum == expected.minimum && found.maximum == expected.maximum)
    #expect(found.checksum == expected.checksum && found.isSymmetric == expected.isSymmetric)
    #expect(found.nonfiniteCount == expected.nonfiniteCount)
    #expect(found.firstNonfinite?.row == expected.firstNonfinite?.row)
    if let mean = expected.mean {
      let count = Double(matrix.elements.count - found.nonfiniteCount)
      #expect(abs((found.mean ?? .nan) - mean) <= mean.ulp && abs(sum / count - mean) <= 2 * mean.ulp)
      #expect(abs(found.norm - expected.norm) <= 4 * expected.norm.ulp)
    }
  }

  /// Sums whose large terms cancel: right to the last bit, where a plain dot product has none.
  @Test func productsAreThoseOfTwiceThePrecision() throws {
    let n = 40
    let x = Matrix<Double>(rows: n, columns: 2) { i, k in k == 0 ? (i % 2 == 0 ? 1 : -1) : Double(i) }
    // Row i: 1e17 + j for every j, so that the alternating sum is 0 - 1 + 2 - 3 …
    let pieces = RowPieces(try operand("1e15 + j/8 + i", 5, n), among: alone)
    let y = try #require(try pieces.apply(to: x))
    for i in 0..<5 {
      #expect(y[i, 0] == -Double(n / 2) / 8)
      let sum = (0..<n).reduce(0) { $0 + $1 }, squares = (0..<n).reduce(0) { $0 + $1 * $1 }
      #expect(y[i, 1] == 1e15 * Double(sum) + Double(squares) / 8 + Double(i * sum))
    }
  }

  @Test func largestSums() throws {
    let pieces = RowPieces(try operand("(i-2)*(j+1)", 5, 7), among: alone)
    #expect(try pieces.largestSum(ofColumns: true) == 6 * 7)
    #expect(try pieces.largestSum(ofColumns: false) == 2 * 28)
    #expect(try RowPieces(try operand("i", 0, 7), among: alone).largestSum(ofColumns: true) == 0)
    #expect(try RowPieces(try operand("sqrt(j-3)", 2, 7), among: alone).largestSum(ofColumns: false)?.isNaN == true)
  }
}
