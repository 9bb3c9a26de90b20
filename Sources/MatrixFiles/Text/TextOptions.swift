// SPDX-License-Identifier: Apache-2.0
// What can be chosen about CSV and TSV, and what of it makes no sense.

import MatrixCore

/// How text formats are written.
///
///     WriteOptions(text: TextOptions(digits: 6, delimiter: UInt8(ascii: ";"), columnNames: ["x", "y, in cm"]))
public struct TextOptions: Hashable, Sendable {
  /// Significant digits, 1...17, each number correctly rounded and without zeros at its end; nil: as few as read back
  /// to the same bits. With fewer than 3, the largest float64 becomes `2e+308`, which is past the largest number when
  /// it is read.
  public var digits: Int?
  /// What stands between fields; nil: the format's own, comma or tab. A space, a digit and whatever else a number may
  /// contain cannot.
  public var delimiter: UInt8?
  /// A first line with a name for each column, quoted where RFC 4180 asks for it; nil: none. Nothing else is done to
  /// them: a name that begins with `=` is a formula to spreadsheets.
  public var columnNames: [String]?
  /// Nil: the CPUs of this process.
  package var threads: Int?

  public init(digits: Int? = nil, delimiter: UInt8? = nil, columnNames: [String]? = nil) {
    self.digits = digits
    self.delimiter = delimiter
    self.columnNames = columnNames
  }

  /// Makes the writer of a text file and its first line, if there is one.
  ///
  /// - Parameter delimiter: the format's own.
  /// - Throws: `.cannotCreate` for options that make no sense.
  func writer(
    _ path: String, _ shape: Shape, delimiter own: UInt8
  ) throws(FileError) -> (DelimitedWriter, header: [UInt8]) {
    let delimiter = delimiter ?? own
    if let digits, !(1...17 ~= digits) {
      throw FileError(.cannotCreate, path, "\(digits) significant digits are not possible: 1 to 17 are")
    }
    if let problem = Self.problem(ofDelimiter: delimiter) { throw FileError(.cannotCreate, path, problem) }
    var header: [UInt8] = []
    if let columnNames {
      guard columnNames.count == shape.columns else {
        throw FileError(
          .cannotCreate, path,
          "there are \(columnNames.count) column names, and the matrix has \(shape.columns) columns")
      }
      for (index, name) in columnNames.enumerated() {
        guard !name.utf8.contains(where: { [0, UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains($0) }) else {
          throw FileError(
            .cannotCreate, path, "the name \(excerpt(name.utf8)) of column \(index) has a line end or NUL in it")
        }
        if index > 0 { header.append(delimiter) }
        header += Self.quoted(name, delimiter)
      }
      header.append(UInt8(ascii: "\n"))
    }
    let writer = DelimitedWriter(delimiter: delimiter, columns: shape.columns, digits: digits, threads: threads)
    return (writer, header)
  }

  /// RFC 4180: a field with a delimiter or a quote in it stands in quotes, quotes in it twice. So does one that
  /// begins or ends with a space, which many readers would drop, or is empty, which they would drop as a line.
  private static func quoted(_ name: String, _ delimiter: UInt8) -> [UInt8] {
    let (bytes, quote, space) = (Array(name.utf8), UInt8(ascii: "\""), UInt8(ascii: " "))
    guard
      bytes.isEmpty || bytes.contains(delimiter) || bytes.contains(quote) || bytes.first == space || bytes.last == space
    else { return bytes }
    return [quote] + bytes.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
  }

  /// Why the byte cannot stand between numbers; nil where it can.
  static func problem(ofDelimiter byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "\t"): return nil
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "\""), 0...32, 127...255:
      return "the byte \(byte) cannot stand between numbers; take a comma, a semicolon, a tab or a bar"
    default: return nil
    }
  }
}
