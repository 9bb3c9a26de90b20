// SPDX-License-Identifier: Apache-2.0
//
// Pass: a function whose operands are all constants becomes a constant.
//
// Contract: only functions that IEEE 754 defines to the last bit (`exactValue`) are folded, so that the constant is what
// every kernel table would have computed. An elementary function of constants stays a value of constant rate: Evaluation
// computes it once, by the same kernel as any other, and the matrix does not depend on where it was computed.
// Nothing is folded outside float64, so that 9^9^9^9 costs nothing.

extension Graph {
  mutating func folded(_ function: Function, _ x: ID, _ y: ID, _ z: ID) -> ID? {
    guard let first = constant(x) else { return nil }
    var values = (first, 0.0, 0.0)
    if y != Node.none {
      guard let second = constant(y) else { return nil }
      values.1 = second
    }
    if z != Node.none {
      guard let third = constant(z) else { return nil }
      values.2 = third
    }
    return function.exactValue(values.0, values.1, values.2).map { constant($0) }
  }
}
