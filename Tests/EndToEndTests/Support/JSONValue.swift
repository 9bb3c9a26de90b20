// SPDX-License-Identifier: Apache-2.0
//
// A strict reader of JSON, so that `--json` is held against the standard and not against its own writer. Objects keep
// their order.

enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Equatable {
    var key: String
    var value: JSONValue
  }

  struct Malformed: Error, CustomStringConvertible {
    var place: Int
    var description: String { "not JSON at byte \(place)" }
  }

  init(parsing text: String) throws {
    var parser = JSONParser(bytes: Array(text.utf8))
    self = try parser.wholeText()
  }

  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  var keys: [String] {
    guard case .object(let members) = self else { return [] }
    return members.map(\.key)
  }

  var number: Double? { if case .number(let value) = self { value } else { nil } }
  var integer: Int? { number.flatMap { Int(exactly: $0) } }
  var elements: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func wholeText() throws -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw malformed }
    return value
  }

  private var malformed: JSONValue.Malformed { JSONValue.Malformed(place: position) }
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func take(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    if take("null") { return .null }
    if take("true") { return .bool(true) }
    if take("false") { return .bool(false) }
    if take("{") {
      return .object(
        try list(end: "}") { parser in
          parser.skipSpace()
          let key = try parser.string()
          parser.skipSpace()
          guard parser.take(":") else { throw parser.malformed }
          return JSONValue.Member(key: key, value: try parser.value())
        })
    }
    if take("[") { return .array(try list(end: "]") { try $0.value() }) }
    return next == UInt8(ascii: "\"") ? .text(try string()) : .number(try number())
  }

  private mutating func list<Item>(end: String, _ item: (inout JSONParser) throws -> Item) throws -> [Item] {
    skipSpace()
    if take(end) { return [] }
    var items: [Item] = []
    repeat {
      items.append(try item(&self))
      skipSpace()
    } while take(",")
    guard take(end) else { throw malformed }
    return items
  }

  private mutating func string() throws -> String {
    guard take("\"") else { throw malformed }
    var result: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
      case 0..<0x20: throw malformed
      case UInt8(ascii: "\\"): result += Array(String(try escape()).utf8)
      default: result.append(byte)
      }
    }
    throw malformed
  }

  private mutating func escape() throws -> Character {
    let simple: [Character: Character] = ["\"": "\"", "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t"]
    for (letter, meaning) in simple where take(String(letter)) { return meaning }
    guard take("u"), position + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw malformed }
    position += 4
    return Character(scalar)
  }

  /// The grammar of RFC 8259; Swift's own reader takes more (`+1`, `.5`, `0x1`).
  private mutating func number() throws -> Double {
    let start = position
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
    _ = take("-")
    if !take("0") {
      guard isDigit(next) else { throw malformed }
      while isDigit(next) { position += 1 }
    }
    if take(".") {
      guard isDigit(next) else { throw malformed }
      while isDigit(next) { position += 1 }
    }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      guard isDigit(next) else { throw malformed }
      while isDigit(next) { position += 1 }
    }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else { throw malformed }
    return value
  }
}
