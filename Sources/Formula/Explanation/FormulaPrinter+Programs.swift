// SPDX-License-Identifier: Apache-2.0
//
// The compiled forms of a formula as text: values of a Program, parts of a PairProgram.

extension FormulaPrinter {
  private static let row = Text(atom: "i")
  private static let column = Text(atom: "j")
  /// Loops are no deeper than `Parser.loopLimit`.
  private static let counters = ["k", "l", "m", "n", "t", "u", "v", "w", "x", "y", "z", "kk", "ll", "mm", "nn", "tt"]

  // MARK: Programs

  /// Every value of `program`. Those that have a name are it wherever they are used.
  func texts(_ program: Program, names: [Int: String] = [:]) -> [Text] {
    let counters = FormulaPrinter.counters.filter { name in !program.inputs.contains { $0.name == name } }
    return texts(program.values, program, names, captured: [], loop: Text(atom: ""), counters[...])
  }

  private func texts(
    _ values: [Program.Value], _ program: Program, _ names: [Int: String], captured: [Text], loop: Text,
    _ counters: ArraySlice<String>
  ) -> [Text] {
    var known: [Text] = []
    func used(_ index: Int) -> Text { names[index].map { Text(atom: $0) } ?? known[index] }
    for value in values {
      let operands = value.operands.map(used)
      let text =
        switch value.operation {
        case .constant(let bits): number(Double(bitPattern: bits))
        case .rowIndex: FormulaPrinter.row
        case .columnIndex: FormulaPrinter.column
        case .apply(let function): apply(function, operands)
        case .gather(let input): element(of: program.inputs[input].name, operands[0], operands[1])
        case .reduce(let reduction, let body): self.reduction(reduction, body, program, operands, counters)
        case .loopIndex: loop
        case .loopActive: Text(atom: "1")  // guards alone use it, and they are not written
        case .captured(let index): captured[index]
        }
      known.append(text)
    }
    return known
  }

  private func reduction(
    _ reduction: Program.Reduction, _ body: Program.Body, _ program: Program, _ operands: [Text],
    _ counters: ArraySlice<String>
  ) -> Text {
    let counter = counters.first ?? "k"
    let terms = texts(
      body.values, program, [:], captured: Array(operands[3...]), loop: Text(atom: counter), counters.dropFirst())
    return self.reduction(reduction, counter: counter, operands[0], operands[1], terms[body.result])
  }

  // MARK: Pairs

  func text(_ formula: PairFormula) -> Text {
    var stack: [Text] = []
    for step in formula.steps {
      switch step {
      case .number(let value): stack.append(number(value))
      case .rowIndex: stack.append(FormulaPrinter.row)
      case .columnIndex: stack.append(FormulaPrinter.column)
      case .square:
        let x = stack.removeLast()
        stack.append(apply(.multiply, [x, x]))
      case .apply(let function):
        let operands = Array(stack.suffix(function.argumentCount))
        stack.removeLast(function.argumentCount)
        stack.append(apply(function, operands))
      }
    }
    return stack.removeLast()
  }

  func text(_ form: BilinearForm) -> Text {
    let terms: [(Double, [Text])] = [
      (form.product, [FormulaPrinter.row, FormulaPrinter.column]), (form.row, [FormulaPrinter.row]),
      (form.column, [FormulaPrinter.column]), (form.constant, []),
    ]
    var result: Text?
    for (coefficient, factors) in terms where coefficient != 0 {
      guard let sum = result else {
        result = term(coefficient, factors)
        continue
      }
      result = apply(coefficient < 0 ? .subtract : .add, [sum, term(coefficient.magnitude, factors)])
    }
    return result ?? number(0)
  }

  private func term(_ coefficient: Double, _ factors: [Text]) -> Text {
    guard let first = factors.first else { return number(coefficient) }
    let start =
      switch coefficient {
      case 1: first
      case -1: apply(.negate, [first])
      default: apply(.multiply, [number(coefficient), first])
      }
    return factors.dropFirst().reduce(start) { apply(.multiply, [$0, $1]) }
  }

  func text(_ operand: PairProgram.Operand) -> Text {
    switch operand {
    case .table(_, let formula): return text(formula)
    case .rotation(let isCosine, let isNegated, let form, _):
      let value = apply(isCosine ? .cos : .sin, [text(form)])
      return isNegated ? apply(.negate, [value]) : value
    }
  }

  /// An expression over operands that are written as `operands` says.
  func text(_ node: PairProgram.Node, operands: [Text]) -> Text {
    switch node {
    case .operand(let index): operands[index]
    case .multiply(let x, let y): apply(.multiply, [text(x, operands: operands), text(y, operands: operands)])
    case .add(let x, let y): apply(.add, [text(x, operands: operands), text(y, operands: operands)])
    }
  }
}
