// SPDX-License-Identifier: Apache-2.0
//
// The pure element-wise operations of the formula language: the one list that the parser, the passes, the reference
// evaluator and the kernel table share. Adding a function starts here; the compiler then names every switch to extend.

/// A pure function of one, two or three `Double` values, applied element by element.
///
/// Operators of the language are functions too (`+` is ``add``). Comparisons and logical operators give 0 or 1;
/// any value other than 0 counts as true, NaN included (as in C).
public enum Function: UInt8, CaseIterable, Sendable, Hashable {
  // Arithmetic: one IEEE 754 operation each, rounded once.
  case add, subtract, multiply, divide, negate, squareRoot, fusedMultiplyAdd
  /// `x % y`: floored, the result has the sign of `y` (as in Python). `fmod` exactly, then `+ y` where signs
  /// differ; a remainder of 0 has the sign of `y`.
  case modulo
  // Exact.
  case abs, sign, floor, ceil, round, trunc, minimum, maximum
  // Comparisons and logic: 0 or 1. `select(c, a, b)` is `c != 0 ? a : b`.
  case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual, and, or, not, select
  // Elementary and special functions: within 1 ulp.
  case sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, asinh, acosh, atanh, sinpi, cospi
  case exp, exp2, exp10, expm1, log, log2, log10, log1p, power, cubeRoot, hypot
  case gamma, logGamma, erf, erfc
}
