// SPDX-License-Identifier: Apache-2.0
//
// Formulas that are rounded once, against MPFR with 400 bits: every element is the true value rounded. `WEFT_LONG=1` looks
// at a million elements of each formula, all of the 1000×1000 headline matrix among them; otherwise at some thousands.

import Formula
import Glibc
import MatrixCore
import Testing

@testable import Evaluation

@Suite(.timeLimit(.minutes(60)))
struct CorrectRoundingTests {
  static let isLong = unsafe getenv("WEFT_LONG") != nil

  static let formulas = [
    "sin(i*j)*cos(i+j)", "sin(i*j)", "cos(2*i*j-3*i+5*j-1)*sin(i-j)", "sin(0.5*i*j+0.25*i)*exp(-(i+j)/1000)",
    "exp(-((i-500)^2+(j-300)^2)/20000)", "sin(i)*cos(j)", "sin(i*j)+cos(i-j)", "(sin(i*j)-cos(i+2*j))/(1+i)",
    "1-exp(-i/700)*cos(3*j)", "sin(i*j)*cos(i*j)*pi",
  ]

  /// Places in a 10000×10000 matrix, or in the first rows and columns of it.
  @Test(arguments: formulas)
  func everyElementIsTheTrueValueRounded(text: String) throws {
    guard let library = MPFR.shared else { return }  // skipped by name: see `isThere`
    let isHeadline = text == Self.formulas[0]
    let side = isHeadline ? 1000 : text.contains("exp") ? 2000 : 10_000
    let count = Self.isLong ? 1_000_000 : 4_000
    let formula = try Formula(text).bind(rows: side, columns: side)
    let program = try #require(try pairs(formula))
    let truth = ReferenceEvaluator(formula, context: MPFRContext(library: library))
    let evaluator = PairEvaluator(
      program, formula: formula, shape: try Shape(rows: side, columns: side), elementType: .float64,
      kernels: KernelTable.supportedOnHost[0])
    var random = UInt64(text.utf8.reduce(17) { ($0 &* 31) &+ UInt64($1) })
    func next(_ limit: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((random >> 33) % UInt64(limit))
    }
    // All rows of the headline; of the others as many random rows as need be, each in random places.
    let rowCount = isHeadline ? (Self.isLong ? side : 40) : max(4, count / 2000)
    var values = [Double](repeating: 0, count: side)
    var wrong = 0
    for n in 0..<rowCount {
      let row = isHeadline ? (Self.isLong ? n : next(side)) : next(side)
      try unsafe values.withUnsafeMutableBytes {
        _ = try unsafe evaluator.evaluate(rows: row..<row + 1, into: $0.baseAddress!, wantsChecksum: false)
      }
      let perRow = isHeadline && Self.isLong ? side : count / rowCount
      for k in 0..<perRow {
        let column = isHeadline && Self.isLong ? k : next(side)
        let exact = try truth.value(row: row, column: column)
        if values[column] != exact {
          wrong += 1
          if wrong == 1 { Issue.record("\(text) at [\(row), \(column)]: \(values[column]), truly \(exact)") }
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test(.enabled(if: MPFR.shared == nil, "MPFR is on this machine: the tests above run"))
  func isThere() {
    print("libmpfr.so.6 is missing: correct rounding was not checked against MPFR")
  }
}
