// SPDX-License-Identifier: Apache-2.0
//
// A matrix as colours: what `weft plot`, `weft show` and `weft compute --plot` draw. Here are its options, its numbers
// and the range of its colours; Heatmap+Drawing makes a picture of them, Heatmap+Terminal a text.

import Glibc
import MatrixCore
import MatrixFiles

/// How a matrix is drawn.
public struct HeatmapOptions: Hashable, Sendable {
  public var map: ColourMap
  /// Colours and their marks by the logarithm of the elements, which have to be positive.
  public var isLogarithmic: Bool
  /// The numbers that have the first and the last colour; nil: the smallest and the largest that are drawn, and with
  /// the diverging map as far below zero as above.
  public var range: ClosedRange<Double>?
  /// Nil: the name of the file or matrix.
  public var title: String?
  /// Sides of the whole picture; nil: as the matrix needs.
  public var size: PictureSize?

  public init(
    map: ColourMap = .viridis, isLogarithmic: Bool = false, range: ClosedRange<Double>? = nil, title: String? = nil,
    size: PictureSize? = nil
  ) {
    self.map = map
    self.isLogarithmic = isLogarithmic
    self.range = range
    self.title = title
    self.size = size
  }
}

/// Sides in pixels.
public struct PictureSize: Hashable, Sendable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
}

/// A matrix, brought to as many cells as can be seen, and the colours of its numbers.
///
///     let image = try Heatmap(contentsOf: "m.npy", for: .picture(options)).image()
///     try image.write(to: "m.png")
public struct Heatmap: Sendable {
  /// What the cells have to fit into.
  public struct Room: Sendable {
    let rows: Int
    let columns: Int

    public init(rows: Int, columns: Int) {
      precondition(rows > 0 && columns > 0, "there must be room for a cell")
      (self.rows, self.columns) = (rows, columns)
    }

    /// What a picture of these options has.
    public static func picture(_ options: HeatmapOptions) -> Room {
      guard let size = options.size else { return Room(rows: 1400, columns: 1400) }
      let box = HeatmapLayout.box(of: size)
      return Room(rows: box.height, columns: box.width)
    }
  }

  /// Smaller pictures have no room for their text.
  public static var leastSize: PictureSize { HeatmapLayout.least }

  public let options: HeatmapOptions
  public let shape: Shape
  public let elementType: ElementType
  /// Elements that are NaN or infinite.
  public var nonfiniteCount: Int { grid.nonfiniteCount }
  /// The smallest and the largest finite element; nil where there is none.
  public var extremes: ClosedRange<Double>? { grid.minimum <= grid.maximum ? grid.minimum...grid.maximum : nil }
  /// The elements whose mean is a cell.
  public var cell: (rows: Int, columns: Int) { (grid.rowsPerCell, grid.columnsPerCell) }

  let grid: CellGrid
  let title: String
  /// Of the colours, as drawn: logarithms where the scale is logarithmic.
  let low: Double
  let high: Double

  /// A matrix file, read in pieces: it may be larger than memory.
  ///
  /// - Throws: `FileError`, also where the matrix is empty, or has elements without a logarithm and that is asked for.
  public init(
    contentsOf path: String, _ options: HeatmapOptions = HeatmapOptions(), room: Room? = nil,
    readOptions: ReadOptions = ReadOptions()
  ) throws(FileError) {
    let room = room ?? .picture(options)
    let (grid, info) = try CellGrid.of(
      path, readOptions, budget: (room.rows, room.columns), isLogarithmic: options.isLogarithmic)
    self.init(grid, options, info.elementType, name: path.split(separator: "/").last.map(String.init) ?? path)
  }

  /// A matrix in memory.
  ///
  /// - Parameter name: for errors, and as the title where the options have none.
  public init<Element>(
    of matrix: some MatrixReadable<Element>, _ options: HeatmapOptions = HeatmapOptions(), room: Room? = nil,
    name: String
  ) throws(FileError) {
    let room = room ?? .picture(options)
    let grid = try CellGrid.of(
      matrix, budget: (room.rows, room.columns), isLogarithmic: options.isLogarithmic, name: name)
    self.init(grid, options, Element.elementType, name: name)
  }

  private init(_ grid: CellGrid, _ options: HeatmapOptions, _ elementType: ElementType, name: String) {
    self.grid = grid
    self.options = options
    self.elementType = elementType
    shape = grid.shape
    title = options.title ?? name
    (low, high) = Heatmap.range(of: grid, options)
  }

  private static func range(of grid: CellGrid, _ options: HeatmapOptions) -> (Double, Double) {
    if let range = options.range {
      return options.isLogarithmic
        ? (log10(range.lowerBound), log10(range.upperBound)) : (range.lowerBound, range.upperBound)
    }
    var (low, high) = (Double.infinity, -Double.infinity)
    for mean in grid.means where !mean.isNaN { (low, high) = (min(low, mean), max(high, mean)) }
    guard low <= high else { return (0, 1) }
    if options.map == .diverging, !options.isLogarithmic {
      high = max(abs(low), abs(high))
      low = -high
    }
    // One number only: it gets the middle colour.
    guard low < high else {
      let room = low == 0 || options.isLogarithmic ? 1 : abs(low) / 2
      return (max(low - room, -.greatestFiniteMagnitude), min(high + room, .greatestFiniteMagnitude))
    }
    return (low, high)
  }

  /// Where a number lies in the range: 0 at its start, 1 at its end. Halves, since the width may be too large for a
  /// number.
  func share(_ value: Double) -> Double { (value / 2 - low / 2) / (high / 2 - low / 2) }

  /// The colours in steps too fine to be seen: looked up for each cell.
  static func palette(_ map: ColourMap) -> [Colour] { (0..<1024).map { map.colour(Double($0) / 1023) } }

  func colour(_ value: Double, _ palette: [Colour]) -> Colour {
    guard !value.isNaN else { return options.map.neutral }
    return palette[Int((max(0, min(1, share(value))) * 1023).rounded())]
  }

  /// "1000×1000 float64, each cell the mean of 4×4 elements"
  public var caption: String {
    var parts = ["\(shape) \(elementType)"]
    if cell.rows > 1 || cell.columns > 1 {
      let mean = options.isLogarithmic ? "geometric mean" : "mean"
      parts.append("each cell the \(mean) of \(cell.rows)×\(cell.columns) elements")
    }
    if options.isLogarithmic { parts.append("logarithmic") }
    return parts.joined(separator: ", ")
  }
}
