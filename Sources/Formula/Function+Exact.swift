// SPDX-License-Identifier: Apache-2.0
//
// The functions that IEEE 754 defines to the last bit, on one value. Constant folding and the reference evaluator both
// use these lines; the vector kernels are tested against them.

// Nothing of it is named below; the import makes the linker add libm, where Swift's `rounded`, `truncatingRemainder`
// and `addingProduct` go on machines without the instruction.
import Glibc

extension Function {
  /// How many of x, y, z it takes.
  public var argumentCount: Int {
    switch self {
    case .negate, .squareRoot, .abs, .sign, .floor, .ceil, .round, .trunc, .not, .sin, .cos, .tan, .asin, .acos,
      .atan, .sinh, .cosh, .tanh, .asinh, .acosh, .atanh, .sinpi, .cospi, .exp, .exp2, .exp10, .expm1, .log, .log2,
      .log10, .log1p, .cubeRoot, .gamma, .logGamma, .erf, .erfc:
      1
    case .add, .subtract, .multiply, .divide, .modulo, .minimum, .maximum, .less, .lessOrEqual, .greater,
      .greaterOrEqual, .equal, .notEqual, .and, .or, .atan2, .power, .hypot:
      2
    case .fusedMultiplyAdd, .select:
      3
    }
  }

  /// The result, or nil for the elementary functions, whose last bit is the kernels' business. The sign and payload of a
  /// NaN are not part of the promise.
  package func exactValue(_ x: Double, _ y: Double, _ z: Double) -> Double? {
    switch self {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .negate: -x
    case .squareRoot: x.squareRoot()
    case .fusedMultiplyAdd: z.addingProduct(x, y)
    case .modulo: Self.flooredRemainder(x, y)
    case .abs: x.magnitude
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : x)
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrAwayFromZero)
    case .trunc: x.rounded(.towardZero)
    case .minimum: Self.minimum(x, y)
    case .maximum: -Self.minimum(-x, -y)
    case .less: x < y ? 1 : 0
    case .lessOrEqual: x <= y ? 1 : 0
    case .greater: x > y ? 1 : 0
    case .greaterOrEqual: x >= y ? 1 : 0
    case .equal: x == y ? 1 : 0
    case .notEqual: x != y ? 1 : 0
    case .and: x != 0 && y != 0 ? 1 : 0
    case .or: x != 0 || y != 0 ? 1 : 0
    case .not: x == 0 ? 1 : 0
    case .select: x != 0 ? y : z
    case .sin, .cos, .tan, .asin, .acos, .atan, .atan2, .sinh, .cosh, .tanh, .asinh, .acosh, .atanh, .sinpi, .cospi,
      .exp, .exp2, .exp10, .expm1, .log, .log2, .log10, .log1p, .power, .cubeRoot, .hypot, .gamma, .logGamma, .erf,
      .erfc:
      nil
    }
  }

  /// The remainder of the division rounded to an integer towards zero is exact; where its sign is not that of `y`, adding
  /// `y` rounds once. A remainder of 0 has the sign of `y`, as in Python and NumPy.
  private static func flooredRemainder(_ x: Double, _ y: Double) -> Double {
    let remainder = x.truncatingRemainder(dividingBy: y)
    if remainder == 0 { return Double(signOf: y, magnitudeOf: remainder) }
    return (remainder < 0) != (y < 0) ? remainder + y : remainder
  }

  /// IEEE 754-2019 `minimum`: NaN if either is, and -0 below 0. (Swift's `Double.minimum` is the older `minNum`, which
  /// prefers the number.)
  private static func minimum(_ x: Double, _ y: Double) -> Double {
    if x.isNaN || y.isNaN { return .nan }
    if x == y { return x.sign == .minus ? x : y }
    return x < y ? x : y
  }
}
