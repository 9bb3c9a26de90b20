// SPDX-License-Identifier: Apache-2.0
//
// The half of the parser that stands where a value must begin: prefix operators and opening signs are stacked until a
// number or a name is reached.

extension Parser {
  /// Reads up to and including one number or name.
  mutating func operand() throws(FormulaError) {
    while true {
      switch token.kind {
      case .number(let value):
        emit(.number(value), token.range)
        return try advance()
      case .name:
        if try startsWithName() { return }
      case .symbol(.open):
        try open(.parenthesis, token.range)
        try advance()
      case .symbol(let symbol):
        guard let description = OperatorDescription.prefix(symbol) else { throw missingOperand() }
        try open(.prefix(description.function), token.range)
        try advance()
      case .end:
        throw missingOperand()
      }
    }
  }

  /// A name, and whether it is a whole operand; otherwise a call or an element has been opened.
  private mutating func startsWithName() throws(FormulaError) -> Bool {
    let range = token.range
    let text = source.string(range)
    try advance()
    if isAt(.open), let index = FunctionDescription.index(of: text) {
      return try beginCall(index, range)
    }
    if let loop = loopNames.lastIndex(of: text) {
      guard !isAt(.openBracket) else {
        throw source.error(
          .conflictingUse, at: range, "\(text) counts the terms of a sum here and cannot be indexed")
      }
      emit(.loopIndex(loop: loop), range)
    } else if let kind = ConstantDescription.kind(of: text) {
      emit(kind, range)
    } else if isAt(.openBracket) {
      try open(.element(name: name(text, isInput: true, range), indexes: 0), range)
      try advance()
      return false
    } else if let index = FunctionDescription.index(of: text) {
      let syntax = FunctionDescription.all[index].syntax
      throw source.error(
        .syntax, at: range, "\(text) is a function: write \(syntax)", suggestion: syntax)
    } else if isAt(.open) {
      throw unknownFunction(text, range)
    } else if text == "not" {
      throw source.error(.syntax, at: range, "not is not an operator here: write ! for not", suggestion: "!")
    } else {
      emit(.parameter(name: try name(text, isInput: false, range)), range)
    }
    return true
  }
}
