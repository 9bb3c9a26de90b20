// SPDX-License-Identifier: Apache-2.0
//
// Values written out again: the text parses back to the same formula, with no parentheses too many.

import Testing

@testable import Formula

@Suite struct PrinterTests {
  private let printer = FormulaPrinter()

  private func printed(_ text: String, inputs: [Program.Input] = []) throws -> String {
    let program = try Formula(text).compile(rows: 40, columns: 50, inputs: inputs)
    return printer.texts(program)[program.result].string
  }

  @Test(arguments: [
    "i", "5", "i+j", "i-j-1", "i-(j-1)", "i+(j+i)", "i*j/3", "i*(j/3)", "(i+j)*(i-j)", "i/(i+j+1)", "i%3",
    "(i+1)%(j+2)",
    "-i", "-i*j", "-(i*j)", "i*-3", "i-(-3)", "i+(-j^0.5)/3", "-i^0.5", "(-i)^0.5", "i^-j", "i^j^0.5", "(i^j)^0.5",
    "2^-i*3", "2^(i+j)", "(i+1)^2", "i*i", "1/i", "sin(i*j)*cos(i+j)", "atan2(i-0.5, j+0.25)*log(1+i*j)",
    "min(i, j)", "fma(i, j, 0.1)", "i < j", "(i < j)+1", "(i < j) == (j < 3)", "i < j && j < 3 || i == 2", "!(i < j)",
    "i < j ? i*j : 0", "(i < j ? i : 0)+j", "i < j ? i : j < 3 ? 1 : 2", "(i ? j : 0) ? 1 : 2", "i || j && i+j",
    "pi*i", "i*e", "-pi*i", "i*1e+300", "i+5e-324", "i*0.1", "inf*i", "nan*i", "i*-inf",
    "sum(k, 0, i, k*j)", "sum(k, 0, 99, prod(l, 1, k, i+l/j)-k)", "i^(2*1)", "i^(-1*1)",
  ])
  func theShortestText(text: String) throws {
    let written = try printed(text)
    #expect(try printed(written) == written)
    // Constants stand last in a commutative operation: the passes put them there.
    if !["pi*i", "inf*i", "nan*i", "-pi*i", "2^-i*3", "i^(2*1)", "i^(-1*1)"].contains(text) {
      #expect(written.count <= text.count, "\(written)")
    }
  }

  @Test func known() throws {
    #expect(try printed("exp(-((i-500)**2+(j-300)^2)/20000)") == "exp(-((i-500)^2+(j-300)^2)/20000)")
    #expect(try printed("((((i)))) - ((j) * (2.50))") == "i-j*2.5")
    #expect(try printed("where(i > j, i, -(-j))") == "j < i ? i : j")
    #expect(
      try printed("X[i, 0] * X[0, j]", inputs: [Program.Input(name: "X", rows: 40, columns: 50)]) == "X[i,0]*X[0,j]")
    // A counter does not take the name of a matrix.
    #expect(
      try printed("sum(n, 0, 99, k[n, 0])", inputs: [Program.Input(name: "k", rows: 100, columns: 1)])
        == "sum(l, 0, 99, k[l,0])")
  }

  @Test func longTextsBecomeAnEllipsis() throws {
    let program = try Formula("exp(sin(i*j+1)+cos(i*j+2))").compile(rows: 4, columns: 5)
    func text(_ limit: Int) -> String { FormulaPrinter(limit: limit).texts(program)[program.result].string }
    #expect(text(100) == "exp(sin(i*j+1)+cos(i*j+2))")
    #expect(text(20) == "exp(…)")
    // Doubled forty times.
    let doubled = try Formula((0..<40).reduce("i+j") { text, _ in "(\(text))^2" }).compile(rows: 4, columns: 5)
    #expect(FormulaPrinter(limit: 50).texts(doubled).allSatisfy { $0.string.utf8.count <= 50 })
  }

  @Test(arguments: 0..<4)
  func randomFormulasKeepTheirValues(block: Int) throws {
    var compared = 0
    for index in 0..<250 {
      let seed = UInt64(900_000 + block * 1_000 + index)
      var generator = RandomFormula(seed: seed)
      let text = generator.next(depth: 2 + index % 4)
      let shape = PassTests.shape
      let bound = try Formula(text).bind(
        rows: shape.rows, columns: shape.columns, parameters: RandomFormula.parameters, inputs: RandomFormula.inputs)
      guard let program = try? bound.compile() else { continue }
      let written = printer.texts(program)[program.result].string
      // All inputs have to be used; the condition is folded away. Too deep or too long: cannot be read back.
      guard
        let read = try? Formula(
          "1 ? \(written) : \(RandomFormula.inputs.map { "rows(\($0.name))" }.joined(separator: "+"))"),
        let again = try? read.compile(rows: shape.rows, columns: shape.columns, inputs: RandomFormula.inputs)
      else { continue }
      compared += 1
      for (row, column) in [(0, 0), (1, 0), (0, 3), (3, 4), (2, 2)] {
        let expected = try? Interpreter(program: program, context: RandomFormula.context).value(
          row: row, column: column)
        let found = try? Interpreter(program: again, context: RandomFormula.context).value(row: row, column: column)
        switch (expected, found) {
        case (let expected?, let found?):
          #expect(sameBits(expected, found), "seed \(seed), element \(row),\(column): \(text) is written \(written)")
        case (nil, nil): break
        default: Issue.record("seed \(seed), element \(row),\(column), a fault: \(text) is written \(written)")
        }
      }
    }
    #expect(compared > 200, "\(compared)")
  }

  // MARK: Parts of pairs

  /// With all parentheses.
  private func grouped(_ steps: [PairFormula.Step]) -> String {
    var stack: [String] = []
    for step in steps {
      switch step {
      case .number(let value): stack.append("\(value)")
      case .rowIndex: stack.append("i")
      case .columnIndex: stack.append("j")
      case .square: stack.append("(multiply \(stack[stack.count - 1]) \(stack.removeLast()))")
      case .apply(let function):
        let operands = stack.suffix(function.argumentCount).joined(separator: " ")
        stack.removeLast(function.argumentCount)
        stack.append("(\(function) \(operands))")
      }
    }
    return stack.joined(separator: " ")
  }

  private func steps(_ formula: BoundFormula) -> [PairFormula.Step] {
    formula.nodes.enumerated().compactMap { place, node -> PairFormula.Step? in
      switch node.kind {
      case .number(let value):
        if place + 1 < formula.nodes.count, case .integerPower = formula.nodes[place + 1].kind { return nil }
        return .number(value)
      case .rowIndex: return .rowIndex
      case .columnIndex: return .columnIndex
      case .integerPower: return .square
      case .apply(let function): return .apply(function)
      default: return nil
      }
    }
  }

  @Test func partsOfPairsParseBack() throws {
    var random = RandomSource(seed: 31)
    for _ in 0..<2_000 {
      // Postfix steps, each of which has its operands.
      var steps: [PairFormula.Step] = []
      var depth = 0
      while steps.count < 12 || depth > 1 {
        let grows = steps.count < 12 && (depth < 2 || random.below(2) == 0)
        if grows {
          let number = Double(random.below(81) - 40) / 8
          steps.append(random.pick([.rowIndex, .columnIndex, .number(number)]))
          depth += 1
        } else if depth > 1 {
          let function: Function = random.pick([.add, .subtract, .multiply, .divide])
          steps.append(.apply(function))
          depth -= 1
        } else {
          let isNumber = if case .number? = steps.last { true } else { false }
          steps.append(
            [.square, .apply(.sin), .apply(.exp), .apply(isNumber ? .cos : .negate)].randomElement(using: &random)
              ?? .square)
        }
      }
      let text = printer.text(PairFormula(steps)).string
      let again = self.steps(try Formula(text).bind(rows: 40, columns: 50))
      #expect(grouped(again) == grouped(steps), "\(text)")
    }
  }

  @Test func formsParseBack() throws {
    let coefficients = [0, 1, -1, 2, -3, 0.5]
    for row in coefficients {
      for column in coefficients {
        for constant in coefficients {
          for product in coefficients.dropFirst() {
            let form = BilinearForm(product: product, row: row, column: column, constant: constant)
            let formula = try Formula("sin(\(printer.text(form).string))").bind(rows: 40, columns: 50)
            guard case .rotation(_, _, let again, _)? = PairLowering.lower(formula)?.operands.first else {
              Issue.record("\(printer.text(form).string)")
              continue
            }
            #expect(again == form, "\(printer.text(form).string)")
          }
        }
      }
    }
    #expect(printer.text(BilinearForm(product: -1, row: 2, column: -1, constant: 0.25)).string == "-i*j+2*i-j+0.25")
  }
}
