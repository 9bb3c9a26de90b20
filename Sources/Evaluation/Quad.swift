// SPDX-License-Identifier: Apache-2.0
//
// Quadruple precision: what formulas that are rounded once are defined by.

import CKernels
import Formula

/// A number in IEEE binary128: 113 bits, the exponents of some 10^±4900.
public struct Quad: Sendable {
  var bits: ck_quad

  public init(_ value: Double) { bits = ck_quad_from_double(value) }

  private init(bits: ck_quad) { self.bits = bits }

  /// Rounded to nearest, ties to even.
  public var double: Double { ck_quad_to_double(bits) }

  public var isZero: Bool { bits.low == 0 && bits.high & (1 << 63 - 1) == 0 }

  /// A function of the language, off by a few units in the last of 113 bits at most; arithmetic is rounded once.
  public static func value(of function: Function, _ x: Quad, _ y: Quad, _ z: Quad) -> Quad {
    Quad(bits: ck_quad_apply(function.kernelOperation, x.bits, y.bits, z.bits))
  }
}

/// The reference evaluator's numbers for formulas that are rounded once. Input elements come from the caller.
public protocol QuadContext: ReferenceArithmetic where Number == Quad {}

extension QuadContext {
  public func number(_ value: Double) -> Quad { Quad(value) }
  public func double(_ number: Quad) -> Double { number.double }
  public func isZero(_ number: Quad) -> Bool { number.isZero }
  public func value(of function: Function, _ x: Quad, _ y: Quad, _ z: Quad) -> Quad {
    Quad.value(of: function, x, y, z)
  }
}

/// For formulas without inputs.
struct QuadWithoutInputs: QuadContext {
  func element(input: Int, row: Int, column: Int) -> Double { preconditionFailure("the formula has no inputs") }
}

extension PairFormula {
  /// The value at `i` and `j` in quadruple precision.
  func value(i: Double, j: Double) -> Quad {
    var stack: [Quad] = []
    let zero = Quad(0)
    for step in steps {
      switch step {
      case .number(let value): stack.append(Quad(value))
      case .rowIndex: stack.append(Quad(i))
      case .columnIndex: stack.append(Quad(j))
      case .square:
        let x = stack.removeLast()
        stack.append(Quad.value(of: .multiply, x, x, zero))
      case .apply(let function):
        let y = function.argumentCount == 2 ? stack.removeLast() : zero
        stack.append(Quad.value(of: function, stack.removeLast(), y, zero))
      }
    }
    return stack.removeLast()
  }
}
