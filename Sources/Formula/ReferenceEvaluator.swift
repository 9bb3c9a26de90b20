// SPDX-License-Identifier: Apache-2.0
//
// The oracle: one element at a time, straight from the bound expression, without any pass. The assembler recomputes
// sampled elements with it (`--verify`), and the tests hold every compiled program against it, bit for bit.

/// What the reference evaluator takes from outside, so that this module needs neither C nor matrices.
public protocol ReferenceContext {
  /// An elementary function; unused arguments are 0. Called only for functions that are not exact (`sin`, `power`, …).
  func apply(_ function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double
  /// An element of an input matrix, by its position in ``BoundFormula/inputs``; row and column from 0, inside the matrix.
  func element(input: Int, row: Int, column: Int) -> Double
}

/// Evaluates single elements as the language defines them; see ``Expression``.
public struct ReferenceEvaluator<Context: ReferenceContext> {
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
    let i = row + formula.origin
    let j = column + formula.origin
    let nodes = formula.nodes
    var stack: [Double] = []
    var loops: [Loop] = []
    var position = 0
    func pop() -> Double { stack.removeLast() }

    while position < nodes.count {
      let kind = nodes[position].kind
      position += 1
      switch kind {
      case .number(let value): stack.append(value)
      case .rowIndex: stack.append(Double(i))
      case .columnIndex: stack.append(Double(j))
      case .loopIndex(let loop): stack.append(loops[loop].counter)
      case .element(let input):
        let columnIndex = pop()
        let rowIndex = pop()
        let matrix = formula.inputs[input]
        if let code = matrix.fault(rowIndex: rowIndex, columnIndex: columnIndex, origin: formula.origin) {
          throw EvaluationFault(
            code: code, i: i, j: j, input: matrix, rowIndex: rowIndex, columnIndex: columnIndex,
            origin: formula.origin)
        }
        stack.append(
          context.element(
            input: input, row: Int(rowIndex) - formula.origin, column: Int(columnIndex) - formula.origin))
      case .apply(let function):
        let z = function.argumentCount > 2 ? pop() : 0
        let y = function.argumentCount > 1 ? pop() : 0
        let x = pop()
        stack.append(function.exactValue(x, y, z) ?? context.apply(function, x, y, z))
      case .integerPower(let exponent):
        _ = pop()
        let base = pop()
        stack.append(exponent == 2 ? base * base : (exponent == 1 ? base : 1 / base))

      case .then(let otherwise):
        if pop() == 0 { position = otherwise + 1 }
      case .otherwise(let end): position = end + 1
      case .select: break
      case .andThen(let end):
        if stack[stack.count - 1] == 0 {
          stack[stack.count - 1] = 0
          position = end + 1
        }
      case .orElse(let end):
        if stack[stack.count - 1] != 0 {
          stack[stack.count - 1] = 1
          position = end + 1
        }

      case .loop(let end):
        let last = pop()
        let first = pop()
        switch LoopBounds.verdict(first: first, last: last) {
        case .runs: loops.append(Loop(counter: first, last: last))
        case .empty:
          guard case .reduce(let reduction, _) = nodes[end].kind else { preconditionFailure("a loop ends with reduce") }
          stack.append(reduction.emptyValue)
          position = end + 1
        case .refused:
          throw EvaluationFault(tooManyTermsFrom: first, to: last, i: i, j: j, origin: formula.origin)
        }
      case .reduce(let reduction, let start):
        let term = pop()
        if let again = loops[loops.count - 1].take(term, reduction) {
          stack.append(again)
          loops.removeLast()
        } else {
          position = start + 1
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
    var result: Double?

    init(counter: Double, last: Double) {
      self.counter = counter
      self.last = last
    }

    /// Adds a term and counts on; the result if it was the last one.
    mutating func take(_ term: Double, _ reduction: Program.Reduction) -> Double? {
      let sum = result.map { reduction == .sum ? $0 + term : $0 * term } ?? term
      result = sum
      counter += 1
      return counter <= last ? nil : sum
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
