// SPDX-License-Identifier: Apache-2.0
//
// The half of the parser that stands behind a complete value: infix operators, separators and closing signs. What
// binds tighter than the sign that has come is completed first.

extension Parser {
  private typealias Precedence = OperatorDescription.Precedence

  /// Reads operators and closing signs; true where another operand must follow, false at the end of the formula.
  mutating func wantsAnotherOperand() throws(FormulaError) -> Bool {
    while true {
      switch token.kind {
      case .end:
        complete(whereTighterThan: 0)
        if let open = pending.last { throw unclosed(open) }
        return false
      case .symbol(.close):
        try close()
      case .symbol(.closeBracket):
        try closeBracket()
      case .symbol(.comma):
        try comma()
        return true
      case .symbol(.question):
        // `?` takes everything up to the last `?`, `:` or opening sign as its condition.
        complete(whereTighterThan: Precedence.conditional)
        emit(.then(otherwise: 0), token.range)
        try open(.thenBranch(marker: expression.nodes.count - 1), token.range)
        try advance()
        return true
      case .symbol(.colon):
        try colon()
        return true
      case .symbol(let symbol):
        guard let description = OperatorDescription.infix(symbol) else { throw missingOperator() }
        try infix(description)
        return true
      case .number, .name:
        throw missingOperator()
      }
    }
  }

  private mutating func infix(_ description: OperatorDescription) throws(FormulaError) {
    let groupsRight = description.symbol == .power
    // Left grouping: an operator of the same precedence is complete. Right grouping: it waits.
    complete(whereTighterThan: groupsRight ? description.precedence : description.precedence - 1, except: description)
    if description.precedence == Precedence.comparison, pending.last?.precedence == Precedence.comparison {
      throw source.error(
        .syntax, at: token.range, "comparisons do not chain: write a < b && b < c, or use parentheses")
    }
    var marker: Int?
    if description.symbol == .and || description.symbol == .or {
      marker = expression.nodes.count
      emit(description.symbol == .and ? .andThen(end: 0) : .orElse(end: 0), token.range)
    }
    try open(.infix(description, marker: marker), token.range)
    try advance()
  }

  /// Completes open operators from the innermost on, as long as they bind tighter than `limit`. A comparison that meets
  /// another one is left open, to be complained about.
  mutating func complete(whereTighterThan limit: Int, except next: OperatorDescription? = nil) {
    while let last = pending.last, last.precedence > limit {
      if next?.precedence == Precedence.comparison, last.precedence == Precedence.comparison { return }
      _ = closeLast()
      switch last.kind {
      case .prefix(let function):
        negateOrApply(function, last.range)
      case .infix(let description, let marker):
        guard let function = description.function else { preconditionFailure("infix operators are functions") }
        if let marker {
          let end = expression.nodes.count
          expression.nodes[marker].kind = function == .and ? .andThen(end: end) : .orElse(end: end)
        }
        emit(.apply(function), last.range)
      case .elseBranch(let marker):
        expression.nodes[marker].kind = .otherwise(end: expression.nodes.count)
        emit(.select, last.range)
      case .thenBranch, .parenthesis, .call, .element:
        preconditionFailure("has precedence 0")
      }
    }
  }

  /// A minus in front of a number makes a negative number (exactly), so that `x^-1` has a number as its exponent.
  private mutating func negateOrApply(_ function: Function?, _ range: SourceRange) {
    guard let function else { return }
    let last = expression.nodes.count - 1
    if function == .negate, case .number(let value) = expression.nodes[last].kind {
      expression.nodes[last] = Expression.Node(
        kind: .number(-value), range: range.through(expression.nodes[last].range))
    } else {
      emit(.apply(function), range)
    }
  }

  private mutating func colon() throws(FormulaError) {
    complete(whereTighterThan: 0)
    guard case .thenBranch(let marker)? = pending.last?.kind else {
      throw source.error(.syntax, at: token.range, "there is no ? for this \":\"")
    }
    expression.nodes[marker].kind = .then(otherwise: expression.nodes.count)
    emit(.otherwise(end: 0), token.range)
    replaceLast(.elseBranch(marker: expression.nodes.count - 1))
    try advance()
  }

  private mutating func comma() throws(FormulaError) {
    complete(whereTighterThan: 0)
    switch pending.last?.kind {
    case .call(let call):
      replaceLast(.call(try endArgument(of: call)))
    case .element(let name, let indexes):
      guard indexes == 0 else {
        throw source.error(.argumentCount, at: token.range, "an element has two indexes, row and column: X[i, j]")
      }
      replaceLast(.element(name: name, indexes: 1))
    case .thenBranch:
      throw unclosed(pending[pending.count - 1])
    default:
      throw source.error(
        .syntax, at: token.range, "a comma separates arguments; the decimal sign is a point, as in 0.5")
    }
    try advance()
  }

  private mutating func close() throws(FormulaError) {
    complete(whereTighterThan: 0)
    switch pending.last?.kind {
    case .parenthesis: _ = closeLast()
    case .call(let call): try endCall(call)
    case nil: throw source.error(.syntax, at: token.range, "there is no \"(\" for this \")\"")
    default: throw unclosed(pending[pending.count - 1])
    }
    try advance()
  }

  private mutating func closeBracket() throws(FormulaError) {
    complete(whereTighterThan: 0)
    switch pending.last?.kind {
    case .element(let name, let indexes):
      let open = pending[pending.count - 1].range
      let matrix = source.quoted(open)
      let range = open.through(token.range)
      _ = closeLast()
      try advance()
      guard indexes == 1 else {
        let advice =
          isAt(.openBracket)
          ? "both indexes stand in one pair of brackets: \(matrix)[i, j]"
          : "an element has two indexes, row and column: \(matrix)[i, j], or \(matrix)[i, 0] in a single column"
        throw source.error(.argumentCount, at: range, advice, suggestion: "\(matrix)[i, j]")
      }
      emit(.element(input: name), range)
    case nil: throw source.error(.syntax, at: token.range, "there is no \"[\" for this \"]\"")
    default: throw unclosed(pending[pending.count - 1])
    }
  }
}
