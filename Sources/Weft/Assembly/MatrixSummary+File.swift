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

  /// Elements read at a time: 2 MiB of float64, which the scan finds in cache. A longer row is read whole.
  private static let pieceCount = 262_144

  /// - Parameter cornerSide: rows and columns of the corner.
  /// - Throws: `FileError`; `EngineError` on a CPU that Weft's kernels do not run on.
  public init(contentsOf path: String, cornerSide: Int) throws {
    let info = try MatrixFile.inspect(path)
    switch info.elementType {
    case .float64: try self.init(reading: path, as: Double.self, cornerSide: cornerSide)
    case .float32: try self.init(reading: path, as: Float.self, cornerSide: cornerSide)
    }
  }

  private init<Element: MatrixElement>(
    reading path: String, as type: Element.Type, cornerSide: Int
  ) throws {
    var reader = try MatrixReader<Element>(contentsOf: path)
    let shape = reader.shape
    var corner = try Matrix<Element>(
      shape: try Shape(rows: min(cornerSide, shape.rows), columns: min(cornerSide, shape.columns)))
    var scan = try MatrixScan(columns: shape.columns)
    let pieceRows = max(1, min(shape.rows, Self.pieceCount / max(1, shape.columns)))
    var piece = try Matrix<Element>(shape: try Shape(rows: pieceRows, columns: shape.columns))
    var row = 0
    while true {
      var span = piece.mutableElements
      let count = try reader.readRows(into: &span)
      if count == 0 { break }
      scan.append(piece.elements.extracting(first: min(count, pieceRows) * shape.columns))
      for i in 0..<max(0, min(count, corner.rows - row)) {
        for j in 0..<corner.columns { corner[row + i, j] = piece[i, j] }
      }
      row += count
    }
    info = reader.info
    elements = MatrixSummary(scan, shape: shape, elementType: Element.elementType)
    self.corner = corner
  }
}
