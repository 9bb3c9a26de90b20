// SPDX-License-Identifier: Apache-2.0
// Elements as they lie in .npy and raw files, to elements of a matrix: any of the two types, two byte orders and two
// element orders. What needs no conversion is read straight into the matrix.

import Glibc
import MatrixCore

#if _endian(big)
  #error("files are written in the machine's byte order, which must be little-endian")
#endif

struct BinaryReader: ~Copyable {
  let file: InputFile
  let info: MatrixFileInfo
  let narrowing: ReadOptions.Narrowing

  /// Bytes converted at a time: in the second-level cache, and enough for one `pread` to be worth its call.
  private static let pieceByteCount = 1 << 20
  /// Columns taken together from a file in column order: their elements of one row fill one or two cache lines.
  private static let panelColumns = 16

  init(
    _ file: consuming InputFile, info: MatrixFileInfo, narrowing: ReadOptions.Narrowing
  ) {
    self.file = file
    self.info = info
    self.narrowing = narrowing
  }

  /// Reads these rows into the first of `elements`.
  func read<Element: MatrixElement>(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError) {
    if info.elementType == Element.elementType, info.byteOrder == .little, info.elementOrder == .rows {
      var bytes = unsafe elements.mutableBytes  // any bits are an element
      let count = rows.count * info.shape.columns * info.elementType.byteCount
      try file.readInParts(into: &bytes, 0..<count, at: offset(ofElement: rows.lowerBound * info.shape.columns))
      return
    }
    switch info.elementType {
    case .float64: try convert(Double.self, rows, into: &elements)
    case .float32: try convert(Float.self, rows, into: &elements)
    }
  }

  private func convert<Stored: MatrixElement, Element: MatrixElement>(
    _: Stored.Type, _ rows: Range<Int>, into elements: inout MutableSpan<Element>
  ) throws(FileError) {
    let columns = info.shape.columns
    let count = rows.count * columns
    guard count > 0 else { return }
    let pieceCount = min(count, Self.pieceByteCount / MemoryLayout<Stored>.stride)
    var piece = [Stored.BitPattern](repeating: 0, count: pieceCount)
    if info.elementOrder == .rows {
      for done in stride(from: 0, to: count, by: pieceCount) {
        let part = min(pieceCount, count - done)
        try fill(&piece, 0..<part, fromElement: rows.lowerBound * columns + done)
        try decode(Stored.self, piece, Tile(rows: 1, columns: part, first: done, stride: columns), into: &elements)
      }
      return
    }
    // Tiles of the file's columns, so that memory stays one piece whatever the shape; each column of a tile is one
    // read, or all of them together, where the tile has all rows.
    let width = min(columns, Self.panelColumns, pieceCount)
    let height = min(rows.count, pieceCount / width)
    for i in stride(from: 0, to: rows.count, by: height) {
      for j in stride(from: 0, to: columns, by: width) {
        let tile = Tile(
          rows: min(height, rows.count - i), columns: min(width, columns - j), first: i * columns + j, stride: columns)
        let start = j * info.shape.rows + rows.lowerBound + i
        if tile.rows == info.shape.rows {
          try fill(&piece, 0..<tile.rows * tile.columns, fromElement: start)
        } else {
          for k in 0..<tile.columns {
            try fill(&piece, k * tile.rows..<(k + 1) * tile.rows, fromElement: start + k * info.shape.rows)
          }
        }
        try decode(Stored.self, piece, tile, into: &elements)
      }
    }
  }

  /// A part of the matrix: column `j` of it lies at `j * rows ..< (j + 1) * rows` of the piece that was read, and its
  /// element (i, j) belongs at `first + i * stride + j`. Elements in row order are a tile of one row, however long.
  private struct Tile {
    let rows: Int
    let columns: Int
    let first: Int
    let stride: Int
  }

  private func offset(ofElement element: Int) -> Int {
    info.dataOffset + element * info.elementType.byteCount  // within the file, whose size the header was held against
  }

  private func fill<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ piece: inout [Bits], _ range: Range<Int>, fromElement element: Int
  ) throws(FileError) {
    var span = piece.mutableSpan
    var bytes = unsafe span.mutableBytes  // any bits are an unsigned integer
    let size = MemoryLayout<Bits>.size
    try file.read(into: &bytes, range.lowerBound * size..<range.upperBound * size, at: offset(ofElement: element))
  }

  @specialized(where Stored == Double, Element == Double)
  @specialized(where Stored == Double, Element == Float)
  @specialized(where Stored == Float, Element == Double)
  @specialized(where Stored == Float, Element == Float)
  private func decode<Stored: MatrixElement, Element: MatrixElement>(
    _: Stored.Type, _ piece: [Stored.BitPattern], _ tile: Tile, into elements: inout MutableSpan<Element>
  ) throws(FileError) {
    let swapped = info.byteOrder == .big
    let exact = narrowing == .exact && MemoryLayout<Element>.size < MemoryLayout<Stored>.size
    for i in 0..<tile.rows {
      for j in 0..<tile.columns {
        let bits = piece[j &* tile.rows &+ i]
        let stored = Stored(bitPattern: swapped ? bits.byteSwapped : bits)
        let element = Element(stored)
        if exact, !stored.isNaN, Stored(element) != stored { throw inexact("\(stored)") }
        elements[tile.first &+ i &* tile.stride &+ j] = element
      }
    }
  }

  private func inexact(_ value: String) -> FileError {
    FileError(.unsupported, file.path, "the value \(value) is no float32; read the file as float64, or allow rounding")
  }
}
