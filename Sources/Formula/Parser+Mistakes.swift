// SPDX-License-Identifier: Apache-2.0
//
// What the parser says when it can go no further. Called by the other parts of `Parser`.

extension Parser {
  func missingOperand() -> FormulaError {
    switch token.kind {
    case .end:
      let place = SourceRange(Int(previous.upper), Int(previous.upper))
      return source.error(
        .syntax, at: place, "the formula ends after \"\(source.quoted(previous))\", where a value is expected")
    case .symbol(.openBracket):
      return source.error(.syntax, at: token.range, "\"[\" follows the name of an input matrix, as in X[i, j]")
    default:
      return source.error(
        .syntax, at: token.range, "a value is missing before \"\(source.quoted(token.range))\"")
    }
  }

  func unknownFunction(_ text: String, _ range: SourceRange) -> FormulaError {
    let shown = source.quoted(range)
    let candidates = FunctionDescription.all.map(\.name)
    if let suggestion = Spelling.suggestion(for: text, among: candidates) {
      return source.error(
        .unknownName, at: range, "unknown function \"\(shown)\"; did you mean \"\(suggestion)\"?",
        suggestion: suggestion)
    }
    return source.error(
      .unknownName, at: range,
      "unknown function \"\(shown)\"; for a product write \(shown)*(…), for an element of an input matrix \(shown)[i, j]"
    )
  }

  func unclosed(_ item: Pending) -> FormulaError {
    switch item.kind {
    case .element: source.error(.syntax, at: item.range, "the \"[\" after \(source.quoted(item.range)) is not closed")
    case .call: source.error(.syntax, at: item.range, "the \"(\" after \(source.quoted(item.range)) is not closed")
    case .thenBranch: source.error(.syntax, at: item.range, "this ? has no \":\"; a choice is written c ? a : b")
    default: source.error(.syntax, at: item.range, "this \"(\" is not closed")
    }
  }

  func missingOperator() -> FormulaError {
    let found = source.quoted(token.range)
    let before = source.quoted(previous)
    if let meant = Self.words[found] {
      return source.error(
        .syntax, at: token.range, "\(found) is not an operator here: write \(meant)", suggestion: meant)
    }
    if isAt(.openBracket) {
      return source.error(.syntax, at: token.range, "only an input matrix can be indexed, as in X[i, j]")
    }
    if isAt(.not) {
      return source.error(.syntax, at: token.range, "an operator is missing before \"!\"; factorials are gamma(n + 1)")
    }
    let product = ([")", "]"].contains(before) ? "…" : "") + "\(before)*\(found)" + (isAt(.open) ? "…" : "")
    return source.error(
      .syntax, at: token.range, "an operator is missing between \(before) and \(found); for a product write \(product)",
      suggestion: product.contains("…") ? nil : product)
  }

  /// Words that other languages have for operators.
  private static let words: [String: String] = [
    "and": "&&", "or": "||", "xor": "!=", "is": "==", "mod": "%", "div": "floor(a / b)", "if": "c ? a : b",
    "then": "c ? a : b", "else": "c ? a : b", "for": "sum(k, first, last, term)",
  ]
}
