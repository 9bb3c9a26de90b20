// SPDX-License-Identifier: Apache-2.0
// Raw files: the sidecar's text, what is refused, and the strict JSON reader under it.

import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(20)))
struct RawTests {
  @Test func theTwoFiles() throws {
    let scratch = Scratch()
    try Matrix<Float>([[1, 2], [3, 4], [5, 6]]).write(to: scratch.file("m.raw"), options: fresh)
    #expect(contents(scratch.file("m.raw"))?.count == 24)
    #expect(
      text(scratch.file("m.raw.json"))
        == "{\"format\": \"weft-raw\", \"version\": 1, \"rows\": 3, \"columns\": 2, "
        + "\"dtype\": \"float32\", \"order\": \"C\", \"byteorder\": \"little\"}\n")
  }

  static let good: [(String, String)] = [
    ("format", "\"weft-raw\""), ("version", "1"), ("rows", "2"), ("columns", "3"), ("dtype", "\"float64\""),
    ("order", "\"C\""), ("byteorder", "\"little\""),
  ]

  static func sidecar(_ key: String? = nil, _ value: String? = nil) -> String {
    let members = good.compactMap { member -> String? in
      guard member.0 == key else { return "\"\(member.0)\": \(member.1)" }
      return value.map { "\"\(member.0)\": \($0)" }
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  @Test(arguments: [
    ("format", "\"raw\"", "weft-raw"), ("version", "2", "must be 1"), ("version", "1.0", "must be 1"),
    ("rows", "-1", "rows"),
    ("rows", "2.5", "rows"), ("rows", "1e1", "rows"), ("rows", "\"2\"", "rows"),
    ("rows", "9223372036854775808", "rows"),
    ("rows", "4611686018427387904", "larger than any"), ("columns", "null", "columns"),
    ("rows", "3", "does not belong"),
    ("dtype", "\"int64\"", "dtype"), ("dtype", "\"float32\"", "does not belong"), ("order", "\"F\"", "order"),
    ("byteorder", "\"big\"", "byteorder"),
  ])
  func refused(key: String, value: String, word: String) throws {
    let scratch = Scratch()
    put([UInt8](repeating: 0, count: 48), scratch.file("m.raw"))
    for value in [value, nil] {  // wrong, then missing
      put(Self.sidecar(key, value), scratch.file("m.raw.json"))
      let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("m.raw")) }
      #expect(error.code.exitCode == 65)
      if value != nil { #expect(error.message.contains(word), "\(error)") }
    }
  }

  @Test func furtherKeysAreLeftAlone() throws {
    let scratch = Scratch()
    put([UInt8](repeating: 0, count: 48), scratch.file("m.raw"))
    put(Self.sidecar().dropLast() + ", \"recipe\": {\"formula\": \"i+j\"}}", scratch.file("m.raw.json"))
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.raw")).shape == shape(2, 3))
  }

  @Test func withoutSidecar() throws {
    let scratch = Scratch()
    put([1, 2, 3], scratch.file("m.raw"))
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("m.raw")) }
    #expect(error.code == .unreadable && error.message.contains("m.raw.json"))
  }

  @Test func neitherOfTheTwoIsReplacedUnasked() throws {
    let scratch = Scratch()
    put("mine", scratch.file("m.raw.json"))
    let error = try #require(throws: FileError.self) {
      try Matrix<Double>([[1]]).write(to: scratch.file("m.raw"), options: fresh)
    }
    #expect(error.code == .exists && error.path.hasSuffix("m.raw.json"))
    #expect(scratch.names == ["m.raw.json"] && text(scratch.file("m.raw.json")) == "mine")
    try Matrix<Double>([[1]]).write(to: scratch.file("m.raw"), options: overwriting)
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.raw")) == Matrix([[1]]))
    try Matrix<Double>([[1, 2]]).write(to: scratch.file("m.raw"), options: overwriting)
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.raw")) == Matrix([[1, 2]]))
  }

  @Test func json() throws {
    let parsed = try JSON(
      parsing: Array(#" {"a": [1, -2.5e+3, true, false, null], "b\n\u00e9\ud83d\ude00": {"c": ""}} "#.utf8))
    #expect(
      parsed
        == .object([
          "a": .array([.number("1"), .number("-2.5e+3"), .bool(true), .bool(false), .null]),
          "b\né😀": .object(["c": .string("")]),
        ]))
  }

  @Test(arguments: [
    "", "{", "}", "{]", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\" 1}", "{\"a\":}", "[1 2]", "01", "-", "1.",
    ".5", "1e",
    "+1", "0x1", "NaN", "Infinity", "tru", "nul", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
    "\"\\udc00\"", "\"a\nb\"", "{} x", "{\"a\":1,\"a\":2}", "\u{feff}{}", "// x\n{}", "[\"\t\"]",
    String(repeating: "[", count: 17) + String(repeating: "]", count: 17), String(repeating: "[", count: 60_000),
    "\"" + String(repeating: "x", count: 70_000) + "\"",
  ])
  func badJSON(text: String) {
    #expect(throws: JSON.Failure.self) { try JSON(parsing: Array(text.utf8)) }
  }

  @Test func badUTF8InJSON() {
    #expect(throws: JSON.Failure.self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
    #expect(throws: JSON.Failure.self) { try JSON(parsing: [0x22, 0xc0, 0x80, 0x22]) }
  }
}
