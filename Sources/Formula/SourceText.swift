// SPDX-License-Identifier: Apache-2.0
//
// The text of a formula as the lexer reads it (bytes) and as a person reads it (lines and characters). Places are byte
// ranges inside the module; only `FormulaError` turns them into columns, so counting characters costs nothing until
// there is something to say.

/// A range of UTF-8 offsets into the formula's text. 32 bits are enough: a formula has at most 64 KiB.
struct SourceRange: Sendable, Hashable {
  var lower: UInt32
  var upper: UInt32

  init(_ lower: Int, _ upper: Int) {
    self.lower = UInt32(lower)
    self.upper = UInt32(upper)
  }

  /// From the start of this range to the end of another.
  func through(_ other: SourceRange) -> SourceRange {
    SourceRange(Int(lower), Int(other.upper))
  }
}

struct SourceText: Sendable {
  /// Longest formula, in bytes of UTF-8. It bounds everything else: no formula makes more than 1.2 nodes per byte, so
  /// that 100,000 nodes, the engine's limit, cannot be passed.
  static let byteLimit = 65_536

  let text: String
  let bytes: [UInt8]

  init(_ text: String) throws(FormulaError) {
    guard text.utf8.count <= Self.byteLimit else {
      throw FormulaError(
        .tooLong,
        "the formula has \(text.utf8.count) bytes, and \(Self.byteLimit) is the limit: split it into several runs")
    }
    self.text = text
    bytes = [UInt8](text.utf8)
  }

  func string(_ range: SourceRange) -> String {
    String(decoding: bytes[Int(range.lower)..<Int(range.upper)], as: UTF8.self)
  }

  /// The text of a place for use inside a message: one line, and short.
  func quoted(_ range: SourceRange) -> String {
    let shown = string(range).map { $0.isNewline || $0.isWhitespace ? " " : $0 }
    return shown.count <= 40 ? String(shown) : String(shown.prefix(39)) + "…"
  }

  func error(
    _ code: FormulaError.Code, at range: SourceRange, _ message: String, suggestion: String? = nil
  ) -> FormulaError {
    FormulaError(code, message, suggestion: suggestion, text: text, bytes: Int(range.lower)..<Int(range.upper))
  }
}
