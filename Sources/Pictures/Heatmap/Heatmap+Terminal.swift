// SPDX-License-Identifier: Apache-2.0
//
// A heatmap as text: half blocks, which show two cells one above the other in a character, in the colours that the
// terminal has; or the shades of ASCII.

import Glibc

/// What a terminal can show.
public enum TerminalColours: Hashable, Sendable {
  /// No colour: ASCII characters from light to dark.
  case none
  /// The 256 colours of xterm.
  case palette
  /// 24 bits.
  case full
}

extension Heatmap {
  private static let shades = Array(" .:-=+*#%@")
  private static let reset = "\u{1b}[0m"

  /// The cells as lines, and one below with the range: without a newline at the end.
  public func text(_ colours: TerminalColours) -> String {
    let side = enlargement
    var lines: [String] = []
    for line in stride(from: 0, to: grid.rows * side, by: 2) {
      let bottom = line + 1 < grid.rows * side ? (line + 1) / side : nil
      lines.append(row(line / side, bottom, side, colours))
    }
    return (lines + [rangeLine(colours), caption + nonfinite]).joined(separator: "\n")
  }

  private var nonfinite: String { nonfiniteCount == 0 ? "" : ", \(nonfiniteCount) not finite" }

  /// Cells of small matrices are two or four characters wide.
  private var enlargement: Int {
    let longest = max(grid.rows, grid.columns)
    return longest <= 12 ? 4 : longest <= 24 ? 2 : 1
  }

  private func row(_ top: Int, _ bottom: Int?, _ side: Int, _ colours: TerminalColours) -> String {
    func value(_ row: Int, _ column: Int) -> Double { grid.means[row * grid.columns + column] }
    guard colours != .none else {
      return (0..<grid.columns).map { column in
        let both = [value(top, column)] + (bottom.map { [value($0, column)] } ?? [])
        return String(repeating: shade(both), count: side)
      }.joined()
    }
    var (line, before) = ("", "")
    for column in 0..<grid.columns {
      let upper = Heatmap.code(colour(of: value(top, column)), colours, isBackground: false)
      let lower = bottom.map { Heatmap.code(colour(of: value($0, column)), colours, isBackground: true) } ?? "49"
      let code = "\u{1b}[\(upper);\(lower)m"
      if code != before { line += code }
      before = code
      line += String(repeating: "▀", count: side)
    }
    return line + Heatmap.reset
  }

  private func colour(of value: Double) -> Colour {
    value.isNaN ? options.map.neutral : options.map.colour(share(value))
  }

  /// Of the mean of two cells; a question mark where one is not finite.
  private func shade(_ values: [Double]) -> Character {
    let mean = values.map { share($0) }.reduce(0, +) / Double(values.count)
    guard !mean.isNaN else { return "?" }
    return Heatmap.shades[min(Heatmap.shades.count - 1, Int(max(0, min(1, mean)) * Double(Heatmap.shades.count)))]
  }

  private func rangeLine(_ colours: TerminalColours) -> String {
    func text(_ value: Double) -> String {
      let number = options.isLogarithmic ? pow(10, value) : value
      return Heatmap.short(number)
    }
    var bar = ""
    if colours == .none {
      bar = String(Heatmap.shades)
    } else {
      for place in 0..<24 {
        let colour = options.map.colour((Double(place) + 0.5) / 24)
        bar += "\u{1b}[\(Heatmap.code(colour, colours, isBackground: true))m "
      }
      bar += Heatmap.reset
    }
    return "\(text(low)) \(bar) \(text(high))"
  }

  private static func code(_ colour: Colour, _ colours: TerminalColours, isBackground: Bool) -> String {
    let start = isBackground ? "48" : "38"
    guard colours == .full else { return "\(start);5;\(paletteIndex(colour))" }
    return "\(start);2;\(colour.red);\(colour.green);\(colour.blue)"
  }

  /// The nearest of xterm's cube of 6×6×6 colours and its 24 greys.
  static func paletteIndex(_ colour: Colour) -> Int {
    let levels = [0, 95, 135, 175, 215, 255]
    let wanted = [Int(colour.red), Int(colour.green), Int(colour.blue)]
    func distance(_ candidate: [Int]) -> Int { zip(wanted, candidate).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
    let place = wanted.map { value in
      levels.indices.min { abs(levels[$0] - value) < abs(levels[$1] - value) } ?? 0
    }
    let grey = max(0, min(23, (wanted.reduce(0, +) / 3 - 3) / 10))
    let isGrey = distance(Array(repeating: 8 + 10 * grey, count: 3)) < distance(place.map { levels[$0] })
    return isGrey ? 232 + grey : 16 + 36 * place[0] + 6 * place[1] + place[2]
  }
}

extension Heatmap {
  /// Four significant digits.
  static func short(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    let scale = pow(10, 3 - value.decimalExponent)
    guard scale.isFinite, scale > 0, (value * scale).isFinite else { return "\(value)" }
    // Divided by a power of ten where there is one: 0.3 times 0.1 is not 0.03.
    let rounded = (value * scale).rounded()
    return "\(scale >= 1 ? rounded / scale : rounded * pow(10, value.decimalExponent - 3))"
  }
}

extension Double {
  /// Of its first digit.
  fileprivate var decimalExponent: Double { log10(abs(self)).rounded(.down) }
}
