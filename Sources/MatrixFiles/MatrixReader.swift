// SPDX-License-Identifier: Apache-2.0
// A matrix from a file, row after row: the one reader, whatever the format. `Matrix(contentsOf:)` asks it for all rows;
// who only wants one pass (`weft info`) asks for some at a time.

import MatrixCore

/// Reads a matrix in row order, in pieces of whole rows.
///
///     var reader = try MatrixReader<Double>(contentsOf: "m.npy")
///     while try reader.readRows(into: &span) > 0 { … }
public struct MatrixReader<Element: MatrixElement>: ~Copyable {
  /// What the file says about itself.
  public let info: MatrixFileInfo
  /// Rows read so far.
  public private(set) var rowsRead = 0
  private let rows: any RowSource<Element>

  public var shape: Shape { info.shape }

  /// Opens the file and checks everything that can be known before the elements are read: its size against its header.
  public init(contentsOf path: String, options: ReadOptions = ReadOptions()) throws(FileError) {
    let opened = try MatrixFile.open(path, options: options, isVerified: true)
    let info = opened.info
    let narrows = info.byteOrder != nil && info.elementType.byteCount > Element.elementType.byteCount
    guard !narrows || options.narrowing != .refuse else {
      let (stored, wanted) = (info.elementType, Element.elementType)
      throw FileError(
        .unsupported, path,
        "its elements are \(stored), which \(wanted) cannot hold; read it as \(stored), or allow rounding")
    }
    self.info = info
    switch info.format {
    case .csv, .tsv:
      let delimiter = info.format.delimiter ?? UInt8(ascii: ",")
      rows = DelimitedRows(opened.content, info: info, delimiter: delimiter, options: options)
    case .mtx: rows = MatrixMarketRows(opened.content, info: info)
    case .h5:
      guard let dataset = opened.dataset else { preconditionFailure("an HDF5 file was opened by its library") }
      rows = HDF5Rows(dataset, narrowing: options.narrowing)
    case .npy, .npz, .safetensors, .raw: rows = BinaryRows(opened.content, info: info, narrowing: options.narrowing)
    }
  }

  /// Goes on `count` rows later, no farther than the end: at once in binary files; the numbers of text are read with
  /// the next rows, since where a row begins is not known otherwise.
  public mutating func skipRows(_ count: Int) throws(FileError) {
    precondition(count >= 0, "rows are skipped forwards")
    rowsRead += min(count, shape.rows - rowsRead)
  }

  /// Fills `elements` with the next rows, as many whole ones as fit, from its start.
  ///
  /// A file in column order is read fastest in large pieces: each column of a piece is a call to the system.
  ///
  /// - Returns: the rows read: 0 after the last. A span shorter than a row is a programming error.
  public mutating func readRows(into elements: inout MutableSpan<Element>) throws(FileError) -> Int {
    let rest = shape.rows - rowsRead
    guard rest > 0 else { return 0 }
    guard shape.columns > 0 else {
      rowsRead = shape.rows
      return rest
    }
    let count = min(rest, elements.count / shape.columns)
    precondition(count > 0, "a span to read into must hold a row")
    try rows.read(rowsRead..<rowsRead + count, into: &elements)
    rowsRead += count
    if rowsRead == shape.rows { try rows.finish() }
    return count
  }
}
