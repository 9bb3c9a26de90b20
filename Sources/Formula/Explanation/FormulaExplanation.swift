// SPDX-License-Identifier: Apache-2.0
//
// What the passes have made of a formula, in words and figures: for people who wonder why it is fast, or slow.

/// A compiled formula, taken apart.
public struct FormulaExplanation: Sendable {
  public enum Form: String, Sendable {
    /// Products and sums of pairs of doubles, rounded once.
    case pairs
    /// Operation by operation, every one rounded.
    case operations
    /// Element by element in quadruple precision.
    case quadruple
  }

  /// How often something is computed.
  public enum Rate: Sendable, Hashable {
    case once, perRow, perColumn
    /// Once for each value of a linear form of the indexes.
    case perLine(Program.Line)
    case perElement
  }

  /// A part of the formula that ``element`` calls by its name.
  public struct Part: Sendable, Hashable {
    public var name: String
    /// Written out as a formula.
    public var text: String
    public var isRotation: Bool
    /// For a table: along what.
    public var rate: Rate
    /// Values computed for the whole matrix, at most.
    public var valueCount: Int
  }

  public var form: Form
  /// Why not pairs, as half a sentence; nil for pairs.
  public var obstacle: String?
  /// The tables and rotations, the dearest ones where there are many.
  public var parts: [Part] = []
  /// Operations by how often they are done; for pairs on pairs.
  public var counts: [(rate: Rate, count: Int)] = []
  /// What is left for each element, over the names of the parts.
  public var element = ""
  public var cost = Cost()

  /// What one element takes.
  public struct Cost: Sendable, Hashable {
    /// Additions, multiplications, divisions, square roots, comparisons; a fused multiply-add is two. In float64, for
    /// `quadruple` in binary128.
    public var operations = 0
    /// Calls of elementary functions.
    public var functions = 0
    /// Bytes read from tables, rotations and input matrices, almost all of it from a cache.
    public var bytesRead = 0
    /// Some of it is done in every turn of a loop, and is counted once.
    public var hasLoops = false
  }

  /// Names that parts can have; not those of the language, nor of counters.
  static let names = ["a", "b", "c", "d", "f", "g", "h", "p", "q", "r", "s"]
  static let textLimit = 160
}

extension BoundFormula {
  /// What `compiled`, compiled of this formula, does.
  public func explanation(_ compiled: CompiledFormula) -> FormulaExplanation {
    switch compiled {
    case .pairs(let program): return explanation(program)
    case .operations(let program): return explanation(program)
    case .quadruple:
      var result = FormulaExplanation(form: .quadruple, obstacle: PairLowering.obstacle(self), element: text)
      if let program = try? compile() { result.cost = ProgramCount(program).wholeCost }
      return result
    }
  }

  /// Values that a table along `rate` has, at most: some places of a line lie beside the matrix.
  func valueCount(_ rate: FormulaExplanation.Rate) -> Int {
    func product(_ x: Int, _ y: Int) -> Int {
      let (result, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? .max : result
    }
    switch rate {
    case .once: return 1
    case .perRow: return rows
    case .perColumn: return columns
    case .perElement: return product(rows, columns)
    case .perLine(let line):
      let span = product(abs(line.rows), max(0, rows - 1)).addingReportingOverflow(
        product(line.columns, max(0, columns - 1)))
      return min(span.overflow ? .max : span.partialValue + 1, product(rows, columns))
    }
  }

  private func explanation(_ program: PairProgram) -> FormulaExplanation {
    let printer = FormulaPrinter(limit: FormulaExplanation.textLimit)
    var result = FormulaExplanation(form: .pairs)
    var names: [FormulaPrinter.Text] = []
    for (name, operand) in zip(FormulaExplanation.names, program.operands) {
      names.append(FormulaPrinter.Text(atom: name))
      let (rate, isRotation) = operand.rate
      result.parts.append(
        FormulaExplanation.Part(
          name: name, text: printer.text(operand).string, isRotation: isRotation, rate: rate,
          valueCount: valueCount(rate)))
      result.cost.bytesRead += isRotation ? 48 : 16
      result.cost.operations += isRotation ? 10 : 0
    }
    result.element = printer.text(program.result, operands: names).string
    result.counts = [(.perElement, program.operationCount)]
    // The certificate at the end: 5, and 3 where it goes into a product with a table.
    result.cost.operations += program.result.doubleOperationCount
    if case .multiply(_, .operand) = program.result { result.cost.operations += 3 } else { result.cost.operations += 5 }
    return result
  }
}

extension PairProgram.Operand {
  fileprivate var rate: (FormulaExplanation.Rate, isRotation: Bool) {
    switch self {
    case .rotation: (.perElement, true)
    case .table(.constant, _): (.once, false)
    case .table(.row, _): (.perRow, false)
    case .table(.column, _): (.perColumn, false)
    case .table(.line(let line), _): (.perLine(line), false)
    }
  }
}

extension PairProgram.Node {
  /// In float64, as `pair_pass.inc` does them (a rotation there is 10, the certificate aside): a product with a table 8, one of two results some 16, a sum 15.
  fileprivate var doubleOperationCount: Int {
    switch self {
    case .operand: 0
    case .multiply(let x, .operand(_)): 8 + x.doubleOperationCount
    case .multiply(let x, let y): 16 + x.doubleOperationCount + y.doubleOperationCount
    case .add(let x, let y): 15 + x.doubleOperationCount + y.doubleOperationCount
    }
  }
}

extension Program.Line {
  /// The form that is the same all along it: `i+j`, `2*i+3*j`, `j-i`.
  public var formula: String {
    func term(_ count: Int, _ name: String) -> String { count == 1 ? name : "\(count)*\(name)" }
    return rows < 0 ? term(columns, "j") + "-" + term(-rows, "i") : term(rows, "i") + "+" + term(columns, "j")
  }
}
