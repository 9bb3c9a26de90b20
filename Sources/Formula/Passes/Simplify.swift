// SPDX-License-Identifier: Apache-2.0
//
// Pass: cheaper ways to the same bits.
//
// Contract: every rule is exact for all values, NaN, infinities and both zeros included (which NaN is not promised); no
// rule drops an operand that could fault, except the side of a choice that is not taken; no rule makes a graph larger.
// Absent on purpose: x*0 (NaN, infinity, -0), x+0 (-0), 0-x (0), x-x and x/x (NaN), -(x-y) (0), any reordering of
// sums, cos(-x) (a kernel's promise is 1 ulp, not symmetry), and powers, which the language itself defines (`Expression`).

enum Simplify {
  /// The rules for each function, by its raw value.
  static let rules: [[Rewrite]] = Function.allCases.map { function in
    all.filter { $0.function == function }
  }

  private static let x = Pattern.any(0)
  private static let y = Pattern.any(1)
  private static let z = Pattern.any(2)

  /// In a commutative operation the constant stands on the right.
  static let all: [Rewrite] = [
    // Neutral elements.
    Rewrite(x * 1, to: x),  // exact for every value
    Rewrite(x * -1, to: -x),  // flips the sign, of zeros and infinities too
    Rewrite(x / 1, to: x),  // exact
    Rewrite(x / -1, to: -x),  // as x * -1
    Rewrite(x - 0, to: x),  // -0 - 0 is -0
    Rewrite(x + -0.0, to: x),  // 0 + -0 is 0, -0 + -0 is -0
    // Signs: IEEE 754 negates without rounding, and rounding to nearest is symmetric.
    Rewrite(-(-x), to: x),
    Rewrite(x + -y, to: x - y),  // subtraction is defined so
    Rewrite(-x + y, to: y - x),
    Rewrite(x - -y, to: x + y),
    Rewrite((-x) * (-y), to: x * y),
    Rewrite((-x) / (-y), to: x / y),
    Rewrite((-x)(.abs), to: x(.abs)),
    Rewrite(x(.abs)(.abs), to: x(.abs)),
    // Minimum and maximum of one value.
    Rewrite(.apply(.minimum, [x, x]), to: x),
    Rewrite(.apply(.maximum, [x, x]), to: x),
    // Comparisons: one direction; both sides false for NaN. !(x < y) is not x >= y.
    Rewrite(.apply(.greater, [x, y]), to: .apply(.less, [y, x])),
    Rewrite(.apply(.greaterOrEqual, [x, y]), to: .apply(.lessOrEqual, [y, x])),
    Rewrite(.apply(.equal, [x, y])(.not), to: .apply(.notEqual, [x, y])),
    Rewrite(.apply(.notEqual, [x, y])(.not), to: .apply(.equal, [x, y])),
    // Choices.
    Rewrite(.apply(.select, [x(.not), y, z]), to: .apply(.select, [x, z, y])),
  ]
}

extension Graph {
  /// The simpler value, or nil where no rule applies.
  mutating func simplified(_ function: Function, _ x: ID, _ y: ID, _ z: ID) -> ID? {
    for rule in Simplify.rules[Int(function.rawValue)] {
      if let result = rewritten(rule, x, y, z) { return result }
    }
    // Three rules with a condition that no pattern expresses.
    switch function {
    case .divide:
      // Both round the same real number: the reciprocal of a power of two is exact. Not where either is subnormal:
      // arithmetic on subnormal constants is slow on many machines.
      guard let reciprocal = constant(y).flatMap(exactReciprocal) else { return nil }
      return apply(.multiply, x, constant(reciprocal))
    case .select:
      // The condition is known; what guards the other side's reads is 0, and nothing needs them.
      return constant(x).map { $0 != 0 ? y : z }
    case .and:
      // Not x && 0 = 0: x may fault, and as the left operand in the text it must.
      guard let value = constant(y), isTruth(x) else { return nil }
      return value != 0 ? x : nil
    default:
      return nil
    }
  }

  private func exactReciprocal(_ value: Double) -> Double? {
    guard value.isNormal, value.significandBitPattern == 0, (1 / value).isNormal else { return nil }
    return 1 / value
  }

  /// Whether a value is always 0 or 1.
  private func isTruth(_ id: ID) -> Bool {
    switch nodes[id].operation {
    case .apply(let function):
      switch function {
      case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and, .or, .not: true
      default: false
      }
    case .loopActive: true
    default: false
    }
  }
}
