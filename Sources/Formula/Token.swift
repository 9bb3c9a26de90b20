// SPDX-License-Identifier: Apache-2.0
//
// What the lexer hands to the parser.

struct Token: Sendable {
  enum Kind: Sendable, Hashable {
    case number(Double)
    /// A letter or underscore, then letters, digits, underscores; ASCII only.
    case name
    case symbol(Symbol)
    case end
  }

  enum Symbol: UInt8, CaseIterable, Sendable {
    case plus, minus, times, divide, modulo, power
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual, and, or, not
    case question, colon, comma, open, close, openBracket, closeBracket
  }

  var kind: Kind
  var range: SourceRange
}
