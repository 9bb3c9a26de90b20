// SPDX-License-Identifier: Apache-2.0
//
// Values written out as formulas again, for people who ask what the passes have made of theirs.

/// Writes operations as infix text with no more parentheses than it takes.
///
/// Contract: parsed, a text gives the same operations on the same values, unless it holds an ellipsis.
struct FormulaPrinter {
  /// Longer texts become an ellipsis. (Values that are used twice are written twice: texts would grow without limit.)
  var limit = Int.max

  /// A value in words.
  struct Text: Hashable {
    var string: String
    /// How tightly its outermost operator binds (`OperatorDescription.Precedence`).
    var precedence: Int

    /// What needs no parentheses anywhere.
    init(atom: String) { (string, precedence) = (atom, Precedence.power + 1) }

    fileprivate init(_ string: String, _ precedence: Int) { (self.string, self.precedence) = (string, precedence) }

    fileprivate var isAtom: Bool { precedence > Precedence.power }
    fileprivate var isSigned: Bool { string.utf8.first == UInt8(ascii: "-") }

    fileprivate func inParentheses(if condition: Bool) -> String { condition ? "(\(string))" : string }
  }

  private typealias Precedence = OperatorDescription.Precedence

  private func text(_ string: String, _ precedence: Int) -> Text {
    string.utf8.count <= limit ? Text(string, precedence) : Text(atom: "…")
  }

  private func atom(_ string: String) -> Text { text(string, Precedence.power + 1) }

  /// Shortest digits that read back to the same bits.
  func number(_ value: Double) -> Text {
    // Every NaN is the same.
    if value.isNaN { return Text(atom: "nan") }
    let name =
      ConstantDescription.all.first { if case .number(value.magnitude) = $0.kind { true } else { false } }?.name
    var digits = name ?? "\(value.magnitude)"
    if digits.hasSuffix(".0") { digits.removeLast(2) }
    return value.sign == .minus ? Text("-" + digits, Precedence.prefix) : Text(atom: digits)
  }

  func element(of matrix: String, _ row: Text, _ column: Text) -> Text {
    atom("\(matrix)[\(row.string),\(column.string)]")
  }

  func reduction(_ reduction: Program.Reduction, counter: String, _ first: Text, _ last: Text, _ term: Text) -> Text {
    let name = reduction == .sum ? "sum" : "prod"
    return atom("\(name)(\(counter), \(first.string), \(last.string), \(term.string))")
  }

  func apply(_ function: Function, _ operands: [Text]) -> Text {
    switch (function, operands.count) {
    case (.select, 3):
      let condition = operands[0].inParentheses(if: operands[0].precedence <= Precedence.conditional)
      return text("\(condition) ? \(operands[1].string) : \(operands[2].string)", Precedence.conditional)
    case (.negate, 1), (.not, 1):
      let x = operands[0]
      let sign = function == .not ? "!" : "-"
      return text(sign + x.inParentheses(if: x.precedence < Precedence.prefix || x.isSigned), Precedence.prefix)
    case (.multiply, 2) where operands[0] == operands[1] && !operands[0].isAtom:
      return power(operands[0], Text(atom: "2"))
    case (.power, 2):
      // A single 1, 2 or -1 would not mean the power function.
      let isSpecial = ["1", "2", "-1"].contains(operands[1].string)
      return power(operands[0], isSpecial ? apply(.multiply, [operands[1], Text(atom: "1")]) : operands[1])
    case (_, 2):
      let description = OperatorDescription.all.first { $0.function == function && $0.position == .infix }
      return description.map { infix($0, operands[0], operands[1]) } ?? call(function, operands)
    default:
      return call(function, operands)
    }
  }

  private func call(_ function: Function, _ operands: [Text]) -> Text {
    let name = FunctionDescription.all.first { $0.form == .function(function) }?.name ?? "\(function)"
    return atom("\(name)(\(operands.map(\.string).joined(separator: ", ")))")
  }

  /// Groups from the right; a sign may stand in the exponent.
  private func power(_ x: Text, _ y: Text) -> Text {
    text(
      x.inParentheses(if: !x.isAtom) + "^" + y.inParentheses(if: y.precedence < Precedence.prefix), Precedence.power)
  }

  /// All others group from the left, comparisons not at all. No two signs in a row.
  private func infix(_ operation: OperatorDescription, _ x: Text, _ y: Text) -> Text {
    let own = operation.precedence
    let doesChain = own != Precedence.comparison
    let left = x.inParentheses(if: doesChain ? x.precedence < own : x.precedence <= own)
    let right = y.inParentheses(if: y.precedence <= own || own == Precedence.sum && y.isSigned)
    let space = own <= Precedence.comparison ? " " : ""
    return text(left + space + operation.spelling + space + right, own)
  }
}
