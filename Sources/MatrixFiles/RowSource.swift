// SPDX-License-Identifier: Apache-2.0
// What stands behind MatrixReader and MatrixWriter: one class for each way of reading or writing rows. Classes, so that
// either can hold one without knowing which.

import MatrixCore

/// Where a reader's rows come from.
protocol RowSource<Element>: AnyObject {
  associatedtype Element: MatrixElement
  /// Fills the first of `elements` with these rows. Each call begins at or behind the end of the one before.
  func read(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError)
  /// After the last row: whether that was all.
  func finish() throws(FileError)
}

extension RowSource {
  func finish() throws(FileError) {}
}

/// Where a writer's rows go.
protocol RowSink<Element>: AnyObject {
  associatedtype Element: MatrixElement
  /// Elements in row order, in pieces that may end anywhere.
  func append(_ elements: Span<Element>, to file: inout OutputFile) throws(FileError)
  /// What stands behind the last element.
  func finish(to file: inout OutputFile) throws(FileError)
}

extension RowSink {
  func finish(to file: inout OutputFile) throws(FileError) {}
}

/// Elements that lie in the file as they lie in memory, but for type and order.
final class BinaryRows<Element: MatrixElement>: RowSource {
  private let reader: BinaryReader

  init(_ file: consuming InputFile, info: MatrixFileInfo, narrowing: ReadOptions.Narrowing) {
    reader = BinaryReader(file, info: info, narrowing: narrowing)
  }

  func read(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError) {
    try reader.read(rows, into: &elements)
  }
}

/// Elements that are written from where they are, in one call to the system where it takes that many.
final class BinarySink<Element: MatrixElement>: RowSink {
  func append(_ elements: Span<Element>, to file: inout OutputFile) throws(FileError) {
    try file.write(unsafe elements.bytes)  // an element has no padding
  }
}

/// CSV and TSV. Rows that are skipped are read, since where a row begins is not known otherwise.
final class DelimitedRows<Element: MatrixElement>: RowSource {
  private var reader: DelimitedReader
  private let columns: Int
  private var next = 0

  init(_ file: consuming InputFile, info: MatrixFileInfo, delimiter: UInt8, options: ReadOptions) {
    columns = info.shape.columns
    reader = DelimitedReader(file, info: info, delimiter: delimiter, options: options)
  }

  func read(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError) {
    if next < rows.lowerBound {
      var row = [Element](repeating: 0, count: columns)
      for _ in next..<rows.lowerBound {
        var span = row.mutableSpan
        try reader.read(rows: 1, into: &span)
      }
    }
    try reader.read(rows: rows.count, into: &elements)
    next = rows.upperBound
  }

  func finish() throws(FileError) { try reader.finish() }
}

final class DelimitedSink<Element: MatrixElement>: RowSink {
  private var writer: DelimitedWriter

  init(_ writer: DelimitedWriter) { self.writer = writer }

  func append(_ elements: Span<Element>, to file: inout OutputFile) throws(FileError) {
    try writer.append(elements, to: &file)
  }

  func finish(to file: inout OutputFile) throws(FileError) { try writer.flush(to: &file) }
}
