// SPDX-License-Identifier: Apache-2.0
//
// What is said of a compiled formula: its form and why, its parts, and what an element costs.

import Testing

@testable import Formula

@Suite struct ExplanationTests {
  private func explain(
    _ text: String, rows: Int = 100, columns: Int = 200, inputs: [Program.Input] = [], _ accuracy: Accuracy = .strict
  ) throws -> FormulaExplanation {
    let bound = try Formula(text).bind(rows: rows, columns: columns, inputs: inputs)
    return bound.explanation(try bound.compile(accuracy))
  }

  @Test func headline() throws {
    let explanation = try explain("sin(i*j)*cos(i+j)")
    #expect(explanation.form == .pairs && explanation.obstacle == nil)
    #expect(explanation.element == "a*b")
    #expect(
      explanation.parts == [
        .init(name: "a", text: "sin(i*j)", isRotation: true, rate: .perElement, valueCount: 20_000),
        .init(
          name: "b", text: "cos(i+j)", isRotation: false, rate: .perLine(Program.Line(rows: 1, columns: 1)),
          valueCount: 299),
      ])
    // 10 for the rotation, 8 for the product, 3 for the certificate in it.
    #expect(explanation.cost == .init(operations: 21, functions: 0, bytesRead: 64))
  }

  @Test func operationsWithTables() throws {
    let explanation = try explain("exp(-sqrt(i*j+1)/50)*tanh(i*0.01-j*0.02)")
    #expect(explanation.form == .operations)
    #expect(explanation.element == "exp(-sqrt(i*j+1)/50)*tanh(a-b)")
    #expect(explanation.parts.map(\.text) == ["i*0.01", "j*0.02"])
    #expect(explanation.parts.map(\.rate) == [.perRow, .perColumn])
    #expect(explanation.parts.map(\.valueCount) == [100, 200])
    #expect(explanation.cost == .init(operations: 7, functions: 2, bytesRead: 8))
    #expect(explanation.counts.map(\.count).reduce(0, +) == 11)
  }

  @Test func wholeFormulasAlongALine() throws {
    let explanation = try explain("1/(2*i+3*j+1)")
    #expect(explanation.element == "a")
    #expect(explanation.parts.map(\.text) == ["1/(i*2+j*3+1)"])
    #expect(explanation.parts.first?.rate == .perLine(Program.Line(rows: 2, columns: 3)))
    #expect(explanation.parts.first?.valueCount == 2 * 99 + 3 * 199 + 1)
    #expect(explanation.cost == .init(operations: 0, functions: 0, bytesRead: 8))
  }

  @Test(arguments: [(1, 1, "i+j"), (-1, 1, "j-i"), (2, 3, "2*i+3*j"), (-3, 2, "2*j-3*i")])
  func lines(rows: Int, columns: Int, text: String) {
    #expect(Program.Line(rows: rows, columns: columns).formula == text)
  }

  @Test func quadruple() throws {
    let explanation = try explain("tan(i*j)/3", .best)
    #expect(explanation.form == .quadruple && explanation.element == "tan(i*j)/3")
    #expect(explanation.cost == .init(operations: 2, functions: 1, bytesRead: 0))
  }

  @Test func matricesAndLoops() throws {
    let inputs = [Program.Input(name: "a", rows: 100, columns: 3)]
    let kernel = try explain("exp(-sum(k, 0, 2, (a[i,k]-a[j,k])^2)/2)", columns: 100, inputs: inputs)
    #expect(kernel.parts.map(\.text) == ["a[i,0]", "a[j,0]", "a[i,1]", "a[j,1]", "a[i,2]", "a[j,2]"])
    // `a` is the matrix.
    #expect(kernel.parts.map(\.name) == ["b", "c", "d", "f", "g", "h"])
    #expect(kernel.element == "exp(-((b-c)^2+(d-f)^2+(g-h)^2)*0.5)")
    #expect(kernel.cost.bytesRead == 24 && !kernel.cost.hasLoops)
    let loop = try explain("sum(k, 0, j, k*sqrt(i))")
    #expect(loop.element == "sum(k, 0, j, k*a)" && loop.cost.hasLoops)
  }

  /// A great many tables: the dearest are named, the rest is written out.
  @Test func manyTables() throws {
    let sum = (0..<40).map { "(i+\($0))*(j+\($0))" }.joined(separator: "+")
    let explanation = try explain("gamma(i/9)*gamma(j/9)*(\(sum))")
    #expect(explanation.parts.count == FormulaExplanation.names.count)
    #expect(explanation.parts.contains { $0.text == "gamma(i/9)" })
    #expect(explanation.element.contains("…") || explanation.element.count <= FormulaExplanation.textLimit)
  }

  @Test(arguments: [
    ("i*j", "no sin, cos or exp"), ("1/(i+j+1)", "no sin, cos or exp"), ("sin(0.1*i*j)", "argument in sin(0.1*i*j)"),
    ("cos(i*i*j)", "at *, a value of both"), ("exp(i*j)", "exponent in exp(i*j)"),
    ("exp(i*i)", "exponent in exp(i*i)"),
    ("sin(sqrt(i*i+j*j))", "sqrt is none of"), ("atan2(i,j)", "atan2 is none of"), ("i < j", "< is none of"),
    ("cos(i)/sin(j)", "could be 0"), ("i > j ? sin(i*j) : 0", "> is none of"), ("j ? sin(i*j) : 0", "choice"),
    ("i || sin(i*j)", "condition"), ("sum(k,0,3,sin(i*j+k))", "sum or product"),
    ("sin(i)+sin(2*i*j)+sin(3*i*j)+sin(4*i*j)+sin(5*i*j)+sin(6*i*j)+sin(7*i*j)+sin(8*i*j)", "more than 6 operations"),
    ("i*i*0.5+3*i*j-j*j*j*0.001+7", "no sin, cos or exp"), ("sin(i*j)*(i*j)", "at *, a value of both"),
    ("cos(9*i+j)", "argument in cos(9*i+j)"),
  ])
  func obstacles(text: String, words: String) throws {
    let bound = try Formula(text).bind(rows: 100, columns: 200)
    #expect(PairLowering.lower(bound) == nil)
    let obstacle = try #require(PairLowering.obstacle(bound))
    #expect(obstacle.contains(words), "\(obstacle)")
  }

  @Test(arguments: 0..<2)
  func thereIsAnObstacleWhereThereAreNoPairs(block: Int) throws {
    for index in 0..<250 {
      var generator = RandomFormula(seed: UInt64(700_000 + block * 1_000 + index))
      let bound = try Formula(generator.next(depth: 1 + index % 4)).bind(
        rows: 4, columns: 5, parameters: RandomFormula.parameters, inputs: RandomFormula.inputs)
      #expect((PairLowering.obstacle(bound) == nil) == (PairLowering.lower(bound) != nil), "\(bound.text)")
    }
  }
}
