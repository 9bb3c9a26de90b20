// SPDX-License-Identifier: Apache-2.0
//
// `weft functions`: the formula language, printed from the parser's own tables.

import ArgumentParser
import Weft

struct FunctionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "functions",
    abstract: "Show the formula language: names, operators, functions and their stated accuracy.")

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try StandardOutput.write((json ? Language.json.rendered : Language.text) + "\n")
  }
}

/// The language in words. What a formula means is decided at `Expression` (module Formula); this repeats it for users.
enum Language {
  static let semantics = """
    A formula gives the element in row i and column j. Operations are carried out
    as written: nothing is reordered, nothing is contracted (fma only where it is
    written). Formulas with index structure, made of sin and cos of forms like
    2*i*j+i-3, exp of a sum of a part in i and a part in j, and what depends on one
    index or one sum like i+j, are rounded once: their elements are the formula's
    value in quadruple precision, rounded to float64 at the end (0.5000 ulp, every
    element certified). In all others every value is a float64 number, nothing is
    kept more precise in between, + - * / are rounded to nearest once, and
    functions are as accurate as stated below. --accuracy best rounds every formula
    once, slowly; --accuracy fast takes functions within 4 ulp where they are
    quicker. 'weft explain' and --plan tell what a formula gets.

    Comparisons and logic give 0 or 1; a condition is true where it is not 0 (NaN
    is true). ? : && || and where evaluate only the operand they need. x^y with y
    written as 1, 2 or -1 means x, x*x, 1/x. sum and prod go from first to last in
    order. A float32 matrix rounds the float64 value once, at the end. A name bound
    by --let is a number. X[i, j] is an element of the matrix bound by
    --input X=PATH; an index outside it is an error. Spaces do not matter; names
    are case-sensitive.
    """

  static var text: String {
    let precedences = OperatorDescription.all.map { ($0.spelling, $0.meaning) }
    return
      ([
        semantics,
        "NAMES\n" + indented(ConstantDescription.all.map { ($0.name, $0.meaning) }),
        "NUMBERS\n" + indented([("1  0.5  .5  2.5e-3", "decimal, with an exponent where wanted")]),
        "OPERATORS, those that bind tightest first\n" + indented(precedences),
      ] + functions).joined(separator: "\n\n")
  }

  /// The functions by the accuracy of their results, in the order of the parser's table.
  private static var functions: [String] {
    var accuracies: [FunctionDescription.Accuracy] = []
    for function in FunctionDescription.all where !accuracies.contains(function.accuracy) {
      accuracies.append(function.accuracy)
    }
    return accuracies.map { accuracy in
      let group = FunctionDescription.all.filter { $0.accuracy == accuracy }
      return "FUNCTIONS, \(accuracy.rawValue)\n" + indented(group.map { (syntax(of: $0), $0.meaning) })
    }
  }

  static var json: JSON {
    .object([
      (
        "names",
        .array(ConstantDescription.all.map { .object([("name", .text($0.name)), ("meaning", .text($0.meaning))]) })
      ),
      (
        "operators",
        .array(
          OperatorDescription.all.map {
            .object([
              ("operator", .text($0.spelling)), ("precedence", .integer($0.precedence)), ("meaning", .text($0.meaning)),
            ])
          })
      ),
      (
        "functions",
        .array(
          FunctionDescription.all.map {
            .object([
              ("name", .text($0.name)), ("syntax", .text(syntax(of: $0))), ("meaning", .text($0.meaning)),
              ("accuracy", .text($0.accuracy.rawValue)),
            ])
          })
      ),
    ])
  }

  /// `atan2(y, x)`, `min(x, y, …)`.
  static func syntax(of function: FunctionDescription) -> String {
    "\(function.name)(\((function.parameters + (function.isVariadic ? ["…"] : [])).joined(separator: ", ")))"
  }

  private static func indented(_ lines: [(String, String)]) -> String {
    Summary.aligned(lines.map { ("  \($0.0)", $0.1) })
  }
}
