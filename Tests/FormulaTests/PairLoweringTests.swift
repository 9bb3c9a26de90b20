// SPDX-License-Identifier: Apache-2.0
//
// Which formulas are carried as pairs, and what they become.

import Testing

@testable import Formula

@Suite struct PairLoweringTests {
  private func lowered(_ text: String, rows: Int = 100, columns: Int = 200) throws -> PairProgram? {
    PairLowering.lower(try Formula(text).bind(rows: rows, columns: columns))
  }

  @Test func headlineIsOneRotationAndOneTable() throws {
    let program = try #require(try lowered("sin(i*j)*cos(i+j)"))
    #expect(
      program.operands == [
        .rotation(isCosine: false, isNegated: false, BilinearForm(product: 1), zeroIsPositive: true),
        .table(
          .line(Program.Line(rows: 1, columns: 1)), PairFormula([.rowIndex, .columnIndex, .apply(.add), .apply(.cos)])),
      ])
    #expect(program.result == .multiply(.operand(0), .operand(1)))
  }

  @Test func exponentialOfASumIsAProductOfTables() throws {
    let program = try #require(try lowered("exp(-((i-500)^2+(j-300)^2)/20000)"))
    #expect(program.operationCount == 1)
    let axes = program.operands.map { if case .table(let axis, _) = $0 { axis } else { PairProgram.Axis.constant } }
    #expect(axes == [.row, .column])
  }

  @Test(arguments: [
    ("cos(2*i-4*j)", 1, -2), ("sin(i-j)", -1, 1), ("cos(0.5*i+0.75*j+1)", 2, 3), ("sin(-3*j-i)", 1, 3),
  ])
  func linesHaveNoCommonDivisor(text: String, rows: Int, columns: Int) throws {
    let program = try #require(try lowered(text))
    let sign = columns < 0 ? -1 : 1
    guard case .table(.line(let line), _)? = program.operands.first else {
      Issue.record("\(text) is no table along a line")
      return
    }
    #expect(line == Program.Line(rows: sign * rows, columns: sign * columns))
  }

  @Test(arguments: [
    "i*j", "1/(i+j+1)", "i*i*0.5+3*i*j-j*j*j*0.001+7",  // plain arithmetic
    "sin(0.1*i*j)", "sin(i*j/3)", "cos(i*i*j)", "sin(i*0.1)",  // no exact bilinear form
    "sin(sqrt(i*i+j*j))", "exp(i*j)", "exp(-sqrt(i*j+1)/50)*tanh(i*0.01-j*0.02)", "atan2(i,j)",
    "exp(i*i)", "exp(10*i-10*j*j)", "exp(-i)*exp(-j)*exp(-i)*exp(-j)*exp(-2*j)*exp(-2*i)",  // too far from 1
    "sin(i)/(j-5)", "cos(i)/sin(j)",  // a divisor that can be 0
    "i > j ? sin(i*j) : 0", "sum(k,0,3,sin(i*j+k))",
    "sin(1e16*i*j)", "sin(i*j+1e-20)",  // not exact over the shape
  ])
  func theseAreCarriedOutOperationByOperation(text: String) throws {
    #expect(try lowered(text) == nil)
  }

  @Test func exactnessDependsOnTheShape() throws {
    let text = "sin(1048576*i*j+0.0009765625)"
    #expect(try lowered(text, rows: 1000, columns: 100) != nil)
    #expect(try lowered(text, rows: 100_000_000, columns: 100) == nil)
  }

  @Test func boundsAreStatedForEachForm() throws {
    func compiled(_ text: String, _ accuracy: Accuracy) throws -> CompiledFormula {
      try Formula(text).bind(rows: 10, columns: 10).compile(accuracy)
    }
    #expect(try compiled("sin(i*j)", .strict).isRoundedOnce)
    #expect(try !compiled("tan(i*j)", .strict).isRoundedOnce)
    #expect(try compiled("tan(i*j)", .best) == .quadruple)
    #expect(try compiled("sin(i*j)", .best).isRoundedOnce)
    #expect(try compiled("tan(i*j)", .strict).bound.contains("1 ulp"))
  }

  /// Coefficients that no longer fit a double end a form; they are never rounded.
  @Test func coefficientsStayExact() {
    let third = BilinearForm(row: 1.0 / 3)
    #expect(BilinearForm.product(third, BilinearForm(constant: 3)) == nil)
    #expect(BilinearForm.product(third, BilinearForm(constant: 2)) == BilinearForm(row: 2.0 / 3))
    #expect(BilinearForm.sum(BilinearForm(constant: 0x1p53), BilinearForm(constant: 1)) == nil)
    #expect(BilinearForm.product(BilinearForm(row: 1), BilinearForm(row: 1)) == nil)
    #expect(
      BilinearForm.product(BilinearForm(row: 2, constant: 1), BilinearForm(column: 3, constant: -1))
        == BilinearForm(product: 6, row: -2, column: 3, constant: -1))
  }
}
