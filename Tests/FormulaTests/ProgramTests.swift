// SPDX-License-Identifier: Apache-2.0
//
// What the compiler makes of typical formulas: shared values, rates, guards, loops unrolled or not; and faults.

import Testing

@testable import Formula

@Suite struct ProgramTests {
  static let inputs = [Program.Input(name: "X", rows: 4, columns: 3)]

  private func compile(_ text: String, inputs: [Program.Input] = []) throws -> Program {
    try Formula(text).compile(rows: 4, columns: 4, inputs: inputs)
  }

  private func functions(_ program: Program) -> [Function] {
    program.values.compactMap { if case .apply(let function) = $0.operation { function } else { nil } }
  }

  // MARK: Values

  @Test func headline() throws {
    let program = try compile("sin(i*j)*cos(i+j)")
    #expect(functions(program) == [.multiply, .sin, .add, .cos, .multiply])
    #expect(program.values.count == 7)
    #expect(program.values.map(\.rate) == [.row, .column] + Array(repeating: .element, count: 5))
    #expect(program.result == 6)
  }

  @Test func commonSubexpressions() throws {
    #expect(functions(try compile("sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))")).count { $0 == .squareRoot } == 1)
    #expect(functions(try compile("i*j + j*i")) == [.multiply, .add])
    #expect(functions(try compile("(i < j) + (j > i)")) == [.less, .add])
    #expect(functions(try compile("i - j + (j - i)")) == [.subtract, .subtract, .add])
    #expect(functions(try compile("atan2(i, j) + atan2(j, i)")).count { $0 == .atan2 } == 2)
  }

  @Test func rates() throws {
    let program = try compile("exp(2)*sin(i) + cos(j) + i*j")
    let rates = Dictionary(
      program.values.compactMap { value -> (Function, Rate)? in
        if case .apply(let function) = value.operation { (function, value.rate) } else { nil }
      }, uniquingKeysWith: { a, b in a.union(b) })
    #expect(rates[.exp] == .constant)
    #expect(rates[.sin] == .row)
    #expect(rates[.cos] == .column)
    #expect(rates[.add] == .element)
    let gathers = try compile("X[i, 0] + X[1, j] + X[i, j] + X[0, 0]", inputs: Self.inputs).values.filter {
      if case .gather = $0.operation { true } else { false }
    }
    #expect(gathers.map(\.rate) == [.row, .column, .element, .constant])
  }

  @Test func foldingAndRewrites() throws {
    #expect(functions(try compile("i + (2*3 - 6/2)")) == [.add])
    #expect(functions(try compile("i/8")) == [.multiply])
    #expect(functions(try compile("i/3")) == [.divide])
    // 2⁻¹⁰²³ would be subnormal.
    #expect(functions(try compile("i/8.98846567431158e307")) == [.divide])
    #expect(functions(try compile("-(-i)*1 - 0")) == [])
    #expect(functions(try compile("i*0")) == [.multiply])
    #expect(functions(try compile("i + 0")) == [.add])
    #expect(functions(try compile("i - i")) == [.subtract])
    #expect(functions(try compile("sin(0)")) == [.sin])
    #expect(functions(try compile("1 ? i : sin(j)")) == [])
    // Several NaN constants are one value.
    #expect(try compile("nan*i + (0/0)*j").values.count { $0.operands.isEmpty } == 3)
  }

  // MARK: Guards

  /// The guard of every element that the program reads.
  private func guards(_ text: String) throws -> [Program.Value] {
    let program = try compile(text, inputs: Self.inputs)
    return program.values.compactMap { value in
      if case .gather = value.operation { program.values[value.operands[2]] } else { nil }
    }
  }

  @Test func guardsAreTheConditionsOnThePath() throws {
    func operation(_ text: String) throws -> Program.Operation { try guards(text)[0].operation }
    let one = Program.Operation.constant(bitPattern: 1.0.bitPattern)
    #expect(try operation("X[i, 0]") == one)
    #expect(try operation("i > 0 ? X[i-1, 0] : 0") == .apply(.less))
    #expect(try operation("where(i == 0, 0, X[i-1, 0])") == .apply(.notEqual))
    #expect(try operation("i > 0 && X[i-1, 0] > 2") == .apply(.less))
    #expect(try operation("i == 0 || X[i-1, 0] > 2") == .apply(.notEqual))
    #expect(try operation("i > 0 ? (j > 0 ? X[i-1, j-1] : 0) : 0") == .apply(.and))
    #expect(try operation("j ? X[i, 0] : 0") == .columnIndex)
    #expect(try operation("X[i, 0] > 0 ? 1 : 2") == one)
    #expect(try operation("1 ? X[i, 0] : 2") == one)
    // What follows a choice is unguarded again.
    #expect(try guards("(i > 0 ? X[i-1, 0] : 0) + X[i, 0]").last?.operation == one)
    #expect(try guards("0 ? X[-1, 0] : i").isEmpty)
  }

  private func check(_ text: String, faults: [(row: Int, column: Int)]) throws {
    let bound = try Formula(text).bind(rows: 4, columns: 4, inputs: text.contains("X") ? Self.inputs : [])
    let context = LibmContext(inputs: [(0..<12).map(Double.init)], shapes: Self.inputs)
    let reference = ReferenceEvaluator(bound, context: context)
    let interpreter = Interpreter(program: try bound.compile(), context: context)
    for row in 0..<4 {
      for column in 0..<4 {
        let expected = try? reference.value(row: row, column: column)
        let found = try? interpreter.value(row: row, column: column)
        #expect(expected == found, "\(text) at \(row), \(column)")
        #expect((expected == nil) == faults.contains { $0 == (row, column) }, "\(text) at \(row), \(column)")
      }
    }
  }

  @Test func branchesNotTakenDoNotFault() throws {
    try check("i > 0 ? X[i-1, 0] : 0", faults: [])
    try check("where(i > 0, X[i-1, 0], -1)", faults: [])
    try check("i > 0 && X[i-1, 0] > 2", faults: [])
    try check("i == 0 || X[i-1, 0] > 2", faults: [])
    try check("i > 0 ? X[i-2, 0] : 0", faults: (0..<4).map { (1, $0) })
    try check("j < 3 ? sum(k, 0, j, X[i, k]) : sum(k, 0, 2, X[i, k])", faults: [])
    try check("j == 3 ? sum(k, 0, inf*j, 1) : j", faults: (0..<4).map { ($0, 3) })
    try check("j >= 0 ? j : sum(k, 0, i/0, 1)", faults: [])
    try check("sum(k, 0, 70, k < 3 ? X[i, k] : 0)", faults: [])
    try check("sum(k, 0, 70, k < 3 && X[i, k])", faults: [])
    try check("sum(k, i, 3, i > 2 ? X[0, 3] : k)", faults: (0..<4).map { (3, $0) })
    try check("sum(k, 1, 0, X[9, 9]) + sum(k, j, 2, X[j, 0])", faults: [])
  }

  // MARK: Loops

  private func hasLoop(_ program: Program) -> Bool {
    program.values.contains { if case .reduce = $0.operation { true } else { false } }
  }

  @Test func shortLoopsAreUnrolled() throws {
    #expect(!hasLoop(try compile("sum(k, 0, 63, sin(k*i))")))
    #expect(hasLoop(try compile("sum(k, 0, 64, sin(k*i))")))
    #expect(hasLoop(try compile("sum(k, 0, i, sin(k*i))")))
    #expect(try compile("sum(k, 1, 0, i)").values.map(\.operation) == [.constant(bitPattern: 0)])
    #expect(try compile("prod(k, 1, 0, i)").values.map(\.operation) == [.constant(bitPattern: 1.0.bitPattern)])
    // Bounds that depend on an outer counter are constants once that loop is unrolled.
    #expect(!hasLoop(try compile("sum(k, 0, 5, sum(l, 0, k, sin(l*i)))")))
    // A kernel matrix: no loop is left, and everything but the differences is a table.
    let kernel = try compile("exp(-sum(k, 0, columns(X)-1, (X[i,k]-X[j,k])^2)/2)", inputs: Self.inputs)
    #expect(functions(kernel).filter { $0 == .subtract }.count == 3)
    for value in kernel.values {
      if case .gather = value.operation { #expect(value.rate == .row || value.rate == .column) }
    }
  }

  @Test func unrolledEqualsLoop() throws {
    // The same terms, once with constant bounds and once with bounds that only the run knows.
    for term in ["sin(k*i + j)", "0.1*k", "(k - i)/(k + 0.3)", "-0", "k < 2 ? nan : k"] {
      for (first, last) in [(0, 9), (-3, 3), (5, 5), (2, 1)] {
        for name in ["sum", "prod"] {
          let unrolled = try Formula("\(name)(k, \(first), \(last), \(term))").bind(rows: 4, columns: 4)
          let loop = try Formula("\(name)(k, \(first) + 0*i, \(last) + 0*j, \(term))").bind(rows: 4, columns: 4)
          #expect(try !hasLoop(unrolled.compile()))
          #expect(try hasLoop(loop.compile()))
          for place in 0..<4 {
            let a = try Interpreter(program: unrolled.compile(), context: LibmContext()).value(row: place, column: 1)
            let b = try Interpreter(program: loop.compile(), context: LibmContext()).value(row: place, column: 1)
            let c = try ReferenceEvaluator(loop, context: LibmContext()).value(row: place, column: 1)
            #expect(sameBits(a, b) && sameBits(b, c))
          }
        }
      }
    }
  }

  @Test func whatDoesNotVaryWithALoopIsOutsideOfIt() throws {
    let program = try compile("sum(k, 0, 99, sin(i)*cos(k) + X[j, 0])", inputs: Self.inputs)
    #expect(functions(program) == [.sin])
    let loop = try #require(program.values.last)
    guard case .reduce(.sum, let body) = loop.operation else {
      Issue.record("a loop was expected")
      return
    }
    #expect(loop.operands.count == 5)
    #expect(loop.rate == .element)
    let captured = body.values.filter { if case .captured = $0.operation { true } else { false } }
    #expect(captured.map(\.rate) == [.row, .column])
    #expect(body.values.contains { $0.operation == .apply(.cos) && $0.rate == .constant })
    #expect(body.values[body.result].rate == .element)
    #expect(!body.values.contains { $0.operation == .loopActive })
  }

  @Test func loopsWithBoundsPerElement() throws {
    let program = try compile("sum(k, 0, j, X[k, 0] + i)", inputs: Self.inputs)
    let loop = try #require(program.values.last)
    guard case .reduce(_, let body) = loop.operation else {
      Issue.record("a loop was expected")
      return
    }
    let rates = Dictionary(
      body.values.map { ("\($0.operation)", $0.rate) }, uniquingKeysWith: { first, _ in first })
    #expect(rates["\(Program.Operation.loopIndex)"] == .constant)
    #expect(rates["\(Program.Operation.loopActive)"] == .column)
    #expect(rates["\(Program.Operation.gather(input: 0))"] == .column)
    #expect(rates["\(Program.Operation.captured(index: 0))"] == .row)
    #expect(loop.rate == .element)
  }

  @Test func impossibleLoops() throws {
    func message(_ text: String) -> String? {
      do throws(FormulaError) {
        _ = try Formula(text).compile(rows: 4, columns: 4)
        return nil
      } catch {
        return error.rendered
      }
    }
    #expect(
      message("1 + sum(k, 0, 1e10, k)")
        == "a sum from 0.0 to 10000000000.0 has too many terms: 1000000000 is the limit\n  1 + sum(k, 0, 1e10, k)\n      ^~~~~~~~~~~~~~"
    )
    #expect(
      message("prod(k, nan, 3, k)")?.hasPrefix("a product from nan to 3.0 has no meaning: a bound is NaN") == true)
    #expect(message("sum(k, 0, inf, k)")?.hasPrefix("a sum from 0.0 to inf has too many terms") == true)
    #expect(message("sum(k, 1e17, 1e17 + 32, k)")?.hasPrefix("a sum from 1e+17 to") == true)
    #expect(message("sum(k, inf, 0, k)") == nil)
    #expect(message("0 ? sum(k, 0, inf, k) : 1") == nil)
    #expect(message("sum(k, 0, 1e9 - 1, k)") == nil)
  }

  // MARK: Faults

  private func fault(_ text: String, row: Int, column: Int, origin: Int = 0) throws -> EvaluationFault? {
    let bound = try Formula(text).bind(
      rows: 4, columns: 4, origin: origin, inputs: text.contains("X") ? Self.inputs : [])
    let context = LibmContext(inputs: [(0..<12).map(Double.init)], shapes: Self.inputs)
    do throws(EvaluationFault) {
      _ = try ReferenceEvaluator(bound, context: context).value(row: row, column: column)
      return nil
    } catch {
      return error
    }
  }

  @Test func faultsNameTheElement() throws {
    #expect(
      try fault("X[i-1, j]", row: 0, column: 2)?.description
        == "X[-1, 2] is outside X, which has 4 rows and 3 columns, counted from 0, at i = 0, j = 2; guard it, as in i > 0 ? X[i-1, j] : 0"
    )
    #expect(try fault("X[i, j]", row: 3, column: 3)?.code == .indexOutOfRange)
    #expect(try fault("X[i, j]", row: 3, column: 2) == nil)
    #expect(try fault("X[i, j]", row: 3, column: 2, origin: 1) == nil)
    #expect(try fault("X[i-1, j]", row: 0, column: 0, origin: 1)?.first == 0)
    #expect(
      try fault("X[i/2, j]", row: 1, column: 0)?.description
        == "X[0.5, 0] has an index that is not an integer, at i = 1, j = 0; round it, as in X[floor(i/2), j]")
    #expect(try fault("X[nan, j]", row: 1, column: 0)?.code == .indexNotInteger)
    #expect(try fault("X[0, inf]", row: 1, column: 0)?.code == .indexOutOfRange)
    #expect(try fault("X[-0, j]", row: 1, column: 0) == nil)
    #expect(try fault("X[1e300, j]", row: 1, column: 0)?.code == .indexOutOfRange)
    let terms = try #require(try fault("sum(k, 0, i*1e9, 1)", row: 3, column: 1))
    #expect(terms.code == .tooManyTerms && terms.i == 3 && terms.j == 1 && terms.second == 3e9)
    #expect(
      terms.description
        == "a sum from 0.0 to 3000000000.0 has too many terms: 1000000000 is the limit, at i = 3, j = 1; check the bounds"
    )
  }
}
