// SPDX-License-Identifier: Apache-2.0
//
// Everything that is written as a call, in one list: the parser reads names and argument counts from it, spelling
// suggestions come from it, and `weft functions` prints it.

/// One function of the formula language, as a user sees it.
public struct FunctionDescription: Sendable {
  public let name: String
  /// Names of the arguments, for help texts: `["x", "y"]`.
  public let parameters: [String]
  /// Whether the last parameter may be repeated (`min`, `max`).
  public let isVariadic: Bool
  /// One line.
  public let meaning: String
  public let accuracy: Accuracy
  let form: Form

  /// How far a result may be from the true value of the function at the given (float64) arguments.
  public enum Accuracy: String, Sendable {
    /// No rounding at all.
    case exact = "exact"
    /// The float64 nearest to the true value: one IEEE 754 operation.
    case correctlyRounded = "correctly rounded"
    /// One unit in the last place at most.
    case oneUlp = "within 1 ulp"
    /// A loop of correctly rounded additions or multiplications, in order.
    case sequential = "each step correctly rounded, in order"
  }

  /// What the parser makes of the call.
  enum Form: Sendable, Hashable {
    /// Arguments are values. A variadic call is folded from the left: `min(a, b, c)` is `min(min(a, b), c)`.
    case function(Function)
    /// `where(c, a, b)`: as `c ? a : b`, only the chosen argument is evaluated.
    case choice
    /// `sum(k, first, last, term)`: the first argument is a new name, known in the last one only.
    case reduction(Program.Reduction)
    /// `rows(X)`, `columns(X)`: the argument is the name of an input matrix.
    case inputRows, inputColumns
  }

  /// `min(x, y, …)`: how a call is written.
  public var syntax: String {
    "\(name)(\(parameters.joined(separator: ", "))\(isVariadic ? ", …" : ""))"
  }

  private init(
    _ name: String, _ parameters: String..., is form: Form, isVariadic: Bool = false, accuracy: Accuracy = .oneUlp,
    means meaning: String
  ) {
    self.name = name
    self.parameters = parameters
    self.form = form
    self.isVariadic = isVariadic
    self.accuracy = accuracy
    self.meaning = meaning
  }

  /// In the order in which help shows them.
  public static let all: [FunctionDescription] = [
    .init("sin", "x", is: .function(.sin), means: "sine"),
    .init("cos", "x", is: .function(.cos), means: "cosine"),
    .init("tan", "x", is: .function(.tan), means: "tangent"),
    .init("asin", "x", is: .function(.asin), means: "inverse sine, in -pi/2 … pi/2"),
    .init("acos", "x", is: .function(.acos), means: "inverse cosine, in 0 … pi"),
    .init("atan", "x", is: .function(.atan), means: "inverse tangent, in -pi/2 … pi/2"),
    .init("atan2", "y", "x", is: .function(.atan2), means: "angle of the point (x, y), in -pi … pi"),
    .init("sinpi", "x", is: .function(.sinpi), means: "sin(pi*x) with pi not rounded: 0 at every integer"),
    .init("cospi", "x", is: .function(.cospi), means: "cos(pi*x) with pi not rounded"),
    .init("sinh", "x", is: .function(.sinh), means: "hyperbolic sine"),
    .init("cosh", "x", is: .function(.cosh), means: "hyperbolic cosine"),
    .init("tanh", "x", is: .function(.tanh), means: "hyperbolic tangent"),
    .init("asinh", "x", is: .function(.asinh), means: "inverse hyperbolic sine"),
    .init("acosh", "x", is: .function(.acosh), means: "inverse hyperbolic cosine"),
    .init("atanh", "x", is: .function(.atanh), means: "inverse hyperbolic tangent"),
    .init("exp", "x", is: .function(.exp), means: "e to the power x"),
    .init("exp2", "x", is: .function(.exp2), means: "2 to the power x"),
    .init("exp10", "x", is: .function(.exp10), means: "10 to the power x"),
    .init("expm1", "x", is: .function(.expm1), means: "exp(x) - 1 without cancellation near 0"),
    .init("log", "x", is: .function(.log), means: "natural logarithm"),
    .init("log2", "x", is: .function(.log2), means: "logarithm to base 2"),
    .init("log10", "x", is: .function(.log10), means: "logarithm to base 10"),
    .init("log1p", "x", is: .function(.log1p), means: "log(1 + x) without cancellation near 0"),
    .init("pow", "x", "y", is: .function(.power), means: "x^y; an exponent written as 1, 2 or -1 gives x, x*x, 1/x"),
    .init("sqrt", "x", is: .function(.squareRoot), accuracy: .correctlyRounded, means: "square root"),
    .init("cbrt", "x", is: .function(.cubeRoot), means: "cube root, negative for negative x"),
    .init("hypot", "x", "y", is: .function(.hypot), means: "sqrt(x*x + y*y) without overflow on the way"),
    .init("gamma", "x", is: .function(.gamma), means: "gamma function"),
    .init("lgamma", "x", is: .function(.logGamma), means: "logarithm of the absolute value of the gamma function"),
    .init("erf", "x", is: .function(.erf), means: "error function"),
    .init("erfc", "x", is: .function(.erfc), means: "1 - erf(x) without cancellation"),
    .init("abs", "x", is: .function(.abs), accuracy: .exact, means: "absolute value"),
    .init("sign", "x", is: .function(.sign), accuracy: .exact, means: "-1 or 1; x itself where x is 0, -0 or NaN"),
    .init("floor", "x", is: .function(.floor), accuracy: .exact, means: "largest integer <= x"),
    .init("ceil", "x", is: .function(.ceil), accuracy: .exact, means: "smallest integer >= x"),
    .init("round", "x", is: .function(.round), accuracy: .exact, means: "nearest integer, halves away from 0"),
    .init("trunc", "x", is: .function(.trunc), accuracy: .exact, means: "integer part, towards 0"),
    .init(
      "min", "x", "y", is: .function(.minimum), isVariadic: true, accuracy: .exact,
      means: "smallest; NaN if any is NaN; -0 is below 0"),
    .init(
      "max", "x", "y", is: .function(.maximum), isVariadic: true, accuracy: .exact,
      means: "largest; NaN if any is NaN; 0 is above -0"),
    .init(
      "mod", "x", "y", is: .function(.modulo), accuracy: .correctlyRounded,
      means: "x % y: floored remainder, with the sign of y"),
    .init(
      "fma", "x", "y", "z", is: .function(.fusedMultiplyAdd), accuracy: .correctlyRounded,
      means: "x*y + z, rounded once"),
    .init("where", "c", "a", "b", is: .choice, accuracy: .exact, means: "c ? a : b; only the chosen one is evaluated"),
    .init(
      "sum", "k", "first", "last", "term", is: .reduction(.sum), accuracy: .sequential,
      means: "term added up for k = first, first+1, … while k <= last; 0 if there is none"),
    .init(
      "prod", "k", "first", "last", "term", is: .reduction(.product), accuracy: .sequential,
      means: "term multiplied up for k = first, first+1, … while k <= last; 1 if there is none"),
    .init("rows", "X", is: .inputRows, accuracy: .exact, means: "number of rows of the input matrix X"),
    .init("columns", "X", is: .inputColumns, accuracy: .exact, means: "number of columns of the input matrix X"),
  ]

  /// Position in ``all``. A search, not a dictionary: building one takes longer than a formula's few look-ups, and every
  /// worker would build its own.
  static func index(of name: String) -> Int? { all.firstIndex { $0.name == name } }
}
