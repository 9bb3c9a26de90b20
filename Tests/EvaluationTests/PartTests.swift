// SPDX-License-Identifier: Apache-2.0
//
// Parts of a matrix, as the ranks of a block-cyclic matrix ask for them: the same bits as in whole rows, nothing written outside,
// and checksums that add up to that of the whole.

import Formula
import MatrixCore
import Testing

@testable import Evaluation

@Suite(.timeLimit(.minutes(20)))
struct PartTests {
  private static let shape = (rows: 37, columns: 700)

  private func evaluators(_ text: String, _ table: KernelTable) throws -> [any RowEvaluation] {
    let shape = try Shape(rows: Self.shape.rows, columns: Self.shape.columns)
    let formula = try Formula(text).bind(rows: shape.rows, columns: shape.columns)
    return try [Accuracy.strict, .best].map { accuracy in
      switch try formula.compile(accuracy) {
      case .operations(let program):
        RowEvaluator(program, shape: shape, elementType: .float64, inputs: [], kernels: table)
      case .pairs(let program):
        PairEvaluator(program, formula: formula, shape: shape, elementType: .float64, kernels: table)
      case .quadruple:
        QuadEvaluator(formula, context: QuadWithoutInputs(), shape: shape, elementType: .float64, kernels: table)
      }
    }
  }

  @Test(arguments: KernelTable.supportedOnHost, [1, 10, 64, 513])
  func partsAreTheWhole(table: KernelTable, width: Int) throws {
    let (rows, columns) = Self.shape
    for text in [
      "sin(i*j)*cos(i+j)", "i > j ? exp(-i/50) : atan2(i, j+1)", "sin(i)*cos(j)+sin(i+2*j)", "sin(3*i-j)*i", "i+j",
      "sum(k, 0, 3, (i-k)*(j+k))", "sqrt(j-300)*i",
    ] {
      for evaluator in try evaluators(text, table) {
        // The slow one is shown by fewer rows.
        let wanted = 2..<(evaluator is QuadEvaluator<QuadWithoutInputs> ? 6 : rows)
        var whole = [Double](repeating: -1, count: wanted.count * columns)
        let expected = try unsafe whole.withUnsafeMutableBytes {
          try unsafe evaluator.evaluate(rows: wanted, into: $0.baseAddress!)
        }
        // Every second block of columns, then the others; eight rows at a time; each row with a gap behind.
        let stride = columns + 3
        var out = [Double](repeating: -1, count: wanted.count * stride)
        var found = ElementSummary()
        let blocks = Swift.stride(from: 0, to: columns, by: width).map { $0..<min($0 + width, columns) }
        let order = Swift.stride(from: 1, to: blocks.count, by: 2) + Swift.stride(from: 0, to: blocks.count, by: 2)
        for firstRow in Swift.stride(from: wanted.lowerBound, to: wanted.upperBound, by: 8) {
          for block in order.map({ blocks[$0] }) {
            let place = (firstRow - wanted.lowerBound) * stride + block.lowerBound
            found.merge(
              try unsafe out.withUnsafeMutableBytes {
                try unsafe evaluator.evaluate(
                  rows: firstRow..<min(firstRow + 8, wanted.upperBound), columns: block,
                  into: $0.baseAddress! + place * 8, rowStride: stride, wantsChecksum: true)
              })
          }
        }
        #expect(found == expected, "\(text)")
        for row in 0..<wanted.count {
          let (a, b) = (out[row * stride..<row * stride + columns], whole[row * columns..<(row + 1) * columns])
          #expect(a.map(\.bitPattern) == b.map(\.bitPattern), "\(text), row \(row)")
          #expect(out[row * stride + columns..<(row + 1) * stride].allSatisfy { $0 == -1 }, "\(text): written outside")
        }
      }
    }
  }
}

private func + (a: StrideTo<Int>, b: StrideTo<Int>) -> [Int] { Array(a) + Array(b) }
