// SPDX-License-Identifier: Apache-2.0
// The number of rows and columns of a matrix, checked once, here: whoever holds a `Shape` may multiply its sides
// without a further look. Used by every module above; the readers and the command line build it from foreign numbers.

/// The sides of a matrix. `rows * columns * 8` (its bytes as float64) is known to fit in an `Int`.
///
/// Zero rows or zero columns are a shape like any other: the matrix is empty.
///
///     (3, 4)          → 12 elements            (0, 5), (5, 0), (0, 0) → empty
///     (-1, 4)         → ShapeError.negative    (2^62, 3)              → ShapeError.tooLarge
///     (2^62, 0)       → empty: nothing is multiplied past the limit
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  public let rows: Int
  public let columns: Int

  /// - Throws: `ShapeError` when a side is negative, or the elements would take more than `Int.max` bytes as float64.
  public init(rows: Int, columns: Int) throws(ShapeError) {
    guard rows >= 0, columns >= 0 else {
      throw ShapeError(
        code: .negative,
        message: "a matrix of \(rows)×\(columns) is not possible: rows and columns must be zero or more")
    }
    let (count, countOverflow) = rows.multipliedReportingOverflow(by: columns)
    let (_, byteOverflow) = count.multipliedReportingOverflow(by: ElementType.widest.byteCount)
    guard !countOverflow, !byteOverflow else {
      throw ShapeError(
        code: .tooLarge,
        message: "a matrix of \(rows)×\(columns) is larger than any address space: use fewer rows or columns")
    }
    self.rows = rows
    self.columns = columns
  }

  /// Sides that are known to be possible: those of a part of a matrix, or of its transpose.
  init(trusting rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Elements in all.
  @inlinable  // for the bounds checks of `subscript`, in the user's own loops
  public var count: Int { rows &* columns }

  /// True when there is no element.
  public var isEmpty: Bool { rows == 0 || columns == 0 }

  /// Bytes of all elements of this type, rows one after the other without a gap.
  public func byteCount(of type: ElementType) -> Int { count &* type.byteCount }

  public var description: String { "\(rows)×\(columns)" }
}

/// A shape that cannot be. The message is one sentence with both sides in it.
public struct ShapeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was wrong; more may be added.
  public struct Code: Hashable, Sendable {
    let name: String
    /// A side below zero.
    public static let negative = Code(name: "negative")
    /// Elements or bytes past `Int.max`.
    public static let tooLarge = Code(name: "tooLarge")
  }

  public let code: Code
  public let message: String

  public var description: String { message }
}
