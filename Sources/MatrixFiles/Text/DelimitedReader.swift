// SPDX-License-Identifier: Apache-2.0
// CSV and TSV as rows of numbers: the shape first (one pass that counts lines), then row after row.

import MatrixCore

struct DelimitedReader: ~Copyable {
  private let file: InputFile
  private var scanner: DelimitedScanner
  private let columns: Int
  private var headerIsAhead: Bool

  /// What can be known before the numbers are read: columns of the first line, and lines.
  static func inspect(
    _ file: borrowing InputFile, format: MatrixFormat, delimiter: UInt8, hasHeader: Bool
  ) throws(FileError) -> MatrixFileInfo {
    let path = file.path
    let head = try file.head(3)
    if head.starts(with: [0xff, 0xfe]) || head.starts(with: [0xfe, 0xff]) {
      throw FileError(.malformed, path, "it is UTF-16 text; save it as UTF-8")
    }
    let textOffset = head == [0xef, 0xbb, 0xbf] ? 3 : 0
    let lines = try lineCount(file, from: textOffset)
    let rows = lines - (hasHeader ? 1 : 0)
    guard rows > 0 else { throw FileError(.malformed, path, "it has no numbers; an empty matrix needs .npy or .raw") }

    var scanner = DelimitedScanner(delimiter: delimiter, offset: textOffset)
    if hasHeader { try scanner.skipLine(of: file) }
    let columns = try columnCount(&scanner, file, mayBeHeader: !hasHeader)
    // A number and what ends it are two bytes, so a matrix of this shape cannot be in a shorter file: somewhere a line
    // is shorter than the first or has empty fields. To look for the place takes no memory; the matrix would.
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    if overflow || count > (file.byteCount + 1) / 2 {
      scanner = DelimitedScanner(delimiter: delimiter, offset: textOffset)
      if hasHeader { try scanner.skipLine(of: file) }
      throw try misfit(&scanner, file, columns: columns)
    }
    let shape: Shape
    do { shape = try Shape(rows: rows, columns: columns) } catch { throw FileError(.malformed, path, error.message) }
    return MatrixFileInfo(
      path: path, format: format, formatVersion: nil, shape: shape, elementType: .float64, byteOrder: nil,
      elementOrder: .rows, dataOffset: textOffset, byteCount: file.byteCount)
  }

  init(_ file: consuming InputFile, info: MatrixFileInfo, delimiter: UInt8, hasHeader: Bool) {
    self.file = file
    scanner = DelimitedScanner(delimiter: delimiter, offset: info.dataOffset)
    columns = info.shape.columns
    headerIsAhead = hasHeader
  }

  /// Reads the next `rows` rows into the first of `elements`.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  mutating func read<Element: MatrixElement>(
    rows: Int, into elements: inout MutableSpan<Element>
  ) throws(FileError) {
    if headerIsAhead { try scanner.skipLine(of: file) }
    headerIsAhead = false
    var place = 0
    for _ in 0..<rows {
      for j in 0..<columns {
        let (number, end) = try scanner.nextField(of: file) { DecimalNumber<Element>($0) }
        guard case .value(let value) = number else {
          throw Self.refusal(of: number, isWholeLine: j == 0 && end != .delimiter, scanner, file)
        }
        if (end == .delimiter) != (j + 1 < columns) {
          throw Self.ragged(fields: j + 1, end, columns: columns, scanner, file)
        }
        elements[place] = value
        place += 1
      }
    }
  }

  /// After the last row: nothing may follow.
  mutating func finish() throws(FileError) {
    guard try scanner.isAtEnd(of: file) else {
      throw FileError(.unreadable, file.path, "the file became longer while it was read; read it when it is complete")
    }
  }
}

extension DelimitedReader {
  private static func lineCount(_ file: borrowing InputFile, from offset: Int) throws(FileError) -> Int {
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var position = offset
    var lines = 0
    var last = UInt8(ascii: "\n")
    while true {
      let read = try file.readUpTo(&piece, 0..<piece.count, at: position)
      guard read > 0 else { return last == UInt8(ascii: "\n") ? lines : lines + 1 }
      for k in 0..<read where piece[k] == UInt8(ascii: "\n") { lines += 1 }
      last = piece[read - 1]
      position += read
    }
  }

  /// Fields of the next line. Where none of them is a number, the line is taken for a header and refused as such.
  private static func columnCount(
    _ scanner: inout DelimitedScanner, _ file: borrowing InputFile, mayBeHeader: Bool
  ) throws(FileError) -> Int {
    var count = 0
    var words = 0
    var first = ""
    while true {
      let (number, end) = try scanner.nextField(of: file) { DecimalNumber<Double>($0) }
      count += 1
      if case .notANumber(let text) = number, !text.isEmpty {
        words += 1
        if words == 1 { first = text }
      }
      if end != .delimiter { break }
    }
    if mayBeHeader, words == count {
      let what = "it looks like a header (\(excerpt(first.utf8))); delete it, or read the file with hasHeader"
      throw FileError(.malformed, file.path, "line 1 has no number in it: \(what)")
    }
    return count
  }

  /// Where the first line stands that has not `columns` fields, or an empty one.
  private static func misfit(
    _ scanner: inout DelimitedScanner, _ file: borrowing InputFile, columns: Int
  ) throws(FileError) -> FileError {
    var fields = 0
    while true {
      if fields == 0, try scanner.isAtEnd(of: file) { break }
      let (number, end) = try scanner.nextField(of: file) { DecimalNumber<Double>($0) }
      fields += 1
      if case .notANumber = number {
        return refusal(of: number, isWholeLine: fields == 1 && end != .delimiter, scanner, file)
      }
      if (end == .delimiter) != (fields < columns) {
        return ragged(fields: fields, end, columns: columns, scanner, file)
      }
      if fields == columns { fields = 0 }
    }
    return FileError(.malformed, file.path, "its first line has an empty field; write nan for a missing number")
  }

  private static func refusal<Element>(
    of number: DecimalNumber<Element>, isWholeLine: Bool, _ scanner: DelimitedScanner, _ file: borrowing InputFile
  ) -> FileError {
    guard case .notANumber(let text) = number else {
      return scanner.problem(
        in: file, "the number is past the largest \(Element.elementType); write inf if it is meant")
    }
    if !text.isEmpty { return scanner.problem(in: file, "\(excerpt(text.utf8)) is not a number") }
    return scanner.problem(
      in: file, isWholeLine ? "the line is empty" : "the field is empty; write nan for a missing number")
  }

  private static func ragged(
    fields: Int, _ end: DelimitedScanner.End, columns: Int, _ scanner: DelimitedScanner, _ file: borrowing InputFile
  ) -> FileError {
    let has = end == .delimiter ? "more than \(columns) fields" : "only \(fields) of \(columns) fields"
    return scanner.problem(in: file, "the line has \(has); every line must have as many as the first")
  }
}
