// SPDX-License-Identifier: Apache-2.0
//
// A picture to draw on: rectangles on whole pixels, and text with soft edges.

import Glibc

struct Canvas {
  let width: Int
  let height: Int
  private var samples: [UInt8]

  init(width: Int, height: Int, _ background: Colour) {
    self.width = width
    self.height = height
    samples = []
    samples.reserveCapacity(width * height * 3)
    for _ in 0..<width * height { samples += [background.red, background.green, background.blue] }
  }

  var image: Image { Image(width: width, height: height, channels: .colour, samples: samples) }

  subscript(_ x: Int, _ y: Int) -> Colour {
    get {
      let place = (y * width + x) * 3
      return Colour(samples[place], samples[place + 1], samples[place + 2])
    }
    set {
      let place = (y * width + x) * 3
      samples[place] = newValue.red
      samples[place + 1] = newValue.green
      samples[place + 2] = newValue.blue
    }
  }

  /// Fills a rectangle, or what of it is on the canvas.
  mutating func fill(_ columns: Range<Int>, _ rows: Range<Int>, _ colour: Colour) {
    for y in rows.clamped(to: 0..<height) { for x in columns.clamped(to: 0..<width) { self[x, y] = colour } }
  }

  /// The outline of a rectangle, `thickness` wide, outside of it.
  mutating func frame(_ columns: Range<Int>, _ rows: Range<Int>, _ thickness: Int, _ colour: Colour) {
    let wide = columns.lowerBound - thickness..<columns.upperBound + thickness
    fill(wide, rows.lowerBound - thickness..<rows.lowerBound, colour)
    fill(wide, rows.upperBound..<rows.upperBound + thickness, colour)
    fill(columns.lowerBound - thickness..<columns.lowerBound, rows, colour)
    fill(columns.upperBound..<columns.upperBound + thickness, rows, colour)
  }

  enum Alignment { case left, centre, right }

  /// A line of text that stands on `y`.
  ///
  /// - Parameter height: of a capital, in pixels. The pen is an eighth of it wide, a pixel at least.
  mutating func draw(_ text: String, x: Double, y: Double, height: Double, _ alignment: Alignment, _ colour: Colour) {
    let scale = height / StrokeFont.capitalHeight
    let width = StrokeFont.width(text) * scale
    var start =
      switch alignment {
      case .left: x
      case .centre: x - width / 2
      case .right: x - width
      }
    let pen = max(1, height / 8) / 2
    for character in text {
      let glyph = StrokeFont.glyph(character)
      draw(glyph.strokes.map { $0.map { SIMD2(start + $0.x * scale, y - $0.y * scale) } }, pen, colour)
      start += glyph.advance * scale
    }
  }

  /// Strokes of a round pen: a pixel is covered as far as the nearest line reaches over it.
  private mutating func draw(_ strokes: [[SIMD2<Double>]], _ pen: Double, _ colour: Colour) {
    let points = strokes.joined()
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let top = points.map(\.y).min(), let bottom = points.map(\.y).max()
    else { return }
    let columns = (Int(left - pen) - 1..<Int(right + pen) + 2).clamped(to: 0..<width)
    let rows = (Int(top - pen) - 1..<Int(bottom + pen) + 2).clamped(to: 0..<height)
    for y in rows {
      for x in columns {
        let place = SIMD2(Double(x) + 0.5, Double(y) + 0.5)
        let distance = strokes.map { Canvas.distance(place, $0) }.min() ?? .infinity
        let cover = max(0, min(1, pen + 0.5 - distance))
        if cover > 0 { self[x, y] = self[x, y].mixed(with: colour, cover) }
      }
    }
  }

  private static func distance(_ place: SIMD2<Double>, _ stroke: [SIMD2<Double>]) -> Double {
    var least = Double.infinity
    for k in stroke.indices {
      let (a, b) = (stroke[max(0, k - 1)], stroke[k])
      let (along, off) = (b - a, place - a)
      let length = (along * along).sum()
      let share = length > 0 ? max(0, min(1, (along * off).sum() / length)) : 0
      let rest = off - along * share
      least = min(least, (rest * rest).sum())
    }
    return least.squareRoot()
  }
}
