// SPDX-License-Identifier: Apache-2.0
//
// Pass: can an element be infinite or NaN at all?
//
// Contract: true only if every element of the shape is a finite number, so that nobody has to look. It rests on ranges: where
// the operands lie within bounds, so does the result, and all stay far below overflow, which leaves room for rounding (each
// operation moves a bound by 2⁻⁵³ of it, and the limit is 2²³ below the largest double). Reads the program, changes nothing.
// The look costs a tenth of a formula of simple arithmetic.

extension Program {
  /// Magnitudes up to here are safe.
  private static let limit = 0x1p1000

  /// Whether every element of a `rows`×`columns` matrix is finite, as far as ranges tell.
  public func isSurelyFinite(rows: Int, columns: Int) -> Bool {
    var ranges: [ValueRange?] = []
    for value in values {
      let range: ValueRange? =
        switch value.operation {
        case .constant(let bits): ValueRange(Double(bitPattern: bits))
        case .rowIndex: ValueRange(Double(origin), Double(rows - 1 + origin), zeroIsPositive: true)
        case .columnIndex: ValueRange(Double(origin), Double(columns - 1 + origin), zeroIsPositive: true)
        case .apply(let function): Program.range(function, value.operands.map { ranges[$0] }, value.operands)
        default: nil
        }
      // NaN fails both comparisons.
      ranges.append(range.flatMap { $0.low >= -Program.limit && $0.high <= Program.limit ? $0 : nil })
    }
    return ranges[result] != nil
  }

  /// Where the function's values lie; nil where that is not known, or where they may be infinite or NaN.
  private static func range(_ function: Function, _ operands: [ValueRange?], _ ids: [Int]) -> ValueRange? {
    guard let x = operands.first ?? nil else { return nil }
    let y = operands.count > 1 ? operands[1] : x
    guard let y else { return nil }
    switch function {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply: return ids[0] == ids[1] ? x.squared : x * y
    case .divide: return widened(y).flatMap { x / $0 }
    case .negate: return -x
    case .abs: return ValueRange(x.leastMagnitude, x.magnitude, zeroIsPositive: true)
    // Of a range that begins at 0 rounding has left nothing below: 0 is exact, and sums and products of what is not
    // negative are not.
    case .squareRoot where x.low >= 0: return ValueRange(0, max(1, x.high), zeroIsPositive: true)
    case .sin, .cos, .tanh, .erf: return ValueRange(-1, 1, zeroIsPositive: false)
    case .atan, .atan2: return ValueRange(-4, 4, zeroIsPositive: false)
    case .exp where x.high <= 600: return ValueRange(0, 0x1p1000, zeroIsPositive: true)
    case .minimum, .maximum:
      return ValueRange(min(x.low, y.low), max(x.high, y.high), zeroIsPositive: false)
    default: return nil
    }
  }

  /// A divisor, moved towards 0 by more than rounding can have moved it; nil where that reaches 0.
  private static func widened(_ divisor: ValueRange) -> ValueRange? {
    guard divisor.leastMagnitude > 0x1p-500 else { return nil }
    let slack = divisor.magnitude * 0x1p-40
    let wider = ValueRange(divisor.low - slack, divisor.high + slack, zeroIsPositive: true)
    return wider.holdsZero ? nil : wider
  }
}
