// SPDX-License-Identifier: Apache-2.0
//
// What the lexer says to habits from other languages and to characters that are none of this one. Called by `Lexer`
// when it can go no further.

extension Lexer {
  /// `2i`, `1_000`, `0x10`, `1.2.3`
  mutating func numberContinues(from start: Int) -> FormulaError {
    let numberEnd = position
    let isDot = byte() == UInt8(ascii: ".")
    while Self.isNameStart(byte()) || Self.isDigit(byte()) || byte() == UInt8(ascii: ".") { position += 1 }
    let range = SourceRange(start, position)
    let number = source.quoted(SourceRange(start, numberEnd))
    let tail = source.quoted(SourceRange(numberEnd, position))
    if isDot { return source.error(.syntax, at: range, "\(number)\(tail) is not a number: it has two points") }
    if tail.hasPrefix("_") {
      return source.error(
        .syntax, at: range, "\(number)\(tail) is not a number: digits are written without grouping, as in 1000")
    }
    if number == "0", tail.hasPrefix("x") || tail.hasPrefix("X") || tail.hasPrefix("b") || tail.hasPrefix("o") {
      return source.error(.syntax, at: range, "\(number)\(tail) is not a number: numbers are decimal")
    }
    return source.error(
      .syntax, at: range, "an operator is missing between \(number) and \(tail); for a product write \(number)*\(tail)",
      suggestion: "\(number)*\(tail)")
  }

  /// `np.sin`, `math.pi`
  mutating func dottedName(from start: Int) -> FormulaError {
    var last = start
    while Self.isNameStart(byte()) || Self.isDigit(byte()) || byte() == UInt8(ascii: ".") {
      position += 1
      if byte(-1) == UInt8(ascii: ".") { last = position }
    }
    let range = SourceRange(start, position)
    let name = source.quoted(SourceRange(last, position))
    guard !name.isEmpty else {
      return source.error(.syntax, at: range, "\(source.quoted(range)) is not a name: names have no points")
    }
    return source.error(
      .syntax, at: range, "names have no prefix: write \(name) instead of \(source.quoted(range))", suggestion: name)
  }

  func unexpectedCharacter() -> FormulaError {
    let index = source.text.utf8.index(source.text.utf8.startIndex, offsetBy: position)
    // A position inside a character is possible only where a combining mark follows an ASCII letter or sign.
    let isWhole = index.samePosition(in: source.text) != nil
    let character = isWhole ? source.text[index] : Character(source.text.unicodeScalars[index])
    let range = SourceRange(position, position + character.utf8.count)
    var spelling = String(character)
    if let next = source.bytes.dropFirst(position + 1).first, next < 128 {
      let pair = spelling + String(Character(Unicode.Scalar(next)))
      if Self.lookalikes[pair] != nil { spelling = pair }
    }
    if let (meant, reason) = Self.lookalikes[spelling] {
      return source.error(
        .syntax, at: SourceRange(position, position + spelling.utf8.count),
        "\(spelling) is not part of the language: \(reason)",
        suggestion: meant)
    }
    let isVisible = character.isLetter || character.isNumber || character.isSymbol || character.isPunctuation
    let code = String(source.text.unicodeScalars[index].value, radix: 16, uppercase: true)
    let shown = isVisible ? "\"\(character)\"" : "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
    return source.error(.syntax, at: range, "the character \(shown) has no meaning in a formula")
  }

  /// Signs of other languages and of typography, with what to write here and the reason as the message gives it.
  private static let lookalikes: [String: (meant: String, reason: String)] = [
    "=": ("==", "write == to compare"),
    "&": ("&&", "write && for and"),
    "|": ("||", "write || for or"),
    "~": ("!", "write ! for not"),
    "//": ("floor", "write floor(a / b)"), "<>": ("!=", "write !="), ":=": ("==", "write == to compare"),
    "×": ("*", "write *"), "·": ("*", "write *"), "⋅": ("*", "write *"), "∗": ("*", "write *"),
    "÷": ("/", "write /"), "∕": ("/", "write /"),
    "−": ("-", "write - (the ASCII hyphen)"), "–": ("-", "write - (the ASCII hyphen)"),
    "≤": ("<=", "write <="), "≥": (">=", "write >="), "≠": ("!=", "write !="),
    "²": ("^2", "write ^2"), "³": ("^3", "write ^3"), "√": ("sqrt", "write sqrt(x)"),
    "π": ("pi", "write pi"), "∞": ("inf", "write inf"), "Σ": ("sum", "write sum(k, first, last, term)"),
    "∑": ("sum", "write sum(k, first, last, term)"), "∏": ("prod", "write prod(k, first, last, term)"),
    "{": ("(", "write ("), "}": (")", "write )"), "\\": ("/", "write / to divide"),
  ]
}
