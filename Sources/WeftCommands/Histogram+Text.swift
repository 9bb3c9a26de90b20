// SPDX-License-Identifier: Apache-2.0
//
// A histogram as bars of characters, and as JSON.

import Glibc
import Weft

extension MatrixHistogram {
  var json: JSON {
    .object([("edges", .array(edges.map(JSON.number))), ("counts", .array(counts.map(JSON.integer)))])
  }

  /// A line a bin: its lower edge, its count, a bar as long as the count, to an eighth of a character.
  ///
  ///     -1.0   1234  ██████▌
  func text(width: Int) -> String {
    let labels = edges.dropLast().map { Histogram.short($0) }
    let numbers = counts.map { "\($0)" }
    let (labelWidth, numberWidth) = (labels.map(\.count).max() ?? 0, numbers.map(\.count).max() ?? 0)
    let room = max(8, min(60, width - labelWidth - numberWidth - 6))
    let most = max(1, counts.max() ?? 1)
    let lines = counts.indices.map { k in
      let eighths = Int((Double(counts[k]) / Double(most) * Double(room * 8)).rounded(.up))
      let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
      let bar = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
      return Histogram.padded(labels[k], labelWidth) + "  " + Histogram.padded(numbers[k], numberWidth)
        + (bar.isEmpty ? "" : "  \(bar)")
    }
    return (lines + [Histogram.padded(Histogram.short(edges[edges.count - 1]), labelWidth)]).joined(separator: "\n")
  }
}

private enum Histogram {
  static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Six digits: what tells one edge from the next.
  static func short(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    let exponent = Int(log10(value.magnitude).rounded(.down))
    guard (-5...15).contains(exponent) else {
      let scaled = value / pow(10, Double(exponent))
      return scaled.isFinite ? "\(rounded(scaled, 5))e\(exponent)" : "\(value)"
    }
    return "\(rounded(value, 5 - exponent))"
  }

  private static func rounded(_ value: Double, _ places: Int) -> Double {
    let scale = pow(10, Double(places))
    return (value * scale).rounded() / scale
  }
}
