// SPDX-License-Identifier: Apache-2.0
//
// Where the parts of a heatmap's picture stand: title and caption above, rows counted on the left, columns below, the
// colours and their numbers on the right. All distances are in pixels and grow with the size of the text.

struct HeatmapLayout {
  /// Smaller pictures have no room for their text.
  static let least = PictureSize(width: 240, height: 180)

  let size: PictureSize
  /// The cells.
  let columns: Range<Int>
  let rows: Range<Int>
  let cellWidth: Int
  let cellHeight: Int
  /// The colours.
  let bar: Range<Int>
  /// The height of a capital in labels; titles are a third larger.
  let textHeight: Double
  let rowTicks: Ticks
  let columnTicks: Ticks
  let barTicks: Ticks

  /// What a picture of a given size has for its cells, before the widths of its labels are known.
  static func box(of size: PictureSize) -> (width: Int, height: Int) {
    let text = textHeight(size.width, size.height)
    return (max(1, size.width - Int(text * 19)), max(1, size.height - Int(text * 11)))
  }

  private static func textHeight(_ width: Int, _ height: Int) -> Double {
    max(8, min(60, (Double(width) * Double(height)).squareRoot() / 100))
  }

  static func width(_ tick: Tick, _ textHeight: Double) -> Double {
    let label = StrokeFont.width(tick.label)
    let exponent = tick.exponent.isEmpty ? 0 : 1.5 + StrokeFont.width(tick.exponent) * 0.7
    return (label + exponent) * textHeight / StrokeFont.capitalHeight
  }

  init(_ heatmap: Heatmap) {
    let (grid, options) = (heatmap.grid, heatmap.options)
    let (rowCount, columnCount) = (grid.rows, grid.columns)
    // Cells first, in the space that there is, or in as much as they need.
    let space = options.size.map { HeatmapLayout.box(of: $0) }
    let longest = max(rowCount, columnCount)
    var side = max(1, min(1000 / longest, max(64, 400 / longest)))
    if let space { side = max(1, min(space.width / columnCount, space.height / rowCount)) }
    let (across, down) = (columnCount * side, rowCount * side)
    var (cellWidth, cellHeight) = (side, side)
    if down < across / 4 {
      cellHeight = across / 4 / rowCount
    } else if across < down / 4 {
      cellWidth = down / 4 / columnCount
    }
    if let space {
      cellWidth = max(1, min(cellWidth, space.width / columnCount))
      cellHeight = max(1, min(cellHeight, space.height / rowCount))
    }
    let (width, height) = (columnCount * cellWidth, rowCount * cellHeight)

    let text = options.size.map { HeatmapLayout.textHeight($0.width, $0.height) } ?? 10
    func most(_ length: Int, _ distance: Double) -> Int { max(2, Int(Double(length) / (text * distance))) }
    rowTicks = Ticks(indices: grid.shape.rows, atMost: min(10, most(height, 3)))
    let digits = Double("\(grid.shape.columns)".utf8.count)
    columnTicks = Ticks(indices: grid.shape.columns, atMost: min(10, most(width, digits + 2)))
    barTicks =
      options.isLogarithmic
      ? Ticks(logarithms: heatmap.low, heatmap.high, atMost: min(10, most(height, 3)))
      : Ticks(heatmap.low, heatmap.high, atMost: min(9, most(height, 3)))

    func widest(_ ticks: Ticks) -> Double { ticks.marks.map { HeatmapLayout.width($0, text) }.max() ?? 0 }
    let left = Int(widest(rowTicks) + text * 2.6)
    let right = Int(text * 5 + widest(barTicks) + text * 1.6)
    let top = Int(text * 5.4)
    let bottom = Int(text * (grid.nonfiniteCount > 0 ? 5.4 : 3.6))
    let natural = PictureSize(
      width: max(left + width + right, Int(text * 34)), height: max(top + height + bottom, Int(text * 18)))
    size = options.size ?? natural
    // In a given size, what is left over goes to both sides.
    let x = left + max(0, (size.width - left - width - right) / 2)
    let y = top + max(0, (size.height - top - height - bottom) / 2)
    columns = x..<x + width
    rows = y..<y + height
    let barStart = x + width + Int(text * 1.8)
    bar = barStart..<barStart + Int(text * 1.6)
    (self.cellWidth, self.cellHeight) = (cellWidth, cellHeight)
    textHeight = text
  }
}
