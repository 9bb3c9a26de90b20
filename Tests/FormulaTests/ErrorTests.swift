// SPDX-License-Identifier: Apache-2.0
//
// What a person reads who has made a mistake: the whole rendered text, for every mistake the parser knows.

import Testing

@testable import Formula

@Suite struct ErrorTests {
  /// Text of the formula, message, the shown line's caret line without its two leading spaces.
  static let mistakes: [(String, String, String)] = [
    ("1 +", "the formula ends after \"+\", where a value is expected", "   ^"),
    ("i && ", "the formula ends after \"&&\", where a value is expected", "    ^"),
    ("(1", "this \"(\" is not closed", "^"),
    ("(1]", "this \"(\" is not closed", "^"),
    ("1)", "there is no \"(\" for this \")\"", " ^"),
    ("1]", "there is no \"[\" for this \"]\"", " ^"),
    ("2*sin(i", "the \"(\" after sin is not closed", "  ^~~"),
    ("X[i,j", "the \"[\" after X is not closed", "^"),
    ("X[i)", "the \"[\" after X is not closed", "^"),
    ("* 2", "a value is missing before \"*\"", "^"),
    ("i * / j", "a value is missing before \"/\"", "    ^"),
    ("sin(,1)", "a value is missing before \",\"", "    ^"),
    ("sin(1,)", "a value is missing before \")\"", "      ^"),
    ("X[]", "a value is missing before \"]\"", "  ^"),
    ("[1]", "\"[\" follows the name of an input matrix, as in X[i, j]", "^"),
    // Calls.
    ("1 + sin", "sin is a function: write sin(x)", "    ^~~"),
    ("sin()", "sin takes 1 argument, not 0: sin(x)", "^~~~~"),
    ("sin(i,j)", "sin takes 1 argument, not 2: sin(x)", "^~~~~~~~"),
    ("1+atan2(i)", "atan2 takes 2 arguments, not 1: atan2(y, x)", "  ^~~~~~~~"),
    ("min(1)", "min takes 2 or more arguments, not 1: min(x, y, …)", "^~~~~~"),
    ("log(i, 2)", "log takes 1 argument, not 2: log(x); to base b it is log(x) / log(b)", "^~~~~~~~~"),
    ("where(1,2)", "where takes 3 arguments, not 2: where(c, a, b)", "^~~~~~~~~~"),
    ("sum(k,0,3)", "sum takes 4 arguments, not 3: sum(k, first, last, term)", "^~~~~~~~~~"),
    ("prod(k,0,3,k,1)", "prod takes 4 arguments, not 5: prod(k, first, last, term)", "^~~~~~~~~~~~~~~"),
    ("sum(2,0,3,i)", "the first argument of sum is a new name: sum(k, first, last, term)", "    ^"),
    ("sum(k 0,3,i)", "a comma is expected after the name k: sum(k, first, last, term)", "      ^"),
    ("sum(i,0,3,i)", "i has a meaning already: choose another name to count with, such as k", "    ^"),
    ("sum(exp,0,3,i)", "exp has a meaning already: choose another name to count with, such as k", "    ^~~"),
    ("sum(k,0,3,k[0,0])", "k counts the terms of a sum here and cannot be indexed", "          ^"),
    (
      "rows(2)", "rows takes the name of an input matrix; without parentheses it is the result's own rows",
      "     ^"
    ),
    ("rows(X,Y)", "rows(X) has one argument, a name", "      ^"),
    ("rows()", "rows takes 1 argument, not 0: rows(X)", "^~~~~~"),
    // Names.
    ("sine(i)", "unknown function \"sine\"; did you mean \"sin\"?", "^~~~"),
    ("1 + ln(i)", "unknown function \"ln\"; did you mean \"log\"?", "    ^~"),
    ("arctan2(i, j)", "unknown function \"arctan2\"; did you mean \"atan2\"?", "^~~~~~~"),
    (
      "frob(i, j)",
      "unknown function \"frob\"; for a product write frob*(…), for an element of an input matrix frob[i, j]", "^~~~"
    ),
    ("X + X[0,0]", "X is a number at its first use and cannot be an input matrix here", "    ^"),
    ("X[0,0] + X", "X is an input matrix: for one of its elements write X[i, j]", "         ^"),
    // Numbers.
    (
      "1e400", "1e400 is too large for float64, whose largest number is 1.7976931348623157e308; write inf for infinity",
      "^~~~~"
    ),
    (
      "i+1e-400", "1e-400 is too small for float64, whose smallest number above 0 is 5e-324; write 0 for zero",
      "  ^~~~~~"
    ),
    ("1_000", "1_000 is not a number: digits are written without grouping, as in 1000", "^~~~~"),
    ("0x10", "0x10 is not a number: numbers are decimal", "^~~~"),
    ("1.2.3", "1.2.3 is not a number: it has two points", "^~~~~"),
    ("1,5", "a comma separates arguments; the decimal sign is a point, as in 0.5", " ^"),
    ("2i", "an operator is missing between 2 and i; for a product write 2*i", "^~"),
    ("1e", "an operator is missing between 1 and e; for a product write 1*e", "^~"),
    // Missing operators.
    ("i j", "an operator is missing between i and j; for a product write i*j", "  ^"),
    ("i(3)", "an operator is missing between i and (; for a product write i*(…", " ^"),
    ("(1)(2)", "an operator is missing between ) and (; for a product write …)*(…", "   ^"),
    ("i[0]", "only an input matrix can be indexed, as in X[i, j]", " ^"),
    ("5!", "an operator is missing before \"!\"; factorials are gamma(n + 1)", " ^"),
    // Habits from elsewhere.
    ("np.sin(i)", "names have no prefix: write sin instead of np.sin", "^~~~~~"),
    ("2*math.pi", "names have no prefix: write pi instead of math.pi", "  ^~~~~~~"),
    ("x[i][j]", "both indexes stand in one pair of brackets: x[i, j]", "^~~~"),
    ("x[i]", "an element has two indexes, row and column: x[i, j], or x[i, 0] in a single column", "^~~~"),
    ("X[i,j,1]", "an element has two indexes, row and column: X[i, j]", "     ^"),
    ("a and b", "and is not an operator here: write &&", "  ^~~"),
    ("i or j", "or is not an operator here: write ||", "  ^~"),
    ("not i", "not is not an operator here: write ! for not", "^~~"),
    ("i if j else 0", "if is not an operator here: write c ? a : b", "  ^~"),
    ("a = b", "= is not part of the language: write == to compare", "  ^"),
    ("a := b", ":= is not part of the language: write == to compare", "  ^~"),
    ("a <> b", "<> is not part of the language: write !=", "  ^~"),
    ("a & b", "& is not part of the language: write && for and", "  ^"),
    ("a // b", "// is not part of the language: write floor(a / b)", "  ^~"),
    ("2*π", "π is not part of the language: write pi", "  ^"),
    ("i²", "² is not part of the language: write ^2", " ^"),
    ("i − j", "− is not part of the language: write - (the ASCII hyphen)", "  ^"),
    ("i ≤ j", "≤ is not part of the language: write <=", "  ^"),
    ("i $ j", "the character \"$\" has no meaning in a formula", "  ^"),
    ("日本 + 1", "the character \"日\" has no meaning in a formula", "^"),
    ("i\u{301}", "the character U+0301 has no meaning in a formula", "^"),
    // Choices and comparisons.
    ("a < b < c", "comparisons do not chain: write a < b && b < c, or use parentheses", "      ^"),
    ("a == b + 1 != c", "comparisons do not chain: write a < b && b < c, or use parentheses", "           ^~"),
    ("1 ? 2", "this ? has no \":\"; a choice is written c ? a : b", "  ^"),
    ("max(1?2,3)", "this ? has no \":\"; a choice is written c ? a : b", "     ^"),
    ("1 : 2", "there is no ? for this \":\"", "  ^"),
    ("1 ? 2 : 3 : 4", "there is no ? for this \":\"", "          ^"),
  ]

  @Test(arguments: mistakes)
  func rendering(text: String, message: String, carets: String) throws {
    let error = try #require(refusal(text))
    #expect(error.message == message)
    #expect(error.rendered == "\(message)\n  \(text)\n  \(carets)")
    let characters = try #require(error.characters)
    #expect(characters.lowerBound == carets.prefix { $0 == " " }.count)
  }

  @Test func emptyFormulas() {
    let message = "the formula is empty: write an expression in i and j, such as sin(i*j)"
    for text in ["", " ", "\n\t "] {
      #expect(refusal(text)?.rendered == message)
      #expect(refusal(text)?.characters == nil)
    }
  }

  @Test func severalLines() throws {
    let error = try #require(refusal("i +\r\n  sine(j) *\n 2"))
    #expect(
      error.rendered == "unknown function \"sine\"; did you mean \"sin\"? (line 2)\n    sine(j) *\n    ^~~~")
    #expect(error.description == "unknown function \"sine\"; did you mean \"sin\"? (line 2, column 3)")
    #expect(error.characters == 6..<10)
    #expect(refusal("sine(j)")?.description == "unknown function \"sine\"; did you mean \"sin\"? (column 1)")
    // A place at a line's end, and one that would go on to the next line.
    #expect(refusal("1 +\n")?.rendered.hasSuffix("\n  1 +\n     ^") == true)
    #expect(refusal("sin(1,\n2)")?.rendered.hasSuffix("\n  sin(1,\n  ^~~~~~") == true)
  }

  @Test func longLinesAreCutAroundThePlace() throws {
    let many = String(repeating: " i +", count: 100)
    let error = try #require(refusal("1 +\(many) sine(j) +\(many) 1"))
    #expect(
      error.rendered.hasSuffix(
        """

          … i + i + i + i + i + i + i + sine(j) + i + i + i + i + i + i + i + i + i +…
                                        ^~~~
        """))
    for count in 1...200 {
      let long = String(repeating: "é", count: count)
      let text = "\(String(repeating: "i+", count: count))\(long)\(String(repeating: "+i", count: 200 - count))"
      let excerpt = try #require(refusal(text)?.excerpt)
      #expect(excerpt.shown.count <= FormulaError.width)
      let place = excerpt.shown.index(excerpt.shown.startIndex, offsetBy: excerpt.indentation)
      #expect(excerpt.shown[place] == "é")
      #expect(excerpt.indentation + excerpt.caretCount <= excerpt.shown.count)
    }
    let end = try #require(refusal(String(repeating: "i+", count: 100))?.excerpt)
    #expect(end.shown.count < FormulaError.width && end.indentation == end.shown.count)
  }

  /// A formula must not reach the terminal as anything but text; a caret must stay under its character.
  @Test func controlCharactersAreShownAsSpaces() throws {
    #expect(refusal("i\t+\t\u{1B}[31m")?.rendered.hasSuffix("\n  i +  [31m\n      ^") == true)
    #expect(refusal("i \u{202E} j")?.rendered.contains("\u{202E}") == false)
    #expect(refusal("i\0")?.message == "the character U+0000 has no meaning in a formula")
    #expect(refusal("😀 + 👩‍👩‍👧")?.rendered.hasSuffix("\n  ^") == true)
    #expect(refusal("i + 👩‍👩‍👧 + sin(")?.rendered.hasSuffix("\n      ^") == true)
  }

  @Test func suggestions() {
    let names = FunctionDescription.all.map(\.name)
    for (word, expected) in [
      ("sni", "sin"), ("SIN", "sin"), ("coss", "cos"), ("sqr", "sqrt"), ("wher", "where"), ("hypto", "hypot"),
      ("lgama", "lgamma"), ("maximum", "max"), ("power", "pow"), ("arcsin", "asin"), ("atan3", "atan"),
    ] {
      #expect(Spelling.suggestion(for: word, among: names) == expected, "\(word)")
    }
    for word in ["q", "frobnicate", "xyz", String(repeating: "s", count: 1_000)] {
      #expect(Spelling.suggestion(for: word, among: names) == nil, "\(word)")
    }
    #expect(Spelling.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    #expect(Spelling.distance(Array("ab".utf8), Array("ba".utf8)) == 1)
    #expect(Spelling.distance([], Array("abc".utf8)) == 3)
  }
}
