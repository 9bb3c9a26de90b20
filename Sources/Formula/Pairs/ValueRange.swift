// SPDX-License-Identifier: Apache-2.0
//
// Where values lie: rough bounds, by which the pair lowering keeps away from overflow, underflow and division by 0.

/// An interval that holds every value of an expression over a shape, to within rounding; and whether a value of 0 among
/// them is +0.
struct ValueRange {
  var low: Double
  var high: Double
  var zeroIsPositive: Bool

  init(_ low: Double, _ high: Double, zeroIsPositive: Bool) {
    self.low = low
    self.high = high
    self.zeroIsPositive = zeroIsPositive
  }

  init(_ value: Double) {
    self.init(value, value, zeroIsPositive: !(value == 0 && value.sign == .minus))
  }

  var magnitude: Double { max(low.magnitude, high.magnitude) }
  var holdsZero: Bool { low <= 0 && high >= 0 }
  /// The smallest magnitude; 0 where the sign changes.
  var leastMagnitude: Double { holdsZero ? 0 : min(low.magnitude, high.magnitude) }
  var isFinite: Bool { low.isFinite && high.isFinite }

  /// A sum of zeros is -0 only if both are.
  static func + (x: ValueRange, y: ValueRange) -> ValueRange {
    ValueRange(x.low + y.low, x.high + y.high, zeroIsPositive: x.zeroIsPositive || y.zeroIsPositive)
  }

  /// -0 only as -0 - 0.
  static func - (x: ValueRange, y: ValueRange) -> ValueRange {
    ValueRange(x.low - y.high, x.high - y.low, zeroIsPositive: x.zeroIsPositive)
  }

  static prefix func - (x: ValueRange) -> ValueRange {
    ValueRange(-x.high, -x.low, zeroIsPositive: !x.holdsZero)
  }

  static func * (x: ValueRange, y: ValueRange) -> ValueRange {
    let corners = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high]
    guard let low = corners.min(), let high = corners.max() else { return x }
    let isPositive = x.low >= 0 && y.low >= 0 && x.zeroIsPositive && y.zeroIsPositive
    return ValueRange(low, high, zeroIsPositive: isPositive || !(x.holdsZero || y.holdsZero))
  }

  var squared: ValueRange {
    let square = magnitude * magnitude
    return ValueRange(leastMagnitude * leastMagnitude, square, zeroIsPositive: true)
  }

  /// Nil where the divisor can be 0.
  static func / (x: ValueRange, y: ValueRange) -> ValueRange? {
    guard !y.holdsZero else { return nil }
    var quotient = x * ValueRange(1 / y.high, 1 / y.low, zeroIsPositive: true)
    quotient.zeroIsPositive = !x.holdsZero || x.zeroIsPositive && y.low > 0
    return quotient
  }
}
