// SPDX-License-Identifier: Apache-2.0
//
// Why a formula is not carried as pairs, in a sentence: what stood in the way of `PairLowering` first.

extension PairLowering {
  /// Nil where nothing does.
  static func obstacle(_ formula: BoundFormula) -> String? {
    guard formula.nodes.count <= nodeLimit else { return "it has more than \(nodeLimit) operations, names and numbers" }
    guard formula.rows > 0, formula.columns > 0 else { return "the matrix has no elements" }
    var pass = PairLowering(formula)
    guard let value = pass.run() else { return pass.sentence(at: formula.nodes[pass.position]) }
    guard value.usesFunction else { return hasNoFunction }
    guard let node = pass.node(value) else {
      return "its values depend on both indexes in no way that pairs can follow"
    }
    if node.operationCount > operationLimit { return "it takes more than \(operationLimit) operations on pairs" }
    return lower(formula) == nil ? "its values could overflow, or become too small for pairs" : nil
  }

  private static let hasNoFunction = "it has no sin, cos or exp, and plain arithmetic is quicker so"

  private func sentence(at node: Expression.Node) -> String {
    let text = formula.source.quoted(node.range)
    switch node.kind {
    case .element: return "it reads an input matrix, in \(text)"
    case .then, .otherwise, .select: return "it has a choice"
    case .andThen, .orElse: return "it has a condition"
    case .loop, .loopIndex, .reduce: return "it has a sum or product over a counter"
    case .apply(.sin), .apply(.cos):
      return "the argument in \(text) is no a*i*j + b*i + c*j + d with numbers that stay exact in float64"
    case .apply(.exp):
      return "the exponent in \(text) is no sum of a part in i and a part in j within \(Int(Self.exponentLimit))"
    case .apply(.add), .apply(.subtract), .apply(.multiply), .apply(.divide), .apply(.negate), .integerPower, .number:
      return usesFunction ? arithmeticSentence(at: node) : Self.hasNoFunction
    case .apply(let function):
      let name = FunctionDescription.all.first { $0.form == .function(function) }?.name ?? text
      return "\(name) is none of arithmetic, sin, cos and exp"
    default: return "of \(text)"
    }
  }

  private func arithmeticSentence(at node: Expression.Node) -> String {
    switch node.kind {
    case .apply(.divide), .integerPower(-1): "it divides by what depends on both indexes, or could be 0"
    default:
      "at \(formula.source.quoted(node.range)), a value of both indexes is neither made of sin, cos and exp nor what they can be taken of"
    }
  }

  private var usesFunction: Bool {
    formula.nodes.contains { node in [.apply(.sin), .apply(.cos), .apply(.exp)].contains(node.kind) }
  }
}
