// SPDX-License-Identifier: Apache-2.0
//
// Pass: bound expression → pairs, for the formulas that have so much index structure that an element costs a few operations
// in twice the precision.
//
// Contract: the pairs, combined without error, are the formula's value in quadruple precision up to a relative 2^-95 or
// so; the evaluator's certificate and, where that fails, the reference evaluator decide the last bit. So a rewrite that
// holds for real numbers is allowed here, e^(f(i) + g(j)) = e^f(i) · e^g(j) above all, and none that holds for doubles
// alone: the pass reads the expression as written, not the folded graph. Nothing may overflow, underflow or divide by 0
// on the way (`ValueRange`), or elements would fall to the reference evaluator by the million.
//
// Which formulas: +, -, *, / by what is not element-wise, sin and cos of exact bilinear forms, exp of a sum of a row's and a
// column's part, and any arithmetic, sin, cos and exp of one index or one linear form of both. At least one function:
// plain arithmetic is carried out operation by operation, which is quicker and exact in most uses.

struct PairLowering {
  /// Longer formulas are not carried at the speed of memory.
  static let nodeLimit = 256
  static let operationLimit = 6
  /// |x| of an e^x: it, and a product of two, are far from overflow and from subnormal numbers.
  static let exponentLimit = 300.0
  /// The same for all of a formula's exponentials together.
  static let exponentBitsLimit = 900.0

  /// Along what a value varies.
  enum Extent: Equatable {
    case axis(PairProgram.Axis)
    case element
  }

  /// A value on the stack.
  struct Value {
    var extent: Extent
    var range: ValueRange
    /// As a polynomial in the indexes, where it is an exact one.
    var form: BilinearForm?
    /// How a table computes it; where it is no element.
    var steps: [PairFormula.Step] = []
    /// The value as pairs; where it is an element.
    var node: PairProgram.Node?
    /// The value as a sum of a row's and a column's part, where it is one.
    var parts: (row: [PairFormula.Step], column: [PairFormula.Step])?
    /// How far the exponentials in it can take it from 1, in powers of two.
    var exponentBits = 0.0
    var usesFunction = false
  }

  let formula: BoundFormula
  /// The largest |i| and |j|, with room for the last block of columns.
  let rowBound: Double
  let columnBound: Double
  var operands: [PairProgram.Operand] = []
  /// The node that is looked at: where there is no pair, the one that stood in the way.
  private(set) var position = 0

  init(_ formula: BoundFormula) {
    self.formula = formula
    rowBound = Double(formula.rows - 1 + formula.origin)
    columnBound = Double(formula.columns + 1024)
  }

  /// The formula as pairs, or nil.
  static func lower(_ formula: BoundFormula) -> PairProgram? {
    guard formula.nodes.count <= nodeLimit, formula.rows > 0, formula.columns > 0 else { return nil }
    var pass = PairLowering(formula)
    guard let value = pass.run(), value.usesFunction, let node = pass.node(value),
      node.operationCount <= operationLimit, value.range.magnitude < 0x1p400,
      value.exponentBits <= exponentBitsLimit
    else { return nil }
    return pass.program(node)
  }

  /// The operands that `node` uses, in order of use: negation leaves others behind.
  private func program(_ node: PairProgram.Node) -> PairProgram {
    var used: [Int] = []
    func renumbered(_ node: PairProgram.Node) -> PairProgram.Node {
      switch node {
      case .operand(let index):
        if let known = used.firstIndex(of: index) { return .operand(known) }
        used.append(index)
        return .operand(used.count - 1)
      case .multiply(let x, let y): return .multiply(renumbered(x), renumbered(y))
      case .add(let x, let y): return .add(renumbered(x), renumbered(y))
      }
    }
    let result = renumbered(node)
    return PairProgram(operands: used.map { operands[$0] }, result: result, origin: formula.origin)
  }

  mutating func run() -> Value? {
    var stack: [Value] = []
    for (position, node) in formula.nodes.enumerated() {
      self.position = position
      let value: Value?
      switch node.kind {
      case .number(let number): value = self.number(number)
      case .rowIndex: value = index(isRow: true)
      case .columnIndex: value = index(isRow: false)
      case .integerPower(let exponent):
        guard stack.count > 1 else { return nil }
        stack.removeLast()
        value = power(stack.removeLast(), exponent)
      case .apply(let function):
        guard stack.count >= function.argumentCount else { return nil }
        let y = function.argumentCount == 2 ? stack.removeLast() : nil
        value = apply(function, stack.removeLast(), y)
      default: return nil  // inputs, conditions, loops
      }
      guard let value, value.range.isFinite else { return nil }
      stack.append(value)
    }
    return stack.popLast()
  }

  // MARK: Leaves

  private func number(_ value: Double) -> Value {
    Value(
      extent: .axis(.constant), range: ValueRange(value), form: BilinearForm(constant: value), steps: [.number(value)],
      parts: ([.number(value)], []))
  }

  private func index(isRow: Bool) -> Value {
    let last = isRow ? rowBound : Double(formula.columns - 1 + formula.origin)
    let step = isRow ? PairFormula.Step.rowIndex : .columnIndex
    return Value(
      extent: .axis(isRow ? .row : .column), range: ValueRange(Double(formula.origin), last, zeroIsPositive: true),
      form: isRow ? BilinearForm(row: 1) : BilinearForm(column: 1), steps: [step],
      parts: isRow ? ([step], []) : ([], [step]))
  }

  private mutating func power(_ base: Value, _ exponent: Int) -> Value? {
    switch exponent {
    case 1: return base
    case 2: return apply(.multiply, base, base)
    default: return apply(.divide, number(1), base)
    }
  }
}
