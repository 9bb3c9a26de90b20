// SPDX-License-Identifier: Apache-2.0
//
// What can go wrong while a compiled formula runs. Thrown by the reference evaluator and by Evaluation, carried from
// worker to coordinator field by field: numbers and short texts only.

/// One element of the matrix could not be computed.
public struct EvaluationFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of fault. Open: later versions may add more.
  public struct Code: RawRepresentable, Sendable, Hashable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// An index lies outside the input matrix.
    public static let indexOutOfRange = Code(rawValue: "indexOutOfRange")
    /// An index is not an integer, or is NaN.
    public static let indexNotInteger = Code(rawValue: "indexNotInteger")
    /// The bounds of a sum or product are refused: see ``LoopBounds``.
    public static let tooManyTerms = Code(rawValue: "tooManyTerms")
  }

  public var code: Code
  /// The element: its `i` and `j` as the formula sees them, that is, with the origin added.
  public var i: Int
  public var j: Int
  /// The input matrix; empty for ``Code/tooManyTerms``.
  public var input: String
  public var inputRows: Int
  public var inputColumns: Int
  /// The row index asked for, as the formula wrote it; or the first bound of a sum.
  public var first: Double
  /// The column index asked for, as the formula wrote it; or the last bound of a sum.
  public var second: Double
  /// 0 or 1.
  public var origin: Int

  public init(
    code: Code, i: Int, j: Int, input: String, inputRows: Int, inputColumns: Int, first: Double, second: Double,
    origin: Int
  ) {
    self.code = code
    self.i = i
    self.j = j
    self.input = input
    self.inputRows = inputRows
    self.inputColumns = inputColumns
    self.first = first
    self.second = second
    self.origin = origin
  }

  /// A read of an input matrix, with both indexes as written.
  public init(
    code: Code, i: Int, j: Int, input: Program.Input, rowIndex: Double, columnIndex: Double, origin: Int
  ) {
    self.init(
      code: code, i: i, j: j, input: input.name, inputRows: input.rows, inputColumns: input.columns, first: rowIndex,
      second: columnIndex, origin: origin)
  }

  /// A sum or product whose bounds are refused.
  public init(tooManyTermsFrom first: Double, to last: Double, i: Int, j: Int, origin: Int) {
    self.init(
      code: .tooManyTerms, i: i, j: j, input: "", inputRows: 0, inputColumns: 0, first: first, second: last,
      origin: origin)
  }

  /// One sentence with the element, what it asked for, and the remedy.
  public var description: String { "\(what), at i = \(i), j = \(j); \(remedy)" }

  private var what: String {
    switch code {
    case .indexOutOfRange, .indexNotInteger:
      let place = "\(input)[\(Self.short(first)), \(Self.short(second))]"
      guard code == .indexOutOfRange else { return "\(place) has an index that is not an integer" }
      let shape =
        "\(inputRows) row\(inputRows == 1 ? "" : "s") and \(inputColumns) column\(inputColumns == 1 ? "" : "s")"
      return "\(place) is outside \(input), which has \(shape), counted from \(origin)"
    case .tooManyTerms:
      return LoopBounds.complaint(.sum, first: first, last: second)
    default:
      return "the element failed (\(code.rawValue))"
    }
  }

  private var remedy: String {
    switch code {
    case .indexOutOfRange: "guard it, as in i > 0 ? X[i-1, j] : 0"
    case .indexNotInteger: "round it, as in X[floor(i/2), j]"
    default: "check the bounds"
    }
  }

  /// 3 for 3.0: indexes are written without a point.
  private static func short(_ value: Double) -> String {
    if let integer = Int(exactly: value) { return String(integer) }
    return "\(value)"
  }
}
