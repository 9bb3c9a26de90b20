// SPDX-License-Identifier: Apache-2.0
//
// The little language in which `Simplify` writes its rules: `Rewrite(x * 1, to: x)`.

/// A shape of value: a placeholder, a constant, or a function of shapes.
indirect enum Pattern: Sendable {
  /// Stands for any value, the same one wherever its number occurs.
  case any(Int)
  case constant(Double)
  case apply(Function, [Pattern])

  static prefix func - (x: Pattern) -> Pattern { .apply(.negate, [x]) }
  static func + (x: Pattern, y: Pattern) -> Pattern { .apply(.add, [x, y]) }
  static func - (x: Pattern, y: Pattern) -> Pattern { .apply(.subtract, [x, y]) }
  static func * (x: Pattern, y: Pattern) -> Pattern { .apply(.multiply, [x, y]) }
  static func / (x: Pattern, y: Pattern) -> Pattern { .apply(.divide, [x, y]) }
  func callAsFunction(_ function: Function) -> Pattern { .apply(function, [self]) }
}

extension Pattern: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  init(floatLiteral value: Double) { self = .constant(value) }
  init(integerLiteral value: Int) { self = .constant(Double(value)) }
}

/// A rule: wherever the left pattern stands, the right one has the same bits.
struct Rewrite: Sendable {
  let function: Function
  let operands: [Pattern]
  let result: Pattern

  init(_ pattern: Pattern, to result: Pattern) {
    guard case .apply(let function, let operands) = pattern else { preconditionFailure("a rule is about a function") }
    self.function = function
    self.operands = operands
    self.result = result
  }
}

extension Graph {
  /// What the placeholders stand for.
  private typealias Bindings = (ID, ID, ID)

  /// The value of a rule's right side, if its left side matches.
  mutating func rewritten(_ rule: Rewrite, _ x: ID, _ y: ID, _ z: ID) -> ID? {
    var bindings = (Node.none, Node.none, Node.none)
    let operands = [x, y, z]
    for (index, pattern) in rule.operands.enumerated() {
      guard matches(operands[index], pattern, &bindings) else { return nil }
    }
    return build(rule.result, bindings)
  }

  /// Recursive in the pattern, which is two deep at most.
  private func matches(_ id: ID, _ pattern: Pattern, _ bindings: inout Bindings) -> Bool {
    switch pattern {
    case .any(let number):
      let bound = number == 0 ? bindings.0 : (number == 1 ? bindings.1 : bindings.2)
      if bound != Node.none { return bound == id }
      switch number {
      case 0: bindings.0 = id
      case 1: bindings.1 = id
      default: bindings.2 = id
      }
      return true
    case .constant(let value):
      return constant(id)?.bitPattern == value.bitPattern
    case .apply(let function, let operands):
      let node = nodes[id]
      guard node.operation == .apply(function) else { return false }
      let ids = [node.x, node.y, node.z]
      for (index, operand) in operands.enumerated() {
        guard matches(ids[index], operand, &bindings) else { return false }
      }
      return true
    }
  }

  private mutating func build(_ pattern: Pattern, _ bindings: Bindings) -> ID {
    switch pattern {
    case .any(let number): return number == 0 ? bindings.0 : (number == 1 ? bindings.1 : bindings.2)
    case .constant(let value): return constant(value)
    case .apply(let function, let operands):
      let ids = operands.map { build($0, bindings) }
      return apply(function, ids[0], ids.count > 1 ? ids[1] : Node.none, ids.count > 2 ? ids[2] : Node.none)
    }
  }
}
