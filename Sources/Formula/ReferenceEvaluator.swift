// SPDX-License-Identifier: Apache-2.0
//
// The oracle: one element at a time, straight from the bound expression, without any pass. The assembler recomputes
// sampled elements with it (`--verify`), and the tests hold every compiled program against it, bit for bit.

/// The numbers that a formula is evaluated in. Operation by operation these are doubles; a formula that is rounded once is
/// evaluated in wider ones, its result rounded at the end.
public protocol ReferenceArithmetic {
  associatedtype Number
  /// A double, exactly.
  func number(_ value: Double) -> Number
  /// Rounded to nearest.
  func double(_ number: Number) -> Double
  func isZero(_ number: Number) -> Bool
  /// Any function of the language; unused arguments are 0.
  func value(of function: Function, _ x: Number, _ y: Number, _ z: Number) -> Number
  /// An element of an input matrix, by its position in ``BoundFormula/inputs``; row and column from 0, inside the matrix.
  func element(input: Int, row: Int, column: Int) -> Double
}

/// What the reference evaluator takes from outside for doubles, so that this module needs neither C nor matrices.
public protocol ReferenceContext: ReferenceArithmetic where Number == Double {
  /// An elementary function; unused arguments are 0. Called only for functions that are not exact (`sin`, `power`, …).
  func apply(_ function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double
}

extension ReferenceContext {
  public func number(_ value: Double) -> Double { value }
  public func double(_ number: Double) -> Double { number }
  public func isZero(_ number: Double) -> Bool { number == 0 }
  public func value(of function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double {
    function.exactValue(x, y, z) ?? apply(function, x, y, z)
  }
}

/// Evaluates single elements as the language defines them; see ``Expression``.
public struct ReferenceEvaluator<Context: ReferenceArithmetic> {
  public let formula: BoundFormula
  public let context: Context

  public init(_ formula: BoundFormula, context: Context) {
    self.formula = formula
    self.context = context
  }

  /// The element in `row` and `column`, counted from 0 whatever the formula's origin.
  ///
  /// A stack machine over the postfix list; branches and loops jump between its markers. Time is proportional to
  /// the nodes evaluated, memory to the depth of the formula.
  public func value(row: Int, column: Int) throws(EvaluationFault) -> Double {
    context.double(try number(row: row, column: column))
  }

  /// The same before it is rounded. Indexes outside of the shape are no error.
  public func number(row: Int, column: Int) throws(EvaluationFault) -> Context.Number {
    let i = row + formula.origin
    let j = column + formula.origin
    let nodes = formula.nodes
    var stack: [Context.Number] = []
    var loops: [Loop] = []
    var position = 0
    func pop() -> Context.Number { stack.removeLast() }
    func push(_ value: Double) { stack.append(context.number(value)) }
    let zero = context.number(0)

    while position < nodes.count {
      let kind = nodes[position].kind
      position += 1
      switch kind {
      case .number(let value): push(value)
      case .rowIndex: push(Double(i))
      case .columnIndex: push(Double(j))
      case .loopIndex(let loop): push(loops[loop].counter)
      case .element(let input):
        let columnIndex = context.double(pop())
        let rowIndex = context.double(pop())
        let matrix = formula.inputs[input]
        if let code = matrix.fault(rowIndex: rowIndex, columnIndex: columnIndex, origin: formula.origin) {
          throw EvaluationFault(
            code: code, i: i, j: j, input: matrix, rowIndex: rowIndex, columnIndex: columnIndex,
            origin: formula.origin)
        }
        push(
          context.element(
            input: input, row: Int(rowIndex) - formula.origin, column: Int(columnIndex) - formula.origin))
      case .apply(let function):
        let z = function.argumentCount > 2 ? pop() : zero
        let y = function.argumentCount > 1 ? pop() : zero
        let x = pop()
        stack.append(context.value(of: function, x, y, z))
      case .integerPower(let exponent):
        _ = pop()
        let base = pop()
        switch exponent {
        case 2: stack.append(context.value(of: .multiply, base, base, zero))
        case 1: stack.append(base)
        default: stack.append(context.value(of: .divide, context.number(1), base, zero))
        }

      case .then(let otherwise):
        if context.isZero(pop()) { position = otherwise + 1 }
      case .otherwise(let end): position = end + 1
      case .select: break
      case .andThen(let end):
        if context.isZero(stack[stack.count - 1]) {
          stack[stack.count - 1] = zero
          position = end + 1
        }
      case .orElse(let end):
        if !context.isZero(stack[stack.count - 1]) {
          stack[stack.count - 1] = context.number(1)
          position = end + 1
        }

      case .loop(let end):
        let last = context.double(pop())
        let first = context.double(pop())
        switch LoopBounds.verdict(first: first, last: last) {
        case .runs: loops.append(Loop(counter: first, last: last))
        case .empty:
          guard case .reduce(let reduction, _) = nodes[end].kind else { preconditionFailure("a loop ends with reduce") }
          push(reduction.emptyValue)
          position = end + 1
        case .refused:
          throw EvaluationFault(tooManyTermsFrom: first, to: last, i: i, j: j, origin: formula.origin)
        }
      case .reduce(let reduction, let start):
        let term = pop()
        if let before = loops[loops.count - 1].result {
          loops[loops.count - 1].result = context.value(of: reduction == .sum ? .add : .multiply, before, term, zero)
        } else {
          loops[loops.count - 1].result = term
        }
        if loops[loops.count - 1].goesOn() {
          position = start + 1
        } else if let result = loops.removeLast().result {
          stack.append(result)
        }

      case .rows, .columns, .parameter, .inputRows, .inputColumns:
        preconditionFailure("replaced when bound")
      }
    }
    return pop()
  }

  private struct Loop {
    var counter: Double
    let last: Double
    var result: Context.Number?

    init(counter: Double, last: Double) {
      self.counter = counter
      self.last = last
    }

    /// Counts on; whether there is another term.
    mutating func goesOn() -> Bool {
      counter += 1
      return counter <= last
    }
  }
}

extension Program.Reduction {
  /// The value without any term.
  public var emptyValue: Double { self == .sum ? 0 : 1 }
}

extension Program.Input {
  /// What is wrong with two indexes as a formula wrote them; nil where they name an element. An infinite index counts as
  /// out of range, NaN as no integer.
  public func fault(rowIndex: Double, columnIndex: Double, origin: Int) -> EvaluationFault.Code? {
    // Subtracting the origin is exact for every integer that can be in range.
    let row = rowIndex - Double(origin)
    let column = columnIndex - Double(origin)
    guard row == row.rounded(.down), column == column.rounded(.down) else { return .indexNotInteger }
    let isInside = row >= 0 && row < Double(rows) && column >= 0 && column < Double(columns)
    return isInside ? nil : .indexOutOfRange
  }
}
