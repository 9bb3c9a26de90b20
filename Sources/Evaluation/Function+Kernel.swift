// SPDX-License-Identifier: Apache-2.0
//
// From the language's functions to the kernels' operations: the only place that knows both lists.

import CKernels
import Formula

extension Function {
  /// The kernel that computes this function of its operands in order.
  var kernelOperation: ck_operation {
    switch self {
    case .add: CK_ADD
    case .subtract: CK_SUBTRACT
    case .multiply: CK_MULTIPLY
    case .divide: CK_DIVIDE
    case .negate: CK_NEGATE
    case .squareRoot: CK_SQRT
    case .fusedMultiplyAdd: CK_FMA
    case .modulo: CK_MODULO
    case .abs: CK_ABS
    case .sign: CK_SIGN
    case .floor: CK_FLOOR
    case .ceil: CK_CEIL
    case .round: CK_ROUND
    case .trunc: CK_TRUNC
    case .minimum: CK_MINIMUM
    case .maximum: CK_MAXIMUM
    case .less: CK_LESS
    case .lessOrEqual: CK_LESS_EQUAL
    case .greater: CK_GREATER
    case .greaterOrEqual: CK_GREATER_EQUAL
    case .equal: CK_EQUAL
    case .notEqual: CK_NOT_EQUAL
    case .and: CK_AND
    case .or: CK_OR
    case .not: CK_NOT
    case .select: CK_SELECT
    case .sin: CK_SIN
    case .cos: CK_COS
    case .tan: CK_TAN
    case .asin: CK_ASIN
    case .acos: CK_ACOS
    case .atan: CK_ATAN
    case .atan2: CK_ATAN2
    case .sinh: CK_SINH
    case .cosh: CK_COSH
    case .tanh: CK_TANH
    case .asinh: CK_ASINH
    case .acosh: CK_ACOSH
    case .atanh: CK_ATANH
    case .sinpi: CK_SINPI
    case .cospi: CK_COSPI
    case .exp: CK_EXP
    case .exp2: CK_EXP2
    case .exp10: CK_EXP10
    case .expm1: CK_EXPM1
    case .log: CK_LOG
    case .log2: CK_LOG2
    case .log10: CK_LOG10
    case .log1p: CK_LOG1P
    case .power: CK_POW
    case .cubeRoot: CK_CBRT
    case .hypot: CK_HYPOT
    case .gamma: CK_GAMMA
    case .logGamma: CK_LGAMMA
    case .erf: CK_ERF
    case .erfc: CK_ERFC
    }
  }

  /// The kernel that computes it within 4 ulp, where there is a quicker one, as `isFast` asks for.
  func kernelOperation(isFast: Bool) -> ck_operation { isFast ? kernelOperation.quicker : kernelOperation }

  /// The chain step that computes this function when operand `position` is the accumulator, and which operands are
  /// the step's `y` and `z`; nil where there is no such step.
  ///
  /// Commuted forms are exact: IEEE addition, multiplication, minimum and maximum are commutative (NaN payloads aside,
  /// and those are made one at the sink), and `a < b` is `b > a`.
  func chainStep(accumulator position: Int) -> (operation: ck_operation, y: Int?, z: Int?)? {
    switch self {
    case .add, .multiply, .minimum, .maximum, .equal, .notEqual, .and, .or:
      return (kernelOperation, 1 - position, nil)
    case .subtract: return (position == 0 ? CK_SUBTRACT : CK_SUBTRACT_REVERSED, 1 - position, nil)
    case .divide: return (position == 0 ? CK_DIVIDE : CK_DIVIDE_REVERSED, 1 - position, nil)
    case .less: return (position == 0 ? CK_LESS : CK_GREATER, 1 - position, nil)
    case .lessOrEqual: return (position == 0 ? CK_LESS_EQUAL : CK_GREATER_EQUAL, 1 - position, nil)
    case .greater: return (position == 0 ? CK_GREATER : CK_LESS, 1 - position, nil)
    case .greaterOrEqual: return (position == 0 ? CK_GREATER_EQUAL : CK_LESS_EQUAL, 1 - position, nil)
    case .negate, .squareRoot, .abs, .sign, .floor, .ceil, .round, .trunc, .not: return (kernelOperation, nil, nil)
    case .fusedMultiplyAdd:
      return position == 2 ? (CK_FMA_ADDEND, 0, 1) : (CK_FMA, 1 - position, 2)
    case .select:
      switch position {
      case 0: return (CK_SELECT, 1, 2)
      case 1: return (CK_SELECT_THEN, 0, 2)
      default: return (CK_SELECT_ELSE, 0, 1)
      }
    case .modulo, .atan2, .power, .hypot: return position == 0 ? (kernelOperation, 1, nil) : nil
    default: return (kernelOperation, nil, nil)  // functions of one value
    }
  }
}

extension ck_operation {
  /// This step and the next as one step, where both are plain arithmetic.
  func then(_ next: ck_operation) -> ck_operation? {
    let plain = [CK_ADD, CK_SUBTRACT, CK_SUBTRACT_REVERSED, CK_MULTIPLY]
    guard let first = plain.firstIndex(of: self), let second = plain.firstIndex(of: next) else { return nil }
    return ck_operation(CK_ADD_THEN_ADD.rawValue + UInt32(first * plain.count + second))
  }

  /// The same function within 4 ulp, where there is one that is quicker.
  var quicker: ck_operation {
    switch self {
    case CK_SIN: CK_FAST_SIN
    case CK_COS: CK_FAST_COS
    case CK_TAN: CK_FAST_TAN
    case CK_ASIN: CK_FAST_ASIN
    case CK_ACOS: CK_FAST_ACOS
    case CK_ATAN: CK_FAST_ATAN
    case CK_ATAN2: CK_FAST_ATAN2
    case CK_SINH: CK_FAST_SINH
    case CK_COSH: CK_FAST_COSH
    case CK_LOG: CK_FAST_LOG
    case CK_LOG2: CK_FAST_LOG2
    case CK_CBRT: CK_FAST_CBRT
    case CK_HYPOT: CK_FAST_HYPOT
    default: self
    }
  }
}
