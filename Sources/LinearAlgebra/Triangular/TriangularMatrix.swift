// SPDX-License-Identifier: Apache-2.0
//
// One triangle of a matrix, taken as a matrix of its own where it lies: what is factored already. Solve, inverse and
// condition stand beside it, one file each.

import MatrixCore

/// The lower or the upper triangle of a square matrix, without a copy; the elements beyond it are never read.
///
///     let t = try TriangularMatrix(a, .lower)
///     let x = try t.solve(b)                    // T·X = B, by substitution
///     let y = try t.solve(b, .transposed)       // Tᵀ·Y = B
public struct TriangularMatrix<Source: StridedReadable>: Sendable {
  public typealias Element = Source.Element

  public let triangle: Triangle
  /// Whether the diagonal counts as ones, whatever is stored there.
  public let hasUnitDiagonal: Bool
  /// The first zero on the diagonal, counted from 0: the matrix is then singular.
  public let firstZeroPivot: Int?

  let source: Source

  /// Rows and columns of the matrix.
  public var order: Int { source.rows }

  /// - Parameter unitDiagonal: the diagonal counts as ones and is not read.
  /// - Throws: `shapeMismatch` where `source` is not square; `notFinite` where the triangle holds NaN or an infinity.
  public init(_ source: Source, _ triangle: Triangle, unitDiagonal: Bool = false) throws(LinearAlgebraError) {
    try source.requireSquare(for: "a triangular matrix")
    for i in 0..<source.rows {
      let belowOrLeft = triangle == .lower ? 0..<i : i + 1..<source.columns
      let read = unitDiagonal ? belowOrLeft : min(belowOrLeft.lowerBound, i)..<max(belowOrLeft.upperBound, i + 1)
      if let offset = indexOfFirstNonFinite(source.row(i).extracting(read)) {
        throw source.notFinite("the triangular matrix", i, read.lowerBound + offset)
      }
    }
    self.source = source
    self.triangle = triangle
    hasUnitDiagonal = unitDiagonal
    firstZeroPivot = unitDiagonal ? nil : (0..<source.rows).first { source[$0, $0] == 0 }
  }

  /// The triangle as a matrix, with zeros beyond it.
  ///
  /// - Throws: `outOfMemory`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    try Matrix(triangle, of: source, unitDiagonal: hasUnitDiagonal)
  }

  /// - Throws: `singular` with the place of the first zero, where there is no inverse for `operation`.
  func requireNonsingular(for operation: String) throws(LinearAlgebraError) {
    guard let pivot = firstZeroPivot else { return }
    throw LinearAlgebraError(
      .singular,
      "\(operation) is not possible: the triangular matrix is singular, "
        + "its diagonal element \(pivot) of \(order) (counted from 0) is zero",
      element: LinearAlgebraError.Element(row: pivot, column: pivot), pivot: pivot)
  }
}
