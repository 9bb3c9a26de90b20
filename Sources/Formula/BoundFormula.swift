// SPDX-License-Identifier: Apache-2.0
//
// A formula whose every name has a value: what the passes compile and what the reference evaluator runs. Made by
// `Formula.bind`.

/// A ``Formula`` for one shape, with its parameters and input matrices known.
public struct BoundFormula: Sendable {
  public let rows: Int
  public let columns: Int
  /// 0 or 1: what `i` is in the first row and `j` in the first column.
  public let origin: Int
  /// In the order given to `bind`; programs and evaluators name an input by its position here.
  public let inputs: [Program.Input]
  let source: SourceText
  /// The formula as written.
  public var text: String { source.text }
  /// Without names: `parameter`, `rows`, `columns`, `inputRows` and `inputColumns` have become numbers.
  let nodes: [Expression.Node]
}

extension Formula {
  /// Gives every name its value.
  ///
  /// Throws where a name is unknown, of the wrong kind, taken by the language or bound twice. A bound name that the formula
  /// does not use is an error too: it is most likely a misspelling, and silently ignoring it would change results.
  /// `rows` and `columns` are the result's shape, not negative; `origin` is 0 or 1.
  public func bind(
    rows: Int, columns: Int, origin: Int = 0, parameters: [String: Double] = [:], inputs: [Program.Input] = []
  ) throws(FormulaError) -> BoundFormula {
    precondition(rows >= 0 && columns >= 0, "a shape is not negative")
    precondition(origin == 0 || origin == 1, "indexes start at 0 or 1")
    let bindings = try Bindings(parameters: parameters, inputs: inputs, formula: self)
    var nodes = expression.nodes
    for index in nodes.indices {
      switch nodes[index].kind {
      case .rows: nodes[index].kind = .number(Double(rows))
      case .columns: nodes[index].kind = .number(Double(columns))
      case .parameter(let name): nodes[index].kind = .number(bindings.parameters[name])
      case .inputRows(let name): nodes[index].kind = .number(Double(inputs[bindings.inputs[name]].rows))
      case .inputColumns(let name): nodes[index].kind = .number(Double(inputs[bindings.inputs[name]].columns))
      case .element(let name): nodes[index].kind = .element(input: bindings.inputs[name])
      case .apply(.power):
        // In postfix order the exponent is what stands just before; a number there is the whole exponent.
        // x^3 is not defined by products: x*x*x can be off by more than 1 ulp.
        guard case .number(let exponent) = nodes[index - 1].kind else { break }
        if exponent == 1 || exponent == 2 || exponent == -1 { nodes[index].kind = .integerPower(Int(exponent)) }
      default: break
      }
    }
    return BoundFormula(
      rows: rows, columns: columns, origin: origin, inputs: inputs, source: source, nodes: nodes)
  }
}

/// What every name of a formula is bound to, by position in `Expression.names`.
private struct Bindings {
  /// For names that are inputs: not meaningful.
  var parameters: [Double] = []
  /// For names that are parameters: not meaningful.
  var inputs: [Int] = []

  init(parameters given: [String: Double], inputs matrices: [Program.Input], formula: Formula) throws(FormulaError) {
    var positions: [String: Int] = [:]
    for (position, matrix) in matrices.enumerated() {
      try Self.check(matrix.name)
      guard positions.updateValue(position, forKey: matrix.name) == nil, given[matrix.name] == nil else {
        throw FormulaError(.invalidName, "the name \(matrix.name) is bound twice: give each name one value")
      }
    }
    // Sorted, so that the same mistake gives the same message every time.
    for name in given.keys.sorted() { try Self.check(name) }

    for name in formula.expression.names {
      let number = given[name.text]
      let position = positions[name.text]
      guard name.isInput ? position != nil : number != nil else {
        throw Self.unbound(name, isOtherKind: number != nil || position != nil, given, matrices, formula)
      }
      parameters.append(number ?? .nan)
      inputs.append(position ?? -1)
    }

    let used = Set(formula.expression.names.map(\.text))
    if let unused = (matrices.map(\.name) + given.keys.sorted()).first(where: { !used.contains($0) }) {
      let kind = given[unused] == nil ? "input matrix" : "parameter"
      throw FormulaError(
        .unusedName, "the \(kind) \(unused) is not used in the formula: remove it, or correct its name",
        text: formula.text)
    }
  }

  /// Refuses what could never be used, or would hide a name of the language.
  private static func check(_ name: String) throws(FormulaError) {
    guard Lexer.isName(name) else {
      throw FormulaError(
        .invalidName, "\"\(name)\" cannot be a name: names are ASCII letters, digits and _, not starting with a digit")
    }
    guard !Formula.isReserved(name) else {
      throw FormulaError(
        .invalidName, "the name \(name) has a meaning in every formula: choose another name")
    }
  }

  private static func unbound(
    _ name: Expression.Name, isOtherKind: Bool, _ given: [String: Double], _ matrices: [Program.Input],
    _ formula: Formula
  ) -> FormulaError {
    let text = formula.source.quoted(name.range)
    if isOtherKind {
      return formula.source.error(
        .conflictingUse, at: name.range,
        name.isInput
          ? "\(text) is given as a number, and the formula uses it as an input matrix"
          : "\(text) is an input matrix: for one of its elements write \(text)[i, j]")
    }
    let ofItsKind = name.isInput ? matrices.map(\.name) : given.keys.sorted()
    let ofTheLanguage = name.isInput ? [] : ConstantDescription.all.map(\.name) + FunctionDescription.all.map(\.name)
    let what = name.isInput ? "input matrix" : "name"
    if let suggestion = Spelling.suggestion(for: name.text, among: ofItsKind + ofTheLanguage) {
      return formula.source.error(
        .unknownName, at: name.range, "unknown \(what) \"\(text)\"; did you mean \"\(suggestion)\"?",
        suggestion: suggestion)
    }
    if let value = ["true": "1", "false": "0", "none": "nan", "null": "nan"][name.text.lowercased()] {
      return formula.source.error(
        .unknownName, at: name.range, "unknown name \"\(text)\"; write \(value)", suggestion: value)
    }
    return formula.source.error(
      .unknownName, at: name.range,
      name.isInput
        ? "unknown input matrix \"\(text)\"; give it with --input \(text)=PATH, or in inputs"
        : "unknown name \"\(text)\"; give it a value with --let \(text)=NUMBER, or in parameters")
  }
}
