// SPDX-License-Identifier: Apache-2.0
// The numbers of a MatrixMarket file, both ways. The format goes column after column, or in any order at all, and a
// matrix here goes row after row: whole matrices are read into the caller's memory at once and written from there; who
// takes or gives rows in pieces has the whole matrix in memory besides. Rejected for writing: coordinates, which could
// be written in row order, and would be three times the file and a sparse matrix to every reader.
//
// An index outside the matrix, an element that stands twice, one on the wrong side of the diagonal, and a number of
// lines other than was claimed are errors with their line (F54). Duplicates are not summed: a file in which something
// was written twice cannot be told from one that means a sum.

import MatrixCore

final class MatrixMarketRows<Element: MatrixElement>: RowSource {
  private let file: InputFile
  private let shape: Shape
  private var whole: Matrix<Element>?

  init(_ file: consuming InputFile, info: MatrixFileInfo) {
    self.file = file
    shape = info.shape
  }

  func read(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError) {
    if whole == nil {
      if rows == 0..<shape.rows { return try load(into: &elements) }
      var matrix: Matrix<Element>
      do { matrix = try Matrix(shape: shape) } catch { throw FileError(.outOfMemory, file.path, error.message) }
      var span = matrix.mutableElements
      try load(into: &span)
      whole = matrix
    }
    guard let whole else { return }
    let first = rows.lowerBound * shape.columns
    let part = whole.elements.extracting(first..<first + rows.count * shape.columns)
    for k in part.indices { elements[k] = part[k] }
  }

  private func load(into elements: inout MutableSpan<Element>) throws(FileError) {
    var scanner = MatrixMarketScanner()
    let header = try MatrixMarketHeader(&scanner, of: file)
    guard header.shape == shape else {
      throw FileError(.unreadable, file.path, "the file was changed while it was read; read it when it is complete")
    }
    switch header.layout {
    case .array: try loadArray(header, &scanner, into: &elements)
    case .coordinate: try loadCoordinates(header, &scanner, into: &elements)
    }
    if try scanner.nextEntry(of: file) {
      throw scanner.problem(in: file, "more than the \(header.entryCount) entries that are claimed")
    }
  }

  private func loadArray(
    _ header: MatrixMarketHeader, _ scanner: inout MatrixMarketScanner, into elements: inout MutableSpan<Element>
  ) throws(FileError) {
    let columns = shape.columns
    for j in 0..<columns {
      let first = header.symmetry == .general ? 0 : header.symmetry == .symmetric ? j : j + 1
      if header.symmetry == .skewSymmetric { elements[j * columns + j] = 0 }
      for i in first..<max(first, shape.rows) {
        let value = try entry(header, &scanner, fields: 1)
        elements[i * columns + j] = value
        if header.symmetry != .general { elements[j * columns + i] = header.symmetry == .symmetric ? value : -value }
        if header.symmetry == .symmetric, i == j { elements[i * columns + j] = value }
      }
    }
  }

  private func loadCoordinates(
    _ header: MatrixMarketHeader, _ scanner: inout MatrixMarketScanner, into elements: inout MutableSpan<Element>
  ) throws(FileError) {
    let columns = shape.columns
    for k in 0..<shape.count { elements[k] = 0 }
    var seen = [UInt64](repeating: 0, count: (shape.count + 63) / 64)
    for _ in 0..<header.entryCount {
      let value = try entry(header, &scanner, fields: header.field == .pattern ? 2 : 3)
      let (i, j) = (try scanner.wholeNumber(0, in: file) - 1, try scanner.wholeNumber(1, in: file) - 1)
      guard i >= 0, i < shape.rows, j >= 0, j < columns else {
        throw scanner.problem(in: file, "(\(i + 1), \(j + 1)) is outside the \(shape) matrix; indices count from 1")
      }
      guard header.symmetry == .general || i > j || i == j && header.symmetry == .symmetric else {
        throw scanner.problem(
          in: file, "(\(i + 1), \(j + 1)) is not below the diagonal, where all entries of such a matrix stand")
      }
      let place = i * columns + j
      guard seen[place / 64] >> UInt64(place % 64) & 1 == 0 else {
        throw scanner.problem(in: file, "(\(i + 1), \(j + 1)) stands twice; add such entries up before")
      }
      seen[place / 64] |= 1 << UInt64(place % 64)
      elements[place] = value
      if header.symmetry != .general, i != j {
        elements[j * columns + i] = header.symmetry == .symmetric ? value : -value
      }
    }
  }

  /// The number on the next line, its last field.
  private func entry(
    _ header: MatrixMarketHeader, _ scanner: inout MatrixMarketScanner, fields: Int
  ) throws(FileError) -> Element {
    guard try scanner.nextEntry(of: file) else {
      throw scanner.problem(in: file, "the file ends here, before its \(header.entryCount) entries do; it is cut short")
    }
    guard scanner.fieldCount == fields else {
      throw scanner.problem(in: file, "an entry has \(fields) fields, and here are \(scanner.fieldCount)")
    }
    switch header.field {
    case .pattern: return 1
    case .integer: return try scanner.integer(fields - 1, in: file)
    case .real: return try scanner.number(fields - 1, in: file)
    }
  }
}

/// `array real general`, shortest digits, a line a number, column after column.
final class MatrixMarketSink<Element: MatrixElement>: RowSink {
  private let shape: Shape
  private var collected: Matrix<Element>?
  private var count = 0
  private var writer: DelimitedWriter

  /// - Throws: `.cannotCreate` for a number of digits that makes no sense.
  init(_ shape: Shape, digits: Int?, path: String) throws(FileError) {
    self.shape = shape
    let delimiter = UInt8(ascii: ",")  // never written
    _ = try TextOptions(digits: digits).writer(path, shape, delimiter: delimiter)
    writer = DelimitedWriter(delimiter: delimiter, columns: 1, digits: digits, threads: nil)
  }

  func append(_ elements: Span<Element>, to file: inout OutputFile) throws(FileError) {
    guard !elements.isEmpty else { return }
    if collected == nil {
      if elements.count == shape.count { return try write(elements, to: &file) }
      do { collected = try Matrix(shape: shape) } catch {
        throw FileError(
          .outOfMemory, file.path, "\(error.message) (the format goes by columns: the whole matrix is needed)")
      }
    }
    let first = count
    collected?.withMutableElements { span in
      for k in elements.indices { span[first + k] = elements[k] }
    }
    count += elements.count
  }

  func finish(to file: inout OutputFile) throws(FileError) {
    guard let collected else { return }
    try write(collected.elements, to: &file)
  }

  /// Column after column, by way of tiles of columns that lie one behind the other: each is a text of one column.
  private func write(_ elements: Span<Element>, to file: inout OutputFile) throws(FileError) {
    let height = min(shape.rows, Self.tileCount)
    let width = height == shape.rows ? max(1, min(shape.columns, Self.tileCount / max(1, height))) : 1
    var tile = [Element](repeating: 0, count: width * height)
    for j in stride(from: 0, to: shape.columns, by: width) {
      for i in stride(from: 0, to: shape.rows, by: height) {
        let (rows, columns) = (min(height, shape.rows - i), min(width, shape.columns - j))
        for k in 0..<rows {
          let first = (i + k) * shape.columns + j
          for l in 0..<columns { tile[l * rows + k] = elements[first + l] }
        }
        try writer.append(tile.span.extracting(first: rows * columns), to: &file)
      }
    }
    try writer.flush(to: &file)
  }

  private static var tileCount: Int { 1 << 18 }
}
