// SPDX-License-Identifier: Apache-2.0
//
// Where an axis has its marks, and what stands beside them. Marks are whole multiples of 1, 2 or 5 times a power of
// ten, and labels are made from those whole numbers: no digit of them comes from a rounded division.

import Glibc

/// A mark of an axis. A label may have an exponent: "10" and "-3".
struct Tick: Hashable {
  var value: Double
  var label: String
  var exponent = ""
}

struct Ticks {
  private(set) var marks: [Tick] = []
  /// Marks without a label.
  private(set) var minor: [Double] = []
  /// The power of ten that all labels are to be multiplied by; nil where it is 0.
  private(set) var commonExponent: Int?

  /// Marks for numbers from `low` to `high`, `count` at most.
  init(_ low: Double, _ high: Double, atMost count: Int) {
    guard let (multiples, mantissa, exponent) = Ticks.multiples(low, high, atMost: count) else { return }
    let magnitude = Int(log10(max(abs(low), abs(high))).rounded(.down))
    let common = (-3...5).contains(magnitude) ? 0 : magnitude
    commonExponent = common == 0 ? nil : common
    let step = Double(mantissa) * Ticks.power(exponent)
    // Where the range is a few steps of the type wide, a multiple may round to a number outside.
    let slack = high / 2000 - low / 2000
    marks = multiples.map {
      Tick(value: Double($0) * step, label: Ticks.decimal($0 * mantissa, exponent - common))
    }.filter { $0.value / 2 >= low / 2 - slack && $0.value / 2 <= high / 2 + slack }
  }

  /// Marks for powers of ten from `low` to `high`, which are logarithms.
  init(logarithms low: Double, _ high: Double, atMost count: Int) {
    // A thousandth of a step of the axis may be missing at its ends.
    let slack = (high - low) / 1000
    let first = Int((low - slack).rounded(.up))
    let last = Int((high + slack).rounded(.down))
    guard last > first else {
      for digits in [[1, 2, 5], Array(1...9)] {
        marks = digits.flatMap { digit in
          (first - 1...first).compactMap { exponent in
            let value = Double(exponent) + log10(Double(digit))
            guard value >= low - slack, value <= high + slack else { return nil }
            return (-4...4).contains(exponent)
              ? Tick(value: value, label: Ticks.decimal(digit, exponent))
              : Tick(value: value, label: "\(digit)×10", exponent: Ticks.minus("\(exponent)"))
          }
        }.sorted { $0.value < $1.value }
        if marks.count >= 2 { return }
      }
      // Less than a step from one digit to the next: marks of the numbers themselves.
      let numbers = Ticks(pow(10, low), pow(10, high), atMost: count)
      marks = numbers.marks.map { Tick(value: log10($0.value), label: $0.label) }
      commonExponent = numbers.commonExponent
      return
    }
    let step = (last - first) / count + 1
    marks = stride(from: first, through: last, by: step).map {
      Tick(value: Double($0), label: "10", exponent: Ticks.minus("\($0)"))
    }
    guard step == 1 else { return }
    minor = (first - 1...last).flatMap { decade in (2...9).map { Double(decade) + log10(Double($0)) } }
      .filter { $0 > low && $0 < high }
  }

  /// Marks for whole numbers from 0 to below `end`.
  init(indices end: Int, atMost count: Int) {
    var step = 1
    while (end - 1) / step >= count {
      // 1, 2, 5, 10, …
      let leading = Int(String("\(step)".prefix(1))) ?? 1
      step = leading == 2 ? step / 2 * 5 : step * 2
    }
    marks = stride(from: 0, to: end, by: step).map { Tick(value: Double($0), label: "\($0)") }
  }

  /// The multiples of `mantissa`·10^`exponent` within the range: no more than `count`, and with the finest such step.
  private static func multiples(
    _ low: Double, _ high: Double, atMost count: Int
  ) -> (multiples: ClosedRange<Int>, mantissa: Int, exponent: Int)? {
    // Halves first: the difference itself may be too large.
    let width = 2 * (high / 2 / Double(count) - low / 2 / Double(count))
    guard width > 0, width.isFinite else { return nil }
    let start = Int(log10(width).rounded(.down))
    for exponent in start...start + 1 {
      for mantissa in [1, 2, 5] {
        let step = Double(mantissa) * power(exponent)
        let (first, last) = ((low / step - 1e-6).rounded(.up), (high / step + 1e-6).rounded(.down))
        guard abs(first) < 1e17, abs(last) < 1e17, first <= last else { continue }
        if last - first < Double(count) { return (Int(first)...Int(last), mantissa, exponent) }
      }
    }
    return nil
  }

  private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

  /// `mantissa`·10^`exponent` without an exponent, as exact as it is.
  static func decimal(_ mantissa: Int, _ exponent: Int) -> String {
    var digits = "\(abs(mantissa))"
    if exponent >= 0 {
      if mantissa != 0 { digits += String(repeating: "0", count: exponent) }
    } else {
      let missing = 1 - exponent - digits.utf8.count
      if missing > 0 { digits = String(repeating: "0", count: missing) + digits }
      let point = digits.index(digits.endIndex, offsetBy: exponent)
      digits = digits[..<point] + "." + digits[point...]
    }
    return mantissa < 0 ? "\u{2212}" + digits : digits
  }

  /// With the sign that is as wide as a plus.
  private static func minus(_ text: String) -> String { text.hasPrefix("-") ? "\u{2212}" + text.dropFirst() : text }
}
