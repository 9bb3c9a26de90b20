// SPDX-License-Identifier: Apache-2.0
//
// A `FormulaError` for a terminal: the message, the line of the formula, and carets under the place.
//
//     unknown name "alhpa"; did you mean "alpha"?
//       exp(-alhpa*i)
//            ^~~~~

extension FormulaError {
  /// The line that holds the place, cut to a width that fits a terminal, and where in it the place is.
  struct Excerpt {
    /// Both counted from 1.
    var line: Int
    var column: Int
    /// At most ``width`` characters, "…" standing for what was cut. Control characters, tabs and newlines are shown as
    /// a space each: a formula must not be able to write escape sequences to a terminal, and the caret must stay under
    /// its character.
    var shown: String
    /// Spaces before the caret.
    var indentation: Int
    /// At least 1: an error at the end of the text points just behind it.
    var caretCount: Int
  }

  static let width = 76
  /// Characters of context kept before the place when a long line is cut.
  private static let contextBefore = 30

  /// The message and, where there is a place, the line and the carets. Lines end without a newline at the very end.
  public var rendered: String {
    guard let excerpt else { return message }
    let place = text.contains(where: \.isNewline) ? " (line \(excerpt.line))" : ""
    let caret = "^" + String(repeating: "~", count: excerpt.caretCount - 1)
    let indentation = String(repeating: " ", count: excerpt.indentation)
    return "\(message)\(place)\n  \(excerpt.shown)\n  \(indentation)\(caret)"
  }

  var excerpt: Excerpt? {
    guard let bytes else { return nil }
    var line = 1
    var characters: [Character] = []
    var start = 0
    var end = 0
    var offset = 0
    for character in text {
      if offset < bytes.lowerBound, character.isNewline {
        line += 1
        (start, end) = (0, 0)
        characters.removeAll(keepingCapacity: true)
      } else if offset >= bytes.lowerBound, character.isNewline {
        break
      } else {
        characters.append(character)
        let next = offset + character.utf8.count
        if next <= bytes.lowerBound { start = characters.count }
        if next <= bytes.upperBound { end = characters.count }
      }
      offset += character.utf8.count
    }
    end = max(end, start + 1)

    let first =
      characters.count <= Self.width ? 0 : max(0, min(start - Self.contextBefore, characters.count - Self.width + 1))
    var shown = characters[first..<min(characters.count, first + Self.width)].map(Self.printable)
    if first > 0 { shown[0] = "…" }
    let isCut = first + Self.width < characters.count
    if isCut { shown[shown.count - 1] = "…" }
    let lastColumn = isCut ? Self.width - 1 : Self.width + 1
    return Excerpt(
      line: line, column: start + 1, shown: String(shown), indentation: start - first,
      caretCount: max(1, min(end - first, lastColumn) - (start - first)))
  }

  private static func printable(_ character: Character) -> Character {
    let isControl = character.unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
    return isControl || character.isWhitespace ? " " : character
  }
}
