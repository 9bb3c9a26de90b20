// SPDX-License-Identifier: Apache-2.0
//
// Tokens → expression, by operator precedence with an explicit stack of what is still open: parentheses, calls, and
// operators that wait for their right operand. The machine stack does not grow with the formula, so no formula can
// overflow it; `depthLimit` is a counter. Called by `Formula.init`.

struct Parser {
  /// Levels of parentheses, calls, brackets, prefix operators, `^` to the right of `^`, and `?:` inside `?:`. Chains
  /// that group from the left, 1+1+1+…, are one level however long.
  static let depthLimit = 256
  /// Sums and products inside each other. A loop body is a program of its own; whoever runs it recurses this deep.
  static let loopLimit = 16

  /// Something that has begun and not ended.
  struct Pending {
    enum Kind {
      /// `function` nil: unary plus.
      case prefix(Function?)
      /// `marker`: the `andThen` or `orElse` to complete.
      case infix(OperatorDescription, marker: Int?)
      /// Behind `?`, before `:`. `marker`: the `then` to complete.
      case thenBranch(marker: Int)
      /// Behind `:`. `marker`: the `otherwise` to complete.
      case elseBranch(marker: Int)
      case parenthesis
      case call(Call)
      /// `X[`: index into the names, and the number of complete indexes.
      case element(name: Int, indexes: Int)
    }
    var kind: Kind
    /// The operator, the opening parenthesis, or the name in front of it.
    var range: SourceRange
  }

  let source: SourceText
  private var lexer: Lexer
  private(set) var token: Token
  /// Where the token before this one stands.
  private(set) var previous: SourceRange
  var expression = Expression()
  private(set) var pending: [Pending] = []
  private var depth = 0
  /// Names of the loop counters in scope, innermost last.
  var loopNames: [String] = []
  /// Position in `expression.names`.
  private var nameIndexes: [String: Int] = [:]

  static func parse(_ source: SourceText) throws(FormulaError) -> Expression {
    var parser = try Parser(source)
    repeat { try parser.operand() } while try parser.wantsAnotherOperand()
    return parser.expression
  }

  private init(_ source: SourceText) throws(FormulaError) {
    self.source = source
    lexer = Lexer(source)
    token = try lexer.next()
    previous = SourceRange(0, 0)
    if token.kind == .end {
      throw FormulaError(.syntax, "the formula is empty: write an expression in i and j, such as sin(i*j)")
    }
  }

  // MARK: Tokens

  mutating func advance() throws(FormulaError) {
    previous = token.range
    token = try lexer.next()
  }

  func isAt(_ symbol: Token.Symbol) -> Bool { token.kind == .symbol(symbol) }

  mutating func emit(_ kind: Expression.Kind, _ range: SourceRange) {
    expression.nodes.append(Expression.Node(kind: kind, range: range))
  }

  // MARK: What is open

  /// Pushes something that nests. Left-grouping operators are pushed without counting: at most one of each
  /// precedence is open between two levels.
  mutating func open(_ kind: Pending.Kind, _ range: SourceRange) throws(FormulaError) {
    let item = Pending(kind: kind, range: range)
    if item.nests { depth += 1 }
    guard depth <= Self.depthLimit else {
      throw source.error(
        .tooDeep, at: range, "the formula is nested deeper than \(Self.depthLimit) levels: simplify it or split it")
    }
    pending.append(item)
  }

  mutating func closeLast() -> Pending? {
    guard let item = pending.popLast() else { return nil }
    if item.nests { depth -= 1 }
    return item
  }

  mutating func replaceLast(_ kind: Pending.Kind) {
    pending[pending.count - 1].kind = kind
  }

  // MARK: Names

  /// The index of a free name. A name is either a number or a matrix throughout the formula.
  mutating func name(_ text: String, isInput: Bool, _ range: SourceRange) throws(FormulaError) -> Int {
    guard let index = nameIndexes[text] else {
      nameIndexes[text] = expression.names.count
      expression.names.append(Expression.Name(text: text, isInput: isInput, range: range))
      return expression.names.count - 1
    }
    guard expression.names[index].isInput == isInput else {
      throw source.error(
        .conflictingUse, at: range,
        isInput
          ? "\(text) is a number at its first use and cannot be an input matrix here"
          : "\(text) is an input matrix: for one of its elements write \(text)[i, j]")
    }
    return index
  }
}

extension Parser.Pending {
  /// Whether it counts as a level.
  var nests: Bool {
    if case .infix(let description, _) = kind { return description.symbol == .power }
    return true
  }

  /// How tightly it holds its right operand; 0 for what only its closing sign can end.
  var precedence: Int {
    switch kind {
    case .prefix: OperatorDescription.Precedence.prefix
    case .infix(let description, _): description.precedence
    case .elseBranch: OperatorDescription.Precedence.conditional
    case .thenBranch, .parenthesis, .call, .element: 0
    }
  }
}
