// SPDX-License-Identifier: Apache-2.0
//
// Source text without its comments and the contents of its strings, as words with their lines. Rules about code look at
// words, so that a comment may say why something is not done. Reading by hand rather than by regular expressions: the
// standard library's are a hundred times slower in a debug build.

/// A word (letters, digits, underscores) or a single other character.
struct Word: Equatable {
  var text: String
  var line: Int
  /// Nothing stands between the word before and this one.
  var isAttached: Bool
}

struct SourceText {
  let lines: [String]
  /// The code's words; a string literal is the word `"`, but for the code in its interpolations.
  let words: [Word]

  init(_ text: String, isSwift: Bool) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var stripper = Stripper(Array(text.utf8), isSwift: isSwift)
    stripper.code(untilParenthesis: false)
    words = SourceText.words(of: stripper.output)
  }

  private static func words(of bytes: [UInt8]) -> [Word] {
    var words: [Word] = []
    var line = 1
    var end = -1  // where the last word ended
    var at = 0
    while at < bytes.count {
      let start = at
      while at < bytes.count, isWordPart(bytes[at]) { at += 1 }
      if at == start {
        at += 1
        if bytes[start] == UInt8(ascii: "\n") { line += 1 }
        if [UInt8(ascii: "\n"), UInt8(ascii: " "), UInt8(ascii: "\t")].contains(bytes[start]) { continue }
      }
      words.append(Word(text: String(decoding: bytes[start..<at], as: UTF8.self), line: line, isAttached: end == start))
      end = at
    }
    return words
  }

  /// Bytes of a letter outside ASCII count as parts of a word.
  private static func isWordPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// Lines at which `sequence` begins. A word beginning with "~" must follow the one before it directly.
  func lines(of sequence: [String]) -> [Int] {
    guard let first = sequence.first, words.count >= sequence.count else { return [] }
    return words.indices.dropLast(sequence.count - 1).filter { start in
      words[start].text == first
        && sequence.indices.dropFirst().allSatisfy { k in
          let (word, wanted) = (words[start + k], sequence[k])
          return wanted.first == "~" && wanted.count > 1
            ? word.isAttached && word.text == wanted.dropFirst() : word.text == wanted
        }
    }.map { words[$0].line }
  }
}

/// Copies code; blanks comments and string contents, keeping line ends.
private struct Stripper {
  private let bytes: [UInt8]
  private let isSwift: Bool
  private(set) var output: [UInt8] = []
  private var at = 0

  init(_ bytes: [UInt8], isSwift: Bool) {
    self.bytes = bytes
    self.isSwift = isSwift
  }

  private func starts(with text: StaticString) -> Bool { bytes[at...].starts(with: Array("\(text)".utf8)) }

  private mutating func copy() {
    output.append(bytes[at])
    at += 1
  }

  private mutating func blank(_ count: Int = 1) {
    for _ in 0..<min(count, bytes.count - at) {
      output.append(bytes[at] == UInt8(ascii: "\n") ? bytes[at] : UInt8(ascii: " "))
      at += 1
    }
  }

  /// - Parameter untilParenthesis: stop behind the `)` that closes an interpolation.
  mutating func code(untilParenthesis: Bool) {
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "/") where starts(with: "//"):
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { blank() }
      case UInt8(ascii: "/") where starts(with: "/*"): comment()
      case UInt8(ascii: "\""): string(hashes: 0)
      case UInt8(ascii: "#") where isSwift && bytes[at...].first { $0 != UInt8(ascii: "#") } == UInt8(ascii: "\""):
        let hashes = bytes[at...].prefix { $0 == UInt8(ascii: "#") }.count
        blank(hashes)
        string(hashes: hashes)
      case UInt8(ascii: "'") where !isSwift: character()
      case UInt8(ascii: "("):
        depth += 1
        copy()
      case UInt8(ascii: ")"):
        depth -= 1
        copy()
        if untilParenthesis && depth < 0 { return }
      default: copy()
      }
    }
  }

  private mutating func comment() {
    var depth = 0
    repeat {
      if starts(with: "/*"), isSwift || depth == 0 {
        depth += 1
        blank(2)
      } else if starts(with: "*/") {
        depth -= 1
        blank(2)
      } else {
        blank()
      }
    } while depth > 0 && at < bytes.count
  }

  private mutating func string(hashes: Int) {
    let isLong = isSwift && starts(with: "\"\"\"")
    let end = [UInt8](repeating: UInt8(ascii: "\""), count: isLong ? 3 : 1) + hashMarks(hashes)
    let escape = [UInt8(ascii: "\\")] + hashMarks(hashes)
    copy()
    blank(isLong ? 2 : 0)
    while at < bytes.count {
      if bytes[at...].starts(with: end) { return blank(end.count) }
      if !isLong, bytes[at] == UInt8(ascii: "\n") { return }
      guard bytes[at...].starts(with: escape) else {
        blank()
        continue
      }
      blank(escape.count)
      if isSwift, at < bytes.count, bytes[at] == UInt8(ascii: "(") {
        copy()
        code(untilParenthesis: true)
      } else {
        blank()
      }
    }
  }

  private mutating func character() {
    copy()
    while at < bytes.count, bytes[at] != UInt8(ascii: "\n") {
      if bytes[at] == UInt8(ascii: "'") { return blank() }
      blank(bytes[at] == UInt8(ascii: "\\") ? 2 : 1)
    }
  }

  private func hashMarks(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "#"), count: count) }
}
