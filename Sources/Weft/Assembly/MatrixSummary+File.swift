// SPDX-License-Identifier: Apache-2.0
//
// The summary of a matrix file, read once in pieces: a file larger than memory has one too.

import MatrixCore
import MatrixFiles

/// What a matrix file holds.
public struct MatrixFileSummary: Sendable {
  /// What the file says about itself.
  public let info: MatrixFileInfo
  public let elements: MatrixSummary
  /// The first rows and columns, at most as many as were asked for.
  public let corner: any MatrixReadable

  /// Elements read at a time: 8 MiB of float64, enough for threads to share. A longer row is read whole.
  static let pieceCount = 1 << 20

  /// - Parameter cornerSide: rows and columns of the corner.
  /// - Throws: `FileError`; `EngineError` on a CPU that Weft's kernels do not run on.
  public init(contentsOf path: String, cornerSide: Int, options: ReadOptions = ReadOptions()) throws {
    switch try MatrixFile.inspect(path, options: options).elementType {
    case .float64: try self.init(reading: path, as: Double.self, cornerSide: cornerSide, options)
    case .float32: try self.init(reading: path, as: Float.self, cornerSide: cornerSide, options)
    }
  }

  private init<Element: MatrixElement>(
    reading path: String, as type: Element.Type, cornerSide: Int, _ options: ReadOptions
  ) throws {
    var reader = try MatrixReader<Element>(contentsOf: path, options: options)
    let shape = reader.shape
    var corner = try Matrix<Element>(
      shape: try Shape(rows: min(cornerSide, shape.rows), columns: min(cornerSide, shape.columns)))
    var scan = try MatrixScan(shape)
    try reader.forEachPiece(ofElements: Self.pieceCount) { piece, row in
      scan.append(piece)
      for i in row..<max(row, corner.rows) where (i - row + 1) * shape.columns <= piece.count {
        for j in 0..<corner.columns { corner[i, j] = piece[(i - row) * shape.columns + j] }
      }
    }
    info = reader.info
    elements = MatrixSummary(scan, shape: shape, elementType: Element.elementType)
    self.corner = corner
  }
}

extension MatrixReader {
  /// Reads the whole matrix in pieces of whole rows, of about `count` elements each, and hands them out with the number of their
  /// first row.
  mutating func forEachPiece(ofElements count: Int, _ body: (Span<Element>, _ row: Int) throws -> Void) throws {
    let columns = shape.columns
    let pieceRows = max(1, min(shape.rows, count / max(1, columns)))
    var piece = try Matrix<Element>(shape: try Shape(rows: pieceRows, columns: columns))
    var row = 0
    while true {
      var span = piece.mutableElements
      let rows = try readRows(into: &span)
      if rows == 0 { return }
      if columns > 0 { try body(piece.elements.extracting(first: rows * columns), row) }
      row += rows
    }
  }
}
