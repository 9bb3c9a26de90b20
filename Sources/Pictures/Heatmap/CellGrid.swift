// SPDX-License-Identifier: Apache-2.0
//
// A matrix brought to the size of a picture: one number for each cell of as many rows and columns, their mean. Rows
// come one after the other and none is kept, so that the matrix may be larger than memory.
//
// Cells are whole numbers of elements, so that every element belongs to one cell and all cells but the last of a row or
// column to equally many. Rejected: filling any size exactly, with elements on two cells: its means run over uneven
// numbers of elements, which shows as stripes in a matrix of noise.

import Glibc
import MatrixCore
import MatrixFiles

struct CellGrid {
  /// Of the matrix.
  let shape: Shape
  let rowsPerCell: Int
  let columnsPerCell: Int
  /// Row after row: the mean of the finite elements, or of their logarithms; NaN where there are none.
  private(set) var means: [Double]
  /// Elements that are NaN or infinite.
  private(set) var nonfiniteCount = 0
  /// The smallest and the largest finite element; `minimum > maximum` where there is none.
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity

  private let isLogarithmic: Bool
  private let name: String
  private var rowsSeen = 0
  private var sums: [Double]
  private var counts: [Int]

  var rows: Int { (shape.rows + rowsPerCell - 1) / rowsPerCell }
  var columns: Int { (shape.columns + columnsPerCell - 1) / columnsPerCell }

  /// - Parameters:
  ///   - budget: cells that there is room for.
  ///   - name: of the matrix, for errors.
  /// - Throws: `.unsupported` for an empty matrix.
  init(
    _ shape: Shape, budget: (rows: Int, columns: Int), isLogarithmic: Bool, name: String
  ) throws(FileError) {
    guard !shape.isEmpty else {
      throw FileError(.unsupported, name, "an empty \(shape) matrix has nothing to draw")
    }
    self.shape = shape
    self.isLogarithmic = isLogarithmic
    self.name = name
    func factor(_ count: Int, _ budget: Int) -> Int { (count - 1) / budget + 1 }
    let common = max(factor(shape.rows, budget.rows), factor(shape.columns, budget.columns))
    // Square cells, unless a side would be less than a quarter of the other: a row of 4000 elements is not a line.
    let (down, across) = ((shape.rows - 1) / common + 1, (shape.columns - 1) / common + 1)
    rowsPerCell = min(common, factor(shape.rows, max(1, min(budget.rows, max(down, across / 4)))))
    columnsPerCell = min(common, factor(shape.columns, max(1, min(budget.columns, max(across, down / 4)))))
    let columns = (shape.columns - 1) / columnsPerCell + 1
    means = []
    means.reserveCapacity(((shape.rows - 1) / rowsPerCell + 1) * columns)
    sums = [Double](repeating: 0, count: columns)
    counts = [Int](repeating: 0, count: columns)
  }

  /// All of a matrix in memory.
  static func of<Element>(
    _ matrix: some MatrixReadable<Element>, budget: (rows: Int, columns: Int), isLogarithmic: Bool, name: String
  ) throws(FileError) -> CellGrid {
    var grid = try CellGrid(matrix.shape, budget: budget, isLogarithmic: isLogarithmic, name: name)
    // Each type by its own name, so that the loops are compiled for it.
    let columns = matrix.shape.columns
    try unsafe matrix.elements.withUnsafeBytes { bytes throws(FileError) in
      switch Element.elementType {
      case .float64: try unsafe grid.add(bytes.bindMemory(to: Double.self), columns)
      case .float32: try unsafe grid.add(bytes.bindMemory(to: Float.self), columns)
      }
    }
    return grid
  }

  /// All of a file, in pieces.
  static func of(
    _ path: String, _ options: ReadOptions, budget: (rows: Int, columns: Int), isLogarithmic: Bool
  ) throws(FileError) -> (grid: CellGrid, info: MatrixFileInfo) {
    let info = try MatrixFile.inspect(path, options: options)
    var grid = try CellGrid(info.shape, budget: budget, isLogarithmic: isLogarithmic, name: path)
    switch info.elementType {
    case .float64: try grid.add(MatrixReader<Double>(contentsOf: path, options: options))
    case .float32: try grid.add(MatrixReader<Float>(contentsOf: path, options: options))
    }
    return (grid, info)
  }

  private mutating func add<Element: MatrixElement>(_ reader: consuming MatrixReader<Element>) throws(FileError) {
    let columns = reader.shape.columns
    let pieceRows = max(1, min(reader.shape.rows, 131_072 / columns))
    let piece: Matrix<Element>
    do { piece = try Matrix<Element>(shape: Shape(rows: pieceRows, columns: columns)) } catch {
      throw FileError(.outOfMemory, name, "\(error)")
    }
    var buffer = piece
    while true {
      var span = buffer.mutableElements
      let rows = try reader.readRows(into: &span)
      guard rows > 0 else { break }
      try unsafe span.withUnsafeBufferPointer { elements throws(FileError) in
        try unsafe add(UnsafeBufferPointer(rebasing: elements[..<(rows * columns)]), columns)
      }
    }
  }

  private mutating func add<Element: MatrixElement>(
    _ elements: UnsafeBufferPointer<Element>, _ columns: Int
  ) throws(FileError) {
    for start in stride(from: 0, to: elements.count, by: columns) {
      let row = unsafe UnsafeBufferPointer(rebasing: elements[start..<start + columns])
      if unsafe isLogarithmic || !addFinite(row) { try unsafe addChecked(row) }
      rowsSeen += 1
      if rowsSeen % rowsPerCell == 0 || rowsSeen == shape.rows { closeCells() }
    }
  }

  /// Adds a row all of whose elements are finite; otherwise answers false, and has done nothing.
  private mutating func addFinite<Element: MatrixElement>(_ row: UnsafeBufferPointer<Element>) -> Bool {
    var (low, high, zero) = (Double.infinity, -Double.infinity, 0.0)
    for k in 0..<row.count {
      let value = unsafe Double(row[k])
      low = value < low ? value : low
      high = value > high ? value : high
      zero += value * 0  // NaN, once a NaN or an infinity has come by
    }
    guard zero == 0 else { return false }
    (minimum, maximum) = (min(minimum, low), max(maximum, high))
    // Shares, not elements, are added up: their sum cannot leave the range of the type.
    let share = 1 / (Double(rowsPerCell) * Double(columnsPerCell))
    var k = 0
    for cell in sums.indices {
      let end = min(k + columnsPerCell, row.count)
      var sum = 0.0
      counts[cell] += end - k
      while k < end {
        sum += unsafe Double(row[k]) * share
        k += 1
      }
      sums[cell] += sum
    }
    return true
  }

  /// - Throws: `.unsupported` where the logarithm of an element is asked for and is not a number.
  private mutating func addChecked<Element: MatrixElement>(_ row: UnsafeBufferPointer<Element>) throws(FileError) {
    let share = 1 / (Double(rowsPerCell) * Double(columnsPerCell))
    for k in 0..<row.count {
      let value = unsafe Double(row[k])
      guard value.isFinite else {
        nonfiniteCount += 1
        continue
      }
      guard !isLogarithmic || value > 0 else {
        throw FileError(
          .unsupported, name,
          "a logarithmic scale needs positive elements; that in row \(rowsSeen), column \(k) is \(value)")
      }
      (minimum, maximum) = (min(minimum, value), max(maximum, value))
      sums[k / columnsPerCell] += (isLogarithmic ? log10(value) : value) * share
      counts[k / columnsPerCell] += 1
    }
  }

  private mutating func closeCells() {
    let share = 1 / (Double(rowsPerCell) * Double(columnsPerCell))
    for cell in sums.indices {
      let mean = counts[cell] == 0 ? .nan : sums[cell] / (Double(counts[cell]) * share)
      // Rounding may carry the mean of the largest numbers past them.
      means.append(max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, mean)))
      if mean.isNaN { means[means.count - 1] = .nan }
      sums[cell] = 0
      counts[cell] = 0
    }
  }
}
