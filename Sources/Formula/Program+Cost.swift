// SPDX-License-Identifier: Apache-2.0
//
// What an element costs, roughly: enough to decide whether copying it is cheaper.

extension Program {
  /// The cost of one element in units of an addition: what is left per element once rows, columns and lines have their
  /// tables. Loops count as 16 turns.
  public var elementCost: Double {
    values.reduce(0) { $0 + ($1.rate == .element && $1.line == nil ? $1.cost : 0) }
  }
}

extension Program.Value {
  fileprivate var cost: Double {
    switch operation {
    case .apply(let function): function.cost
    case .gather: 8
    case .reduce(_, let body): 16 * body.values.reduce(0) { $0 + $1.cost }
    default: 0
    }
  }
}

extension Function {
  /// Additions for the price of one of these (2-core EPYC, AVX2, 2026-11: functions 2 to 10 ns, additions 0.1). What
  /// costs 1 is cheaper computed than read back from a table.
  var cost: Double {
    switch self {
    case .divide, .squareRoot: 4
    case .add, .subtract, .multiply, .negate, .abs, .minimum, .maximum, .fusedMultiplyAdd, .floor, .ceil, .trunc,
      .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and, .or, .not, .select, .sign, .round:
      1
    default: 20
    }
  }
}
