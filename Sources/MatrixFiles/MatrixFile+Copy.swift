// SPDX-License-Identifier: Apache-2.0
//
// A file, or a part of it, into another file, in pieces: neither has to fit into memory. `weft convert`, `weft slice`.

import MatrixCore

extension MatrixFile {
  /// Copies rows and columns of a matrix file into another one: complete under its name, or not at all.
  ///
  /// - Parameters:
  ///   - rows, columns: of the source, from 0; nil: all.
  ///   - elementType: of the copy; nil: as the source has it. float64 to float32 rounds each element once.
  ///   - format: nil takes the one that the target's extension names.
  /// - Throws: `FileError`, also where the ranges are not within the matrix (`outOfRange`); `MemoryError` where a single row does not
  ///   fit.
  @discardableResult
  public static func copy(
    _ source: String, rows: Range<Int>? = nil, columns: Range<Int>? = nil, to target: String,
    as elementType: ElementType? = nil, format: MatrixFormat? = nil, readOptions: ReadOptions = ReadOptions(),
    options: WriteOptions = WriteOptions()
  ) throws -> WriteReport {
    let info = try inspect(source, options: readOptions)
    let part = try MatrixFilePart(info, rows: rows, columns: columns)
    var reading = readOptions
    if elementType != nil { reading.narrowing = .nearest }
    switch elementType ?? info.elementType {
    case .float64: return try part.write(as: Double.self, to: target, format, reading, options)
    case .float32: return try part.write(as: Float.self, to: target, format, reading, options)
    }
  }
}

/// Rows and columns of a file.
private struct MatrixFilePart {
  private let info: MatrixFileInfo
  private let rows: Range<Int>
  private let columns: Range<Int>

  /// Elements read at a time: 8 MiB of float64, or a whole row where that is longer. So much that several threads which read and
  /// write text seldom wait for the last of them.
  private static let pieceCount = 1 << 20

  init(_ info: MatrixFileInfo, rows: Range<Int>?, columns: Range<Int>?) throws(FileError) {
    self.info = info
    self.rows = rows ?? 0..<info.shape.rows
    self.columns = columns ?? 0..<info.shape.columns
    for (name, range, count) in [
      ("rows", self.rows, info.shape.rows), ("columns", self.columns, info.shape.columns),
    ] where range.lowerBound < 0 || range.upperBound > count {
      throw FileError(
        .outOfRange, info.path,
        "\(name) \(range.lowerBound) to \(range.upperBound - 1) are asked for, and it has \(count), counted from 0")
    }
  }

  func write<Element: MatrixElement>(
    as type: Element.Type, to target: String, _ format: MatrixFormat?, _ reading: ReadOptions, _ options: WriteOptions
  ) throws -> WriteReport {
    let shape = try Shape(rows: rows.count, columns: columns.count)
    var writer = try MatrixWriter<Element>(to: target, shape: shape, format: format, options: options)
    guard !shape.isEmpty else { return try writer.finish() }
    var reader = try MatrixReader<Element>(contentsOf: info.path, options: reading)
    try reader.skipRows(rows.lowerBound)
    let width = info.shape.columns
    let pieceRows = max(1, min(rows.count, Self.pieceCount / width))
    var piece = try Matrix<Element>(shape: try Shape(rows: pieceRows, columns: width))
    var left = rows.count
    while left > 0 {
      var elements = piece.mutableElements
      // The last piece may hold rows behind the part.
      let count = min(left, try reader.readRows(into: &elements))
      precondition(count > 0, "rows are within the file")
      if columns.count == width {
        try writer.append(piece.elements.extracting(first: count * width))
      } else {
        for i in 0..<count { try writer.append(piece.row(i).extracting(columns)) }
      }
      left -= count
    }
    return try writer.finish()
  }
}
