// SPDX-License-Identifier: Apache-2.0
//
// Random formulas that parse, over parameters `a` and `b`, inputs `X` (4×5) and `Y` (3×1), and loop counters.

@testable import Formula

struct RandomFormula {
  var random: RandomSource
  private var counters: [String] = []

  init(seed: UInt64) { random = RandomSource(seed: seed) }

  static let parameters: [String: Double] = ["a": 2, "b": -0.75]
  static let inputs = [Program.Input(name: "X", rows: 4, columns: 5), Program.Input(name: "Y", rows: 3, columns: 1)]
  static let context: LibmContext = {
    var random = RandomSource(seed: 7)
    func matrix(_ count: Int) -> [Double] {
      (0..<count).map { _ in random.pick([0, -0.0, 1, -2.5, 3, 1e300, .infinity, .nan, 0.1, .leastNonzeroMagnitude]) }
    }
    return LibmContext(inputs: [matrix(20), matrix(3)], shapes: inputs)
  }()

  /// Every name occurs, so that binding does not complain of unused ones.
  mutating func next(depth: Int) -> String {
    "(\(expression(depth))) + 0*(a + b + rows(X) + rows(Y))"
  }

  private mutating func leaf() -> String {
    let numbers = [
      "0", "1", "2", "-1", "0.5", "4", "-0", "3", "1e308", "5e-324", "inf", "nan", "pi", "e", "0.1", "1024",
    ]
    let names = ["i", "j", "i", "j", "rows", "columns", "a", "b"] + counters + counters
    return random.below(3) == 0 ? random.pick(numbers) : random.pick(names)
  }

  private mutating func expression(_ depth: Int) -> String {
    if depth == 0 { return leaf() }
    switch random.below(20) {
    case 0, 1: return leaf()
    case 2, 3, 4, 5, 6, 7:
      let symbols = ["+", "-", "*", "/", "%", "^", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/"]
      let symbol = random.pick(symbols)
      let (left, right) = (expression(depth - 1), expression(depth - 1))
      return "(\(left)) \(symbol) (\(right))"
    case 8: return "(\(expression(depth - 1)))^\(random.pick(["2", "1", "-1", "0.5", "3", "a"]))"
    case 9, 10: return "\(random.pick(["-", "!", "-", "+"]))(\(expression(depth - 1)))"
    case 11, 12:
      let plain = FunctionDescription.all.filter { if case .function = $0.form { true } else { false } }
      let function = random.pick(plain)
      let arguments = function.parameters.map { _ in expression(depth - 1) }
      return "\(function.name)(\(arguments.joined(separator: ", ")))"
    case 13:
      return "((\(expression(depth - 1))) ? (\(expression(depth - 1))) : (\(expression(depth - 1))))"
    case 14:
      return "where(\(expression(depth - 1)), \(expression(depth - 1)), \(expression(depth - 1)))"
    case 15: return "X[\(index(depth)), \(index(depth))]"
    case 16: return "(i > 0 && j < 4 ? X[i - 1, j] : Y[j % 3, 0])"
    default: return reduction(depth)
    }
  }

  /// Mostly inside the matrices, not always.
  private mutating func index(_ depth: Int) -> String {
    switch random.below(5) {
    case 0: "floor((\(expression(depth - 1))) % 3)"
    case 1: random.pick(["i", "j", "i-1", "j+1", "i/2"] + counters)
    case 2: "(i + j) % 4"
    default: "\(random.below(4))"
    }
  }

  private mutating func reduction(_ depth: Int) -> String {
    let name = random.pick(["k", "l", "m"])
    let first = random.pick(["0", "1", "-1", "i", "j - 1", "a", "0.5"] + counters)
    let last = random.pick(["2", "rows - 1", "i", "j", "70", "columns(X) - 1", "a + 1", "i - 2", "0", "-3"] + counters)
    counters.append(name)
    let term = expression(depth - 1)
    counters.removeLast()
    return "\(random.pick(["sum", "prod"]))(\(name), \(first), \(last), \(term))"
  }
}
