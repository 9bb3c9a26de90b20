// SPDX-License-Identifier: Apache-2.0
// What a matrix file says about itself before its elements are read: `MatrixFile.inspect`, `weft info`, the readers.

import MatrixCore

/// The description of the matrix in a file.
public struct MatrixFileInfo: Hashable, Sendable {
  /// Which end of a number comes first.
  public enum ByteOrder: String, Hashable, Sendable { case little, big }
  /// Which elements lie next to each other.
  public enum ElementOrder: String, Hashable, Sendable {
    /// Those of a row: C order, `order='C'`.
    case rows
    /// Those of a column: Fortran order, `order='F'`.
    case columns
  }

  public let path: String
  public internal(set) var format: MatrixFormat
  /// Of the format, where it counts them: "1.0".
  public let formatVersion: String?
  /// As it is read; a one-dimensional array of n elements is n×1.
  public let shape: Shape
  /// As stored. Text has no element type; it counts as float64.
  public let elementType: ElementType
  /// Nil for text.
  public let byteOrder: ByteOrder?
  public let elementOrder: ElementOrder
  /// Bytes before the first element.
  public let dataOffset: Int
  /// Bytes of the whole file; of its content, where that is compressed.
  public internal(set) var byteCount: Int
  /// What the whole file is compressed by.
  public internal(set) var compression: Compression?
  /// The name of the matrix in a file that may hold several.
  public internal(set) var member: String?
}
