// SPDX-License-Identifier: Apache-2.0
// A small, strict reader of JSON (RFC 8259), for the sidecar of raw files and the header of safetensors. Foundation's
// is not used: no module below the command line may link Foundation (architecture.md, decision 7).

/// A JSON value. Numbers stay text: a shape must not pass through a float64.
package indirect enum JSON: Equatable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  /// Largest text and deepest nesting that are read.
  package static let byteLimit = 65_536
  package static let depthLimit = 16

  /// What is wrong with a text, and where: byte offset from its start.
  package struct Failure: Error, Equatable {
    package let offset: Int
    package let message: String
  }

  package init(parsing text: [UInt8], byteLimit: Int = Self.byteLimit) throws(Failure) {
    guard text.count <= byteLimit else {
      throw Failure(offset: byteLimit, message: "more than \(byteLimit) bytes are not read")
    }
    var parser = JSONParser(text: text)
    self = try parser.value(depth: 0)
    try parser.end()
  }

  subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }
}

private struct JSONParser {
  let text: [UInt8]
  var position = 0

  init(text: [UInt8]) { self.text = text }

  mutating func value(depth: Int) throws(JSON.Failure) -> JSON {
    guard depth < JSON.depthLimit else { throw failure("nested deeper than \(JSON.depthLimit)") }
    skipSpace()
    guard let byte = peek else { throw failure("a value is missing") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      for (word, value) in [("true", JSON.bool(true)), ("false", .bool(false)), ("null", .null)]
      where text[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      throw failure("this is no JSON value")
    }
  }

  mutating func end() throws(JSON.Failure) {
    skipSpace()
    guard position == text.count else { throw failure("something follows the value") }
  }

  private mutating func object(depth: Int) throws(JSON.Failure) -> JSON {
    var members: [String: JSON] = [:]
    position += 1
    if skip("}") { return .object(members) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing") }
      let key = try string()
      guard members[key] == nil else { throw failure("a key stands twice") }
      guard skip(":") else { throw failure("':' is missing") }
      members[key] = try value(depth: depth + 1)
    } while skip(",")
    guard skip("}") else { throw failure("'}' or ',' is missing") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSON.Failure) -> JSON {
    var values: [JSON] = []
    position += 1
    if skip("]") { return .array(values) }
    repeat { values.append(try value(depth: depth + 1)) } while skip(",")
    guard skip("]") else { throw failure("']' or ',' is missing") }
    return .array(values)
  }

  private mutating func number() throws(JSON.Failure) -> String {
    let start = position
    if peek == UInt8(ascii: "-") { position += 1 }
    let leadingZero = peek == UInt8(ascii: "0")
    let whole = digits()
    guard whole > 0, !leadingZero || whole == 1 else { throw failure("this is no JSON number") }
    if peek == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw failure("a digit is missing after '.'") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw failure("a digit is missing in the exponent") }
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSON.Failure) -> String {
    position += 1
    var bytes: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 32 else { throw failure("a control character stands in a string") }
      position += 1
      if byte == UInt8(ascii: "\\") { bytes += try escape() } else { bytes.append(byte) }
    }
    guard peek != nil else { throw failure("a string has no closing quote") }
    position += 1
    guard let string = String(validating: bytes, as: UTF8.self) else { throw failure("a string is not UTF-8") }
    return string
  }

  /// What follows a backslash, as UTF-8.
  private mutating func escape() throws(JSON.Failure) -> [UInt8] {
    guard let byte = peek else { throw failure("a string has no closing quote") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xd800..<0xdc00).contains(code) {
        guard peek == UInt8(ascii: "\\"), text[(position + 1)...].first == UInt8(ascii: "u") else {
          throw failure("half a surrogate pair stands alone")
        }
        position += 2
        let low = try hexadecimal()
        guard (0xdc00..<0xe000).contains(low) else { throw failure("half a surrogate pair stands alone") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair stands alone") }
      return Array(String(Character(scalar)).utf8)
    default: throw failure("this escape is unknown")
    }
  }

  private mutating func hexadecimal() throws(JSON.Failure) -> UInt32 {
    let digits = text[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits are missing") }
    position += 4
    return value
  }

  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  private mutating func skip(_ token: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: token) else { return false }
    position += 1
    return true
  }

  private func failure(_ message: String) -> JSON.Failure { JSON.Failure(offset: position, message: message) }
}
