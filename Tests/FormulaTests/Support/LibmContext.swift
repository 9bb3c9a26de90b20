// SPDX-License-Identifier: Apache-2.0
//
// The reference evaluator's surroundings in tests: elementary functions from the C library, small input matrices.

import Glibc

@testable import Formula

struct LibmContext: ReferenceContext {
  /// Row-major, by position.
  var inputs: [[Double]] = []
  var shapes: [Program.Input] = []

  func element(input: Int, row: Int, column: Int) -> Double {
    inputs[input][row * shapes[input].columns + column]
  }

  func apply(_ function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double {
    switch function {
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tan: Glibc.tan(x)
    case .asin: Glibc.asin(x)
    case .acos: Glibc.acos(x)
    case .atan: Glibc.atan(x)
    case .atan2: Glibc.atan2(x, y)
    case .sinh: Glibc.sinh(x)
    case .cosh: Glibc.cosh(x)
    case .tanh: Glibc.tanh(x)
    case .asinh: Glibc.asinh(x)
    case .acosh: Glibc.acosh(x)
    case .atanh: Glibc.atanh(x)
    case .sinpi: Glibc.sin(.pi * x)
    case .cospi: Glibc.cos(.pi * x)
    case .exp: Glibc.exp(x)
    case .exp2: Glibc.exp2(x)
    case .exp10: Glibc.pow(10, x)
    case .expm1: Glibc.expm1(x)
    case .log: Glibc.log(x)
    case .log2: Glibc.log2(x)
    case .log10: Glibc.log10(x)
    case .log1p: Glibc.log1p(x)
    case .power: Glibc.pow(x, y)
    case .cubeRoot: Glibc.cbrt(x)
    case .hypot: Glibc.hypot(x, y)
    case .gamma: Glibc.tgamma(x)
    case .logGamma: Glibc.lgamma(x).0
    case .erf: Glibc.erf(x)
    case .erfc: Glibc.erfc(x)
    default: preconditionFailure("\(function) is exact")
    }
  }
}

/// The value of a formula without any name in its first element.
func value(_ text: String, row: Int = 0, column: Int = 0, origin: Int = 0) throws -> Double {
  let bound = try Formula(text).bind(rows: 10, columns: 10, origin: origin)
  return try ReferenceEvaluator(bound, context: LibmContext()).value(row: row, column: column)
}

/// The error of a text that is no formula.
func refusal(_ text: String) -> FormulaError? {
  do throws(FormulaError) {
    _ = try Formula(text)
    return nil
  } catch {
    return error
  }
}

/// Bits are the same; any NaN is any NaN.
func sameBits(_ a: Double, _ b: Double) -> Bool {
  a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}
