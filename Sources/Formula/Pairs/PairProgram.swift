// SPDX-License-Identifier: Apache-2.0
//
// What `PairLowering` makes of a formula and what `Evaluation` runs for it: products and sums of tables and rotations.

/// A formula as products and sums of values that are cheap to know to far more than 53 bits.
///
/// Semantics: the element is the formula's value in quadruple precision, rounded once. How the operands are combined is
/// the evaluator's business, as long as it vouches for that.
public struct PairProgram: Sendable, Hashable {
  /// Along what a table runs.
  public enum Axis: Sendable, Hashable {
    case constant, row, column
    /// The value depends on a linear form of both indexes alone.
    case line(Program.Line)
  }

  public enum Operand: Sendable, Hashable {
    /// A part of the formula that takes few values: at most a few for each row and each column.
    case table(Axis, PairFormula)
    /// sin or cos of a form with a term in i·j, exact over the whole shape. `zeroIsPositive`: where the form is 0, the
    /// formula's own evaluation gives +0.
    case rotation(isCosine: Bool, isNegated: Bool, BilinearForm, zeroIsPositive: Bool)
  }

  public indirect enum Node: Sendable, Hashable {
    /// Position in ``operands``.
    case operand(Int)
    case multiply(Node, Node)
    case add(Node, Node)
  }

  public var operands: [Operand]
  public var result: Node
  public var origin: Int

  /// Operations per element, the last rounding not counted.
  public var operationCount: Int { result.operationCount }
}

extension PairProgram.Node {
  public var operationCount: Int {
    switch self {
    case .operand: 0
    case .multiply(let x, let y), .add(let x, let y): 1 + x.operationCount + y.operationCount
    }
  }
}

/// A part of a formula in postfix order: arithmetic, sin, cos and exp of numbers and indexes.
public struct PairFormula: Sendable, Hashable {
  public enum Step: Sendable, Hashable {
    case number(Double)
    case rowIndex, columnIndex
    /// `add`, `subtract`, `multiply`, `divide`, `negate`, `sin`, `cos` or `exp`.
    case apply(Function)
    /// The top value times itself.
    case square
  }
  public var steps: [Step]

  public init(_ steps: [Step]) { self.steps = steps }
}
