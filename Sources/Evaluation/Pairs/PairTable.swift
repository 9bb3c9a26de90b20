// SPDX-License-Identifier: Apache-2.0
//
// A table of pairs: the values of a part of a formula along a row, a column or a line, each known to a relative 2^-90.

import CKernels
import Formula

/// Computes tables. Each entry is carried with a bound of its error; where the bound does not suffice (a difference that
/// cancels, an exact 0, whose sign matters) the entry is computed in quadruple precision.
@safe struct PairTableMaker {
  let kernels: UnsafePointer<ck_table>

  /// The values of `formula` for `count` neighbouring indexes: i + k·iStep and j + k·jStep.
  func table(
    _ formula: PairFormula, i: Double, iStep: Double = 0, j: Double, jStep: Double = 0, count: Int
  ) -> PairArrays {
    var stack: [PairArrays] = []
    for step in formula.steps {
      let result = PairArrays(count: count)
      switch step {
      case .number(let value): result.fill(value)
      case .rowIndex: result.ramp(from: i, by: iStep)
      case .columnIndex: result.ramp(from: j, by: jStep)
      case .square:
        let x = stack.removeLast()
        combine(x, CK_PAIR_MULTIPLY, x, into: result)
      case .apply(let function):
        let y = function.argumentCount == 2 ? stack.removeLast() : nil
        apply(function, stack.removeLast(), y, into: result)
      }
      stack.append(result)
    }
    let table = stack.removeLast()
    for k in 0..<count where !table.keepsTableError(at: k) {
      table.set(k, formula.value(i: i + Double(k) * iStep, j: j + Double(k) * jStep))
    }
    return table
  }

  private func apply(_ function: Function, _ x: PairArrays, _ y: PairArrays?, into out: PairArrays) {
    switch (function, y) {
    case (.add, let y?): combine(x, CK_PAIR_ADD, y, into: out)
    case (.subtract, let y?):
      y.negate()
      combine(x, CK_PAIR_ADD, y, into: out)
    case (.multiply, let y?): combine(x, CK_PAIR_MULTIPLY, y, into: out)
    case (.divide, let y?): unsafe kernels.pointee.pair_divide([x.array], [y.array], [out.array], out.count)
    case (.negate, nil):
      x.negate()
      combine(x, CK_PAIR_NONE, x, into: out)
    case (.exp, nil): unsafe kernels.pointee.pair_exp([x.array], [out.array], out.count)
    case (.sin, nil): unsafe kernels.pointee.pair_sin_cos(false, [x.array], [out.array], out.count)
    case (.cos, nil): unsafe kernels.pointee.pair_sin_cos(true, [x.array], [out.array], out.count)
    default: preconditionFailure("PairLowering makes tables of nothing else")
    }
  }

  private func combine(_ x: PairArrays, _ operation: ck_pair_operation, _ y: PairArrays, into out: PairArrays) {
    let width = Int(CK_PAIR_BLOCK)
    unsafe kernels.pointee.pair_pass(
      [x.operand(CK_PAIR_VALUE, step: width)], operation, [y.operand(CK_PAIR_VALUE, step: width)],
      [out.result(width: width)], out.count, 1)
  }
}

extension PairArrays {
  fileprivate func ramp(from first: Double, by step: Double) {
    for k in 0..<count { unsafe high[k] = first + Double(k) * step }
  }

  fileprivate func negate() {
    for k in 0..<count {
      unsafe high[k] = -high[k]
      unsafe low[k] = -low[k]
    }
  }

  /// Within half of what a table promises, the other half being left to the reference's own error; false for 0, NaN and
  /// numbers so small that products of them lose their tails.
  fileprivate func keepsTableError(at k: Int) -> Bool {
    let magnitude = unsafe high[k].magnitude
    return unsafe magnitude > 0x1p-450 && error[k] <= magnitude * (CK_TABLE_ERROR / 2)
  }

  fileprivate func set(_ k: Int, _ value: Quad) {
    let head = value.double
    unsafe high[k] = head
    let rest = Quad.value(of: .subtract, value, Quad(head), Quad(0)).double
    // No certificate for 0, whose sign counts, nor for a number too small for a pair: NaN fails every one.
    unsafe low[k] = head.magnitude > 0x1p-900 ? rest : .nan
    unsafe error[k] = 0
  }
}
