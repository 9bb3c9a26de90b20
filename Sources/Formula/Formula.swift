// SPDX-License-Identifier: Apache-2.0
//
// The door of the module: text in, `Formula` out; then `bind` and `compile`. Called by Weft's plan and by the workers.

/// A formula in `i` and `j`, read and checked, not yet bound to a shape or to values. What it means is stated once, at
/// ``Expression``.
///
/// Equal formulas have equal texts. At most 64 KiB, 256 levels; see ``FormulaError`` for what is refused.
public struct Formula: Sendable, Hashable, CustomStringConvertible {
  public let text: String
  let source: SourceText
  let expression: Expression

  /// Throws where the text is no formula. Names that the language does not know are accepted here and must be
  /// bound later.
  public init(_ text: String) throws(FormulaError) {
    self.text = text
    source = try SourceText(text)
    expression = try Parser.parse(source)
  }

  /// A name that has to be bound before the formula can be compiled.
  public struct Name: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      /// A number: `parameters` in ``Formula/bind(rows:columns:origin:parameters:inputs:)``.
      case parameter
      /// A matrix, indexed or asked for its shape: `inputs`.
      case input
    }
    public let text: String
    public let kind: Kind
  }

  /// The names to be bound, in order of first appearance.
  public var names: [Name] {
    expression.names.map { Name(text: $0.text, kind: $0.isInput ? .input : .parameter) }
  }

  /// Whether a name belongs to the language, and so can be bound neither by `bind` nor by `sum(k, …)`.
  public static func isReserved(_ name: String) -> Bool {
    ConstantDescription.kind(of: name) != nil || FunctionDescription.index(of: name) != nil
  }

  public var description: String { text }

  public static func == (a: Formula, b: Formula) -> Bool { a.text == b.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// `bind`, then ``BoundFormula/compile()``.
  public func compile(
    rows: Int, columns: Int, origin: Int = 0, parameters: [String: Double] = [:], inputs: [Program.Input] = []
  ) throws(FormulaError) -> Program {
    try bind(rows: rows, columns: columns, origin: origin, parameters: parameters, inputs: inputs).compile()
  }
}
