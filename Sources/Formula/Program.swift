// SPDX-License-Identifier: Apache-2.0
//
// What the passes make of a formula and what `Evaluation` runs: a list of values in single-assignment form, operands
// before users, each with the rate at which it varies. It names no register, block or pointer: how values are kept in
// cache is `Evaluation`'s business.

/// Where a value varies. A value's rate is the join of its operands' rates.
public struct Rate: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// The same for the whole matrix: computed once.
  public static let constant: Rate = []
  /// Depends on the row: computed once per row, broadcast along it.
  public static let row = Rate(rawValue: 1)
  /// Depends on the column: computed once per column, a table as long as a row.
  public static let column = Rate(rawValue: 2)
  /// Depends on both: computed for every element.
  public static let element: Rate = [.row, .column]
}

/// A compiled formula: the values needed for one element, in an order in which operands precede their users.
///
/// Semantics: IEEE 754 binary64, operation by operation as written; no reassociation, no contraction. A pass may only
/// skip work whose result is known bit for bit, so every element equals what `ReferenceEvaluator` gives
/// (any NaN equals any NaN).
public struct Program: Sendable, Hashable {
  /// One value and how it is made.
  public struct Value: Sendable, Hashable {
    public var operation: Operation
    /// Indexes into the same list of values, each smaller than this value's own index.
    public var operands: [Int]
    public var rate: Rate
    /// Where the value is the same along p·i + q·j = constant, and worth a table: that line.
    public var line: Line?
    public init(_ operation: Operation, _ operands: [Int] = [], rate: Rate) {
      self.operation = operation
      self.operands = operands
      self.rate = rate
    }
  }

  /// The direction (p, q) of a linear form p·i + q·j: no common divisor, q > 0.
  public struct Line: Sendable, Hashable {
    public var rows: Int
    public var columns: Int
    public init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  public enum Operation: Sendable, Hashable {
    /// A constant, by bit pattern (so that -0 and 0 differ and NaN equals itself).
    case constant(bitPattern: UInt64)
    /// `i`, the row index plus the origin.
    case rowIndex
    /// `j`, the column index plus the origin.
    case columnIndex
    /// Operands: the function's arguments.
    case apply(Function)
    /// An element of input matrix `input` (index into ``Program/inputs``). Operands: row index, column index (both in
    /// the formula's origin), guard. Where the guard is 0 the value is unused and an index out of range is no error.
    case gather(input: Int)
    /// A sum or product over a loop index whose bounds are not known before the run, or are too far apart to unroll.
    /// Operands: first, last, guard, then the values captured by the body. `k` runs first, first + 1, … while `k <= last`; the
    /// value is `((t₀ ∘ t₁) ∘ t₂) ∘ …`, and 0 (1 for a product) where there is no term. Where the guard is 0 there is none;
    /// elsewhere, bounds that ``LoopBounds`` refuses are a fault.
    case reduce(Reduction, body: Body)
    /// Only inside a body: `k`, the loop index.
    case loopIndex
    /// Only inside a body: 1 where this element's loop is running at this `k` (guard true, `k <= last`), else 0.
    case loopActive
    /// Only inside a body: the value captured as operand `3 + index` of the reduction.
    case captured(index: Int)
  }

  public enum Reduction: UInt8, Sendable, Hashable { case sum, product }

  /// The term of a reduction: its own value list. Rates inside a body are those within one step of the loop.
  public struct Body: Sendable, Hashable {
    public var values: [Value]
    public var result: Int
    public init(values: [Value], result: Int) {
      self.values = values
      self.result = result
    }
  }

  /// An input matrix the program reads.
  public struct Input: Sendable, Hashable {
    public var name: String
    public var rows: Int
    public var columns: Int
    public init(name: String, rows: Int, columns: Int) {
      self.name = name
      self.rows = rows
      self.columns = columns
    }
  }

  public var values: [Value]
  /// Index of the value that is the element.
  public var result: Int
  public var inputs: [Input]
  /// Added to the 0-based row and column to give `i` and `j`; subtracted from an index into an input matrix.
  public var origin: Int
  /// Whether the matrix is square and element (i, j) has the bits of element (j, i).
  public var isSymmetric = false
  /// Whether functions may be off by up to 4 ulp, where that is quicker.
  public var isFast = false

  public init(values: [Value], result: Int, inputs: [Input], origin: Int) {
    self.values = values
    self.result = result
    self.inputs = inputs
    self.origin = origin
  }
}
