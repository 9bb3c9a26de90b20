// SPDX-License-Identifier: Apache-2.0
//
// The picture of a heatmap, part by part, at the places that HeatmapLayout gives.

extension Heatmap {
  private static let ink = Colour(grey: 40)
  private static let labelInk = Colour(grey: 80)
  private static let faintInk = Colour(grey: 125)
  private static let line = Colour(grey: 160)

  /// The matrix as a picture with title, marks and the scale of its colours. A given size below 240×180 is a
  /// programming error.
  public func image() -> Image {
    if let size = options.size {
      precondition(
        size.width >= HeatmapLayout.least.width && size.height >= HeatmapLayout.least.height
          && Image.isPossible(size.width, size.height), "no room for a picture")
    }
    let layout = HeatmapLayout(self)
    var canvas = Canvas(width: layout.size.width, height: layout.size.height, Colour(grey: 255))
    let palette = Heatmap.palette(options.map)
    drawCells(layout, palette, on: &canvas)
    drawAxes(layout, on: &canvas)
    drawBar(layout, palette, on: &canvas)
    drawText(layout, on: &canvas)
    return canvas.image
  }

  private func drawCells(_ layout: HeatmapLayout, _ palette: [Colour], on canvas: inout Canvas) {
    for row in 0..<grid.rows {
      let y = layout.rows.lowerBound + row * layout.cellHeight
      for column in 0..<grid.columns {
        let x = layout.columns.lowerBound + column * layout.cellWidth
        canvas.fill(
          x..<x + layout.cellWidth, y..<y + layout.cellHeight, colour(grid.means[row * grid.columns + column], palette))
      }
    }
    canvas.frame(layout.columns, layout.rows, thickness(layout), Heatmap.line)
  }

  private func thickness(_ layout: HeatmapLayout) -> Int { max(1, Int(layout.textHeight / 12)) }

  /// Marks stand at the middle of their row or column.
  private func drawAxes(_ layout: HeatmapLayout, on canvas: inout Canvas) {
    let (text, thin) = (layout.textHeight, thickness(layout))
    let mark = Int(text / 2)
    for tick in layout.rowTicks.marks {
      let place = (tick.value + 0.5) / Double(grid.rowsPerCell) * Double(layout.cellHeight)
      let y = layout.rows.lowerBound + min(Int(place), layout.rows.count - 1)
      let left = layout.columns.lowerBound - thin
      canvas.fill(left - mark..<left, y..<y + thin, Heatmap.line)
      canvas.draw(
        tick.label, x: Double(left) - text * 0.9, y: Double(y) + text / 2, height: text, .right, Heatmap.labelInk)
    }
    for tick in layout.columnTicks.marks {
      let place = (tick.value + 0.5) / Double(grid.columnsPerCell) * Double(layout.cellWidth)
      let x = layout.columns.lowerBound + min(Int(place), layout.columns.count - 1)
      let bottom = layout.rows.upperBound + thin
      canvas.fill(x..<x + thin, bottom..<bottom + mark, Heatmap.line)
      canvas.draw(
        tick.label, x: Double(x) + 0.5, y: Double(bottom) + text * 1.9, height: text, .centre, Heatmap.labelInk)
    }
  }

  /// The largest number is at the top.
  private func drawBar(_ layout: HeatmapLayout, _ palette: [Colour], on canvas: inout Canvas) {
    let (text, thin) = (layout.textHeight, thickness(layout))
    let height = Double(layout.rows.count)
    for y in layout.rows {
      let share = 1 - (Double(y - layout.rows.lowerBound) + 0.5) / height
      canvas.fill(layout.bar, y..<y + 1, palette[Int((share * 1023).rounded())])
    }
    canvas.frame(layout.bar, layout.rows, thin, Heatmap.line)
    func place(_ value: Double) -> Int {
      layout.rows.upperBound - 1 - Int((max(0, min(1, share(value))) * (height - 1)).rounded())
    }
    let right = layout.bar.upperBound + thin
    for value in layout.barTicks.minor {
      let y = place(value)
      canvas.fill(right..<right + Int(text / 4), y..<y + thin, Heatmap.line)
    }
    for tick in layout.barTicks.marks {
      let y = place(tick.value)
      canvas.fill(right..<right + Int(text / 2), y..<y + thin, Heatmap.line)
      draw(tick, x: Double(right) + text * 0.9, y: Double(y) + text / 2, text, on: &canvas)
    }
    if let exponent = layout.barTicks.commonExponent {
      let sign = exponent < 0 ? "\u{2212}" : ""
      draw(
        Tick(value: 0, label: "×10", exponent: "\(sign)\(abs(exponent))"), x: Double(layout.bar.lowerBound),
        y: Double(layout.rows.upperBound) + text * 2.1, text, on: &canvas)
    }
  }

  /// The exponent is raised and smaller.
  private func draw(_ tick: Tick, x: Double, y: Double, _ height: Double, on canvas: inout Canvas) {
    canvas.draw(tick.label, x: x, y: y, height: height, .left, Heatmap.labelInk)
    guard !tick.exponent.isEmpty else { return }
    let start = (StrokeFont.width(tick.label) + 1.5) * height / StrokeFont.capitalHeight
    canvas.draw(
      tick.exponent, x: x + start, y: y - height * 0.55, height: height * 0.7, .left, Heatmap.labelInk)
  }

  private func drawText(_ layout: HeatmapLayout, on canvas: inout Canvas) {
    let text = layout.textHeight
    let x = Double(layout.columns.lowerBound)
    let room = Double(layout.size.width) - x - text
    let top = Double(layout.rows.lowerBound)
    canvas.draw(
      fitted(title, text * 1.3, room), x: x, y: top - text * 2.9, height: text * 1.3, .left, Heatmap.ink)
    canvas.draw(
      fitted(caption, text * 0.9, room), x: x, y: top - text * 1.1, height: text * 0.9, .left, Heatmap.faintInk)
    guard nonfiniteCount > 0 else { return }
    let y = Double(layout.rows.upperBound) + text * 4.2
    let (side, left) = (Int(text), layout.columns.lowerBound)
    canvas.fill(left..<left + side, Int(y) - side..<Int(y), options.map.neutral)
    canvas.draw(
      fitted("\(nonfiniteCount) not finite", text * 0.9, room - text * 2), x: x + text * 1.7, y: y,
      height: text * 0.9, .left, Heatmap.faintInk)
  }

  /// As much of a line as there is room for.
  private func fitted(_ line: String, _ height: Double, _ room: Double) -> String {
    func width(_ text: String) -> Double { StrokeFont.width(text) * height / StrokeFont.capitalHeight }
    guard width(line) > room else { return line }
    var start = Substring(line.prefix(400))
    while !start.isEmpty, width(start + "…") > room { start.removeLast() }
    return start + "…"
  }
}
