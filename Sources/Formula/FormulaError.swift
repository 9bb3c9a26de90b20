// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a formula, where, and what to write instead. Thrown by `Formula.init`, `bind` and `compile`; the
// command line prints `rendered`.

/// A formula, or what was bound to its names, is refused.
public struct FormulaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake. Open: later versions may add more.
  public struct Code: RawRepresentable, Sendable, Hashable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The text is not a formula.
    public static let syntax = Code(rawValue: "syntax")
    /// A name that is neither of the language nor bound.
    public static let unknownName = Code(rawValue: "unknownName")
    /// A function with too many or too few arguments.
    public static let argumentCount = Code(rawValue: "argumentCount")
    /// A number beyond float64.
    public static let numberOutOfRange = Code(rawValue: "numberOutOfRange")
    /// A name used both as a number and as a matrix.
    public static let conflictingUse = Code(rawValue: "conflictingUse")
    /// A name that may not be bound: taken by the language, bound twice, or no name at all.
    public static let invalidName = Code(rawValue: "invalidName")
    /// A bound name that the formula does not use: most likely a misspelling.
    public static let unusedName = Code(rawValue: "unusedName")
    /// A sum or product whose bounds are known and impossible.
    public static let impossibleLoop = Code(rawValue: "impossibleLoop")
    /// More than 64 KiB of text.
    public static let tooLong = Code(rawValue: "tooLong")
    /// More than 256 levels, or more than 16 sums inside each other.
    public static let tooDeep = Code(rawValue: "tooDeep")
  }

  public let code: Code
  /// One sentence: what is wrong and what to do. Without the place.
  public let message: String
  /// The name or text that was probably meant.
  public let suggestion: String?
  /// The formula.
  public let text: String
  /// UTF-8 offsets of the place; nil where the mistake is not in the text (an unused name, a text too long).
  let bytes: Range<Int>?

  init(_ code: Code, _ message: String, suggestion: String? = nil, text: String = "", bytes: Range<Int>? = nil) {
    self.code = code
    self.message = message
    self.suggestion = suggestion
    self.text = text
    self.bytes = bytes
  }

  /// The place as character offsets into ``text``, counted from 0; nil where the mistake is not in the text.
  public var characters: Range<Int>? {
    guard let bytes else { return nil }
    return characterCount(upTo: bytes.lowerBound)..<characterCount(upTo: bytes.upperBound)
  }

  /// One line: the message, and the place as line and column where there is one (both counted from 1).
  public var description: String {
    guard let place = excerpt else { return message }
    let line = text.contains(where: \.isNewline) ? "line \(place.line), " : ""
    return "\(message) (\(line)column \(place.column))"
  }

  private func characterCount(upTo offset: Int) -> Int {
    var bytesSeen = 0
    var count = 0
    for character in text where bytesSeen < offset {
      bytesSeen += character.utf8.count
      if bytesSeen <= offset { count += 1 }
    }
    return count
  }
}
