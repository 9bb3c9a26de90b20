// SPDX-License-Identifier: Apache-2.0
//
// Text → tokens, one at a time, for the parser. Linear, no lookahead beyond two bytes, no locale.

struct Lexer {
  let source: SourceText
  var position = 0

  init(_ source: SourceText) {
    self.source = source
  }

  /// The byte at an offset from the reading position; 0 behind the end (a NUL in the text is refused like any other
  /// character that is not of the language).
  func byte(_ offset: Int = 0) -> UInt8 {
    position + offset < source.bytes.count ? source.bytes[position + offset] : 0
  }

  mutating func next() throws(FormulaError) -> Token {
    while byte() == UInt8(ascii: " ") || (9...13).contains(byte()) { position += 1 }
    let start = position
    guard start < source.bytes.count else { return Token(kind: .end, range: SourceRange(start, start)) }
    if Self.isDigit(byte()) || (byte() == UInt8(ascii: ".") && Self.isDigit(byte(1))) { return try number() }
    if Self.isNameStart(byte()) { return try name() }
    if let (symbol, count) = symbol() {
      position += count
      return Token(kind: .symbol(symbol), range: SourceRange(start, position))
    }
    throw unexpectedCharacter()
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  static func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
  }

  /// Whether a text could be a name of the language: what `--let` and `--input` may bind.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isNameStart(first) else { return false }
    return text.utf8.allSatisfy { isNameStart($0) || isDigit($0) }
  }

  private mutating func skipDigits() {
    while Self.isDigit(byte()) { position += 1 }
  }

  /// Digits with at most one point, then perhaps an exponent. Rounded to nearest, ties to even.
  ///
  /// A number that float64 cannot hold (1e400) and a number other than 0 that would become 0 (1e-400) are refused: both
  /// are more likely a slip than a wish, and `inf` and `0` can be written.
  private mutating func number() throws(FormulaError) -> Token {
    let start = position
    skipDigits()
    if byte() == UInt8(ascii: ".") {
      position += 1
      skipDigits()
    }
    let mantissaEnd = position
    if byte() | 0x20 == UInt8(ascii: "e") {
      let signed = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-")
      if Self.isDigit(byte(signed ? 2 : 1)) {
        position += signed ? 2 : 1
        skipDigits()
      }
    }
    let range = SourceRange(start, position)
    guard let value = Double(source.string(range)) else {
      throw source.error(.syntax, at: range, "\(source.quoted(range)) is not a number")
    }
    if Self.isNameStart(byte()) || byte() == UInt8(ascii: ".") { throw numberContinues(from: start) }
    if value == .infinity {
      throw source.error(
        .numberOutOfRange, at: range,
        "\(source.quoted(range)) is too large for float64, whose largest number is 1.7976931348623157e308; write inf for infinity"
      )
    }
    let hasDigit = source.bytes[start..<mantissaEnd].contains { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ".") }
    if value == 0, hasDigit {
      throw source.error(
        .numberOutOfRange, at: range,
        "\(source.quoted(range)) is too small for float64, whose smallest number above 0 is 5e-324; write 0 for zero")
    }
    return Token(kind: .number(value), range: range)
  }

  private mutating func name() throws(FormulaError) -> Token {
    let start = position
    while Self.isNameStart(byte()) || Self.isDigit(byte()) { position += 1 }
    let range = SourceRange(start, position)
    if byte() == UInt8(ascii: "."), Self.isNameStart(byte(1)) { throw dottedName(from: start) }
    return Token(kind: .name, range: range)
  }

  private func symbol() -> (Token.Symbol, byteCount: Int)? {
    let second = byte(1)
    switch byte() {
    case UInt8(ascii: "+"): return (.plus, 1)
    case UInt8(ascii: "-"): return (.minus, 1)
    case UInt8(ascii: "*"): return second == UInt8(ascii: "*") ? (.power, 2) : (.times, 1)
    case UInt8(ascii: "/"): return second == UInt8(ascii: "/") ? nil : (.divide, 1)
    case UInt8(ascii: "%"): return (.modulo, 1)
    case UInt8(ascii: "^"): return (.power, 1)
    case UInt8(ascii: "<"):
      if second == UInt8(ascii: ">") { return nil }
      return second == UInt8(ascii: "=") ? (.lessOrEqual, 2) : (.less, 1)
    case UInt8(ascii: ">"): return second == UInt8(ascii: "=") ? (.greaterOrEqual, 2) : (.greater, 1)
    case UInt8(ascii: "="): return second == UInt8(ascii: "=") ? (.equal, 2) : nil
    case UInt8(ascii: "!"): return second == UInt8(ascii: "=") ? (.notEqual, 2) : (.not, 1)
    case UInt8(ascii: "&"): return second == UInt8(ascii: "&") ? (.and, 2) : nil
    case UInt8(ascii: "|"): return second == UInt8(ascii: "|") ? (.or, 2) : nil
    case UInt8(ascii: "?"): return (.question, 1)
    case UInt8(ascii: ":"): return second == UInt8(ascii: "=") ? nil : (.colon, 1)
    case UInt8(ascii: ","): return (.comma, 1)
    case UInt8(ascii: "("): return (.open, 1)
    case UInt8(ascii: ")"): return (.close, 1)
    case UInt8(ascii: "["): return (.openBracket, 1)
    case UInt8(ascii: "]"): return (.closeBracket, 1)
    default: return nil
    }
  }
}
