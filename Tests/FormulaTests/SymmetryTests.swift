// SPDX-License-Identifier: Apache-2.0
//
// Which formulas are found to be symmetric; and that what is found is true, to the bit.

import Testing

@testable import Formula

@Suite struct SymmetryTests {
  private func isSymmetric(_ text: String, side: Int = 6, columns: Int = 6) throws -> Bool {
    let inputs = text.contains("X[") ? [Program.Input(name: "X", rows: 6, columns: 3)] : []
    return try Formula(text).bind(rows: side, columns: columns, inputs: inputs).compile().isSymmetric
  }

  @Test(arguments: [
    "i+j", "i*j", "7", "sin(i*j)*cos(i+j)", "sqrt(i*i+j*j)", "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))",
    "abs(i-j)",
    "exp(-abs(i-j)/3)", "(i-j)^2", "min(i,j)/max(i,j)", "i == j ? 1 : 0", "log(i+j)-cos(j*i)",
    "exp(-sum(k,0,2,(X[i,k]-X[j,k])^2)/2)", "exp(-sum(k,0,columns(X)-1,(X[i,k]-X[j,k])^2)/2)", "X[i,0]*X[j,0]",
    "sum(k,0,100,sin(k*i)*sin(k*j))", "sum(k,0,i+j,k*(i*j))",
  ])
  func theseAre(text: String) throws {
    #expect(try isSymmetric(text))
  }

  @Test(arguments: [
    "i", "i-j", "i+2*j", "i > j ? 1 : 0", "atan2(i,j)", "hypot(i,j)", "X[i,0]-X[j,0]", "X[i,0]*X[j,1]", "(i+0.1)+j",
    "sum(k,0,i,k*j)", "i^j", "abs(i-2*j)", "(i-j)^3", "sum(k,0,2,X[i,k]-X[j,k])^2", "i*0.1*j",
    "sum(k,0,i+j,k*i*j)", "log(0.1+i+j)",  // of other operations, and other bits for some numbers
  ])
  func theseAreNot(text: String) throws {
    #expect(try !isSymmetric(text))
  }

  @Test func onlySquareMatricesAre() throws {
    #expect(try !isSymmetric("i+j", side: 6, columns: 7))
  }

  /// Random formulas, and each with its exchanged twin in a symmetric operation: whatever is said to be symmetric is.
  @Test func whatIsFoundIsTrue() throws {
    var found = 0
    for seed in 0..<600 {
      var generator = RandomFormula(seed: UInt64(seed + 40_000))
      let text = generator.next(depth: 2 + seed % 3)
      guard
        let formula = try? Formula(text).bind(
          rows: 5, columns: 5, parameters: RandomFormula.parameters, inputs: RandomFormula.inputs),
        let program = try? formula.compile(), program.isSymmetric
      else { continue }
      found += 1
      let reference = ReferenceEvaluator(formula, context: RandomFormula.context)
      for row in 0..<5 {
        for column in 0..<row {
          let (x, y) = (try? reference.value(row: row, column: column), try? reference.value(row: column, column: row))
          switch (x, y) {
          case (let x?, let y?): #expect(sameBits(x, y), "seed \(seed), [\(row), \(column)]: \(text)")
          case (nil, nil): break
          default: Issue.record("seed \(seed), [\(row), \(column)] has a value on one side only: \(text)")
          }
        }
      }
    }
    #expect(found > 20, "only \(found) were symmetric")
  }
}
