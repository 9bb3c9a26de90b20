// SPDX-License-Identifier: Apache-2.0
//
// The operators and how tightly they bind: the parser's precedence table, printed by `weft functions`.

/// One operator of the formula language, as a user sees it.
public struct OperatorDescription: Sendable {
  /// How it is written; alternatives are separate entries.
  public let spelling: String
  /// One line.
  public let meaning: String
  /// A higher number binds tighter. Comparisons do not chain; `^` and `? :` group from the right, others from the left.
  public let precedence: Int

  let symbol: Token.Symbol
  let position: Position
  let function: Function?

  enum Position: Sendable { case prefix, infix, conditional }

  enum Precedence {
    static let conditional = 1, or = 2, and = 3, comparison = 4, sum = 5, product = 6, prefix = 7, power = 8
  }

  private init(
    _ spelling: String, _ symbol: Token.Symbol, _ position: Position, _ precedence: Int, _ function: Function?,
    _ meaning: String
  ) {
    self.spelling = spelling
    self.symbol = symbol
    self.position = position
    self.precedence = precedence
    self.function = function
    self.meaning = meaning
  }

  /// Tightest first.
  public static let all: [OperatorDescription] = [
    .init("^", .power, .infix, Precedence.power, .power, "power; -2^2 is -(2^2), 2^3^2 is 2^(3^2)"),
    .init("**", .power, .infix, Precedence.power, .power, "the same"),
    .init("-", .minus, .prefix, Precedence.prefix, .negate, "negation"),
    .init("+", .plus, .prefix, Precedence.prefix, nil, "nothing"),
    .init("!", .not, .prefix, Precedence.prefix, .not, "1 if the operand is 0, else 0"),
    .init("*", .times, .infix, Precedence.product, .multiply, "product"),
    .init("/", .divide, .infix, Precedence.product, .divide, "quotient"),
    .init("%", .modulo, .infix, Precedence.product, .modulo, "floored remainder, with the sign of the right operand"),
    .init("+", .plus, .infix, Precedence.sum, .add, "sum"),
    .init("-", .minus, .infix, Precedence.sum, .subtract, "difference"),
    .init("<", .less, .infix, Precedence.comparison, .less, "1 if less, else 0"),
    .init("<=", .lessOrEqual, .infix, Precedence.comparison, .lessOrEqual, "1 if less or equal, else 0"),
    .init(">", .greater, .infix, Precedence.comparison, .greater, "1 if greater, else 0"),
    .init(">=", .greaterOrEqual, .infix, Precedence.comparison, .greaterOrEqual, "1 if greater or equal, else 0"),
    .init("==", .equal, .infix, Precedence.comparison, .equal, "1 if equal, else 0"),
    .init("!=", .notEqual, .infix, Precedence.comparison, .notEqual, "1 if different, else 0"),
    .init("&&", .and, .infix, Precedence.and, .and, "1 if both are not 0; the right one is evaluated only if needed"),
    .init("||", .or, .infix, Precedence.or, .or, "1 if one is not 0; the right one is evaluated only if needed"),
    .init(
      "? :", .question, .conditional, Precedence.conditional, .select, "c ? a : b; only the chosen one is evaluated"),
  ]

  private static func table(_ position: Position) -> [OperatorDescription?] {
    Token.Symbol.allCases.map { symbol in all.first { $0.position == position && $0.symbol == symbol } }
  }
  private static let prefixes = table(.prefix)
  private static let infixes = table(.infix)

  static func prefix(_ symbol: Token.Symbol) -> OperatorDescription? { prefixes[Int(symbol.rawValue)] }
  static func infix(_ symbol: Token.Symbol) -> OperatorDescription? { infixes[Int(symbol.rawValue)] }
}
