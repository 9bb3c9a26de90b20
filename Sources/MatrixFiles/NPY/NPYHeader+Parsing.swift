// SPDX-License-Identifier: Apache-2.0
// A strict parser for the header of a .npy file. NumPy evaluates the header as a Python literal; we accept exactly the
// dictionary of three keys that the format defines, so that no file can make us build, nest or allocate anything.

import MatrixCore

extension NPYHeader {
  /// Longest dictionary that is read. NumPy's own limit is 10,000; a matrix needs 118.
  static let lengthLimit = 65_536

  /// Reads and checks the header, and the length of the file against it.
  ///
  /// - Throws: `.malformed` where the file breaks the format, is cut short or has bytes to spare; `.unsupported`, with
  ///   the type's name, for an array that is no matrix of float64 or float32.
  init(of file: borrowing InputFile) throws(FileError) {
    let path = file.path
    func malformed(_ what: String) -> FileError { FileError(.malformed, path, what) }

    let start = try file.head(12)
    guard start.starts(with: Self.magic) else { throw malformed("it does not begin with the mark of a .npy file") }
    guard start.count >= 10 else { throw malformed("it ends within the header's first ten bytes") }
    let (major, minor) = (start[6], start[7])
    guard (1...3).contains(major), minor == 0 else {
      throw FileError(.unsupported, path, "its format version is \(major).\(minor); save it as version 1.0, 2.0 or 3.0")
    }
    let prefixCount = major == 1 ? 10 : 12
    guard start.count >= prefixCount else { throw malformed("it ends within the header's first twelve bytes") }
    var length = 0
    for byte in start[8..<prefixCount].reversed() { length = length << 8 | Int(byte) }
    guard length <= Self.lengthLimit else {
      throw malformed("its header claims \(length) bytes; more than \(Self.lengthLimit) are not read")
    }
    guard length <= file.byteCount - prefixCount else {
      throw malformed("its header claims \(length) bytes, but the file has only \(file.byteCount) in all")
    }
    let text = try file.head(length, at: prefixCount)
    guard text.count == length else { throw malformed("it became shorter while its header was read") }

    var parser = NPYHeaderParser(text: text, path: path)
    try parser.parse()
    guard let descr = parser.descr, let order = parser.elementOrder, let sides = parser.sides else {
      throw malformed("its header lacks one of the keys 'descr', 'fortran_order' and 'shape'")
    }
    let type = try NPYElementCode(descr, path: path)
    self.major = major
    self.minor = minor
    shape = try Self.shape(of: sides, path)
    elementType = type.elementType
    byteOrder = type.byteOrder
    elementOrder = order
    byteCount = prefixCount + length
    let found = file.byteCount - byteCount
    let wanted = shape.byteCount(of: elementType)
    guard found == wanted else {
      let what =
        found < wanted ? "is cut short: \(wanted - found) bytes are missing" : "has \(found - wanted) bytes too many"
      throw malformed("it \(what) (\(shape) \(elementType) takes \(wanted), after the header there are \(found))")
    }
  }

  private static func shape(of sides: [Int], _ path: String) throws(FileError) -> Shape {
    let (rows, columns): (Int, Int)
    switch sides.count {
    case 0: throw FileError(.unsupported, path, "it holds one number without a shape; save it with x.reshape(1, 1)")
    case 1: (rows, columns) = (sides[0], 1)
    case 2: (rows, columns) = (sides[0], sides[1])
    default:
      throw FileError(
        .unsupported, path, "it has \(sides.count) dimensions; save one matrix of it, with x[0] or x.reshape(rows, -1)")
    }
    do { return try Shape(rows: rows, columns: columns) } catch { throw FileError(.malformed, path, error.message) }
  }
}

/// Walks once over the dictionary `{'descr': …, 'fortran_order': …, 'shape': …, }`.
struct NPYHeaderParser {
  let text: [UInt8]
  let path: String
  private var position = 0
  /// The type code; a list (structured type) is refused while parsing.
  private(set) var descr: [UInt8]?
  private(set) var elementOrder: MatrixFileInfo.ElementOrder?
  private(set) var sides: [Int]?

  init(text: [UInt8], path: String) {
    self.text = text
    self.path = path
  }

  mutating func parse() throws(FileError) {
    try expect("{")
    while !skip("}") {
      let key = try string("a key")
      try expect(":")
      switch String(decoding: key, as: UTF8.self) {
      case "descr" where descr == nil: descr = try typeCode()
      case "fortran_order" where elementOrder == nil: elementOrder = try boolean() ? .columns : .rows
      case "shape" where sides == nil: sides = try tuple()
      case "descr", "fortran_order", "shape": throw problem("the key \(excerpt(key)) stands twice")
      default: throw problem("the key \(excerpt(key)) is none of 'descr', 'fortran_order' and 'shape'")
      }
      guard !skip(",") else { continue }
      try expect("}")
      break
    }
    skipSpaces()
    if position < text.count, text[position] == UInt8(ascii: "\n") { position += 1 }
    guard position == text.count else { throw problem("something follows the closing brace") }
  }

  private mutating func typeCode() throws(FileError) -> [UInt8] {
    skipSpaces()
    guard position < text.count, text[position] != UInt8(ascii: "[") else {
      throw FileError(
        .unsupported, path, "its elements are structured (named fields); save one field of it, with x['name']")
    }
    return try string("the type code")
  }

  private mutating func boolean() throws(FileError) -> Bool {
    if skip("True") { return true }
    guard skip("False") else { throw problem("'fortran_order' is neither True nor False") }
    return false
  }

  private mutating func tuple() throws(FileError) -> [Int] {
    var sides: [Int] = []
    try expect("(")
    while !skip(")") {
      guard sides.count < 64 else { throw problem("the shape has more than 64 dimensions") }
      sides.append(try side())
      if skip(",") { continue }
      guard skip(")") else { throw problem("the shape has a side that is not a whole number") }
      guard sides.count > 1 else { throw problem("the shape is no tuple: a comma is missing") }
      break
    }
    return sides
  }

  private mutating func side() throws(FileError) -> Int {
    skipSpaces()
    if position < text.count, text[position] == UInt8(ascii: "-") { throw problem("the shape has a negative side") }
    var value = 0
    let start = position
    while position < text.count, case let digit = text[position] &- UInt8(ascii: "0"), digit < 10 {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit))
      guard !overflow, !carry else { throw problem("the shape has a side past 2^63") }
      value = sum
      position += 1
    }
    guard position > start else { throw problem("the shape has a side that is not a whole number") }
    _ = skip("L")  // Python 2 wrote long integers so
    return value
  }

  /// A string in either kind of quotes, without escapes: no key and no type code has any.
  private mutating func string(_ what: String) throws(FileError) -> [UInt8] {
    skipSpaces()
    guard position < text.count, case let quote = text[position],
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw problem("\(what) is not a quoted string") }
    let rest = text[(position + 1)...]
    guard let end = rest.firstIndex(of: quote) else { throw problem("\(what) has no closing quote") }
    position = end + 1
    let content = Array(rest[..<end])
    guard content.allSatisfy({ (32..<127).contains($0) && $0 != UInt8(ascii: "\\") }) else {
      throw problem("\(what) has a character outside printable ASCII, or an escape")
    }
    return content
  }

  private mutating func skipSpaces() {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
  }

  private mutating func skip(_ token: StaticString) -> Bool {
    skipSpaces()
    let wanted = token.description.utf8
    guard text[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func expect(_ token: StaticString) throws(FileError) {
    guard skip(token) else { throw problem("'\(token)' is missing") }
  }

  private func problem(_ what: String) -> FileError {
    let place = position < text.count ? "before \(excerpt(text[position...]))" : "at its end"
    return FileError(.malformed, path, "its header is wrong \(place): \(what)")
  }
}
