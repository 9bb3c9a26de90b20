// SPDX-License-Identifier: Apache-2.0
// Rows to CSV and TSV: shortest exact digits, one delimiter, LF at the end of each line. Used by MatrixWriter.

import MatrixCore

struct DelimitedWriter {
  private let delimiter: UInt8
  private let columns: Int
  private var column = 0
  private var buffer: [UInt8] = []

  /// Text is handed to the file in pieces of about this size: one call to the system for some ten thousand numbers.
  private static let pieceByteCount = 1 << 18

  init(delimiter: UInt8, columns: Int) {
    self.delimiter = delimiter
    self.columns = columns
    buffer.reserveCapacity(Self.pieceByteCount + 64)
  }

  /// Appends elements in row order; a row may be cut anywhere between two calls.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  mutating func append<Element: MatrixElement>(
    _ elements: Span<Element>, to file: inout OutputFile
  ) throws(FileError) {
    for k in elements.indices {
      var text = shortestText(elements[k])
      text.withUTF8 { unsafe buffer.append(contentsOf: $0) }
      column += 1
      if column == columns {
        column = 0
        buffer.append(UInt8(ascii: "\n"))
      } else {
        buffer.append(delimiter)
      }
      if buffer.count >= Self.pieceByteCount { try flush(to: &file) }
    }
  }

  mutating func flush(to file: inout OutputFile) throws(FileError) {
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
