// SPDX-License-Identifier: Apache-2.0
//
// Lines of speed against size as an SVG: text alone, no library. All colours are of middle brightness and there is no
// background, so that it can be read on white and on black.

import Glibc

struct SpeedPlot {
  struct Point {
    /// Rows and columns of a square matrix.
    var size: Int
    /// GB/s.
    var speed: Double
  }

  struct Line {
    var label: String
    var color: String
    /// In ascending order of size.
    var points: [Point]
  }

  var title: String
  var subtitle: String
  var lines: [Line]

  // The picture's size, and the frame of the axes in it; the margin at the right has the lines' labels.
  private static let (width, height) = (860.0, 480.0)
  private static let (left, right, top, bottom) = (64.0, 770.0, 70.0, 410.0)
  private static let gray = "#7a828e"

  private var points: [Point] { lines.flatMap(\.points) }

  /// Nil where nothing was measured.
  var svg: String? {
    guard let least = points.map(\.size).min(), let most = points.map(\.size).max() else { return nil }
    let step = SpeedPlot.step(for: points.map(\.speed).max() ?? 0)
    let ceiling = max(1, ((points.map(\.speed).max() ?? 0) / step).rounded(.up)) * step
    /// Logarithmic; a single size is in the middle.
    func x(_ size: Int) -> Double {
      guard most > least else { return (SpeedPlot.left + SpeedPlot.right) / 2 }
      let share = log(Double(size) / Double(least)) / log(Double(most) / Double(least))
      return SpeedPlot.left + share * (SpeedPlot.right - SpeedPlot.left)
    }
    func y(_ speed: Double) -> Double { SpeedPlot.bottom - speed / ceiling * (SpeedPlot.bottom - SpeedPlot.top) }

    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(SpeedPlot.number(SpeedPlot.width)) \(SpeedPlot.number(SpeedPlot.height))\" "
        + "font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"\(SpeedPlot.gray)\">",
      SpeedPlot.text(title, SpeedPlot.left, 28, "font-size=\"16\" font-weight=\"600\""),
      SpeedPlot.text(subtitle, SpeedPlot.left, 48, ""),
    ]
    for tick in 0...Int((ceiling / step).rounded()) {
      let speed = Double(tick) * step
      parts.append(SpeedPlot.rule(SpeedPlot.left, y(speed), SpeedPlot.right, y(speed), opacity: tick == 0 ? 1 : 0.3))
      parts.append(SpeedPlot.text(SpeedPlot.number(speed), SpeedPlot.left - 8, y(speed) + 4, "text-anchor=\"end\""))
    }
    for size in [250, 500, 1000, 2000, 4000, 8000, 16000] where size >= least && size <= most {
      parts.append(SpeedPlot.rule(x(size), SpeedPlot.bottom, x(size), SpeedPlot.bottom + 5, opacity: 1))
      parts.append(SpeedPlot.text("\(size)²", x(size), SpeedPlot.bottom + 21, "text-anchor=\"middle\""))
    }
    let middle = (SpeedPlot.top + SpeedPlot.bottom) / 2
    parts.append(
      SpeedPlot.text(
        "elements of the matrix (float64)", (SpeedPlot.left + SpeedPlot.right) / 2, SpeedPlot.bottom + 48,
        "text-anchor=\"middle\""))
    parts.append(
      SpeedPlot.text(
        "GB/s of the matrix", 20, middle,
        "text-anchor=\"middle\" transform=\"rotate(-90 20 \(SpeedPlot.number(middle)))\""))
    parts += zip(lines, labelHeights(y)).map { line, height in line.svg(x, y, labelHeight: height) }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  /// Where each line's label stands: at its last point, but no nearer to another label than a line of text.
  private func labelHeights(_ y: (Double) -> Double) -> [Double] {
    let wanted = lines.map { $0.points.last.map { y($0.speed) } ?? SpeedPlot.bottom }
    var heights = wanted
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    for (upper, lower) in zip(order, order.dropFirst()) { heights[lower] = max(wanted[lower], heights[upper] + 16) }
    return heights
  }

  /// Between two horizontal lines: 1, 2 or 5 times a power of ten, for about five of them.
  private static func step(for most: Double) -> Double {
    guard most > 0 else { return 1 }
    let power = pow(10, floor(log10(most / 5)))
    return [1, 2, 5, 10].map { $0 * power }.first { most / $0 <= 6 } ?? 10 * power
  }

  /// With one digit after the point at most, or as many as a small number needs.
  fileprivate static func number(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  private static func text(_ text: String, _ x: Double, _ y: Double, _ attributes: String) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" \(attributes)>\(escaped(text))</text>"
  }

  private static func rule(_ x: Double, _ y: Double, _ toX: Double, _ toY: Double, opacity: Double) -> String {
    "<path d=\"M\(number(x)) \(number(y))L\(number(toX)) \(number(toY))\" stroke=\"\(gray)\" stroke-opacity=\"\(opacity)\"/>"
  }

  fileprivate static func escaped(_ text: String) -> String {
    text.reduce(into: "") {
      switch $1 {
      case "&": $0 += "&amp;"
      case "<": $0 += "&lt;"
      case ">": $0 += "&gt;"
      default: $0.append($1)
      }
    }
  }
}

extension SpeedPlot.Line {
  fileprivate func svg(_ x: (Int) -> Double, _ y: (Double) -> Double, labelHeight: Double) -> String {
    guard let last = points.last else { return "" }
    let places = points.map { (SpeedPlot.number(x($0.size)), SpeedPlot.number(y($0.speed))) }
    let path = places.map { "\($0.0) \($0.1)" }.joined(separator: "L")
    let dots = places.map { "<circle cx=\"\($0.0)\" cy=\"\($0.1)\" r=\"3\"/>" }.joined()
    return "<g fill=\"\(color)\"><path d=\"M\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\"/>\(dots)"
      + "<text x=\"\(SpeedPlot.number(x(last.size) + 10))\" y=\"\(SpeedPlot.number(labelHeight + 4))\" "
      + "font-weight=\"600\">\(SpeedPlot.escaped(label))</text></g>"
  }
}
