// SPDX-License-Identifier: Apache-2.0
//
// Least squares from the factors, for a matrix of full column rank: ‖A·X − B‖ = ‖R·Z − Qᵀ·B‖, and Z with R·Z = the first
// n rows of Qᵀ·B leaves only the others. X is Z with its rows where A's columns were.

import MatrixCore

extension QRFactorization {
  /// The X of smallest ‖A·X − B‖, column by column; A is m×n with m ≥ n, B is m×k and X is n×k. For a square A it
  /// solves A·X = B.
  ///
  /// X is exact for matrices that differ from A and B by a small multiple of m·n·ε, column by column (Higham, Accuracy and
  /// Stability of Numerical Algorithms, 2nd ed., Theorem 20.3). A is not of full rank where R has a zero on its
  /// diagonal; up to rounding, where ``reciprocalCondition()`` is near ε. ``LeastSquares`` looks, and handles both.
  ///
  /// - Throws: `singular` with the column, `shapeMismatch` (also where m < n: there is more than one X), `notFinite`,
  ///   `overflow`, `tooLarge`, `outOfMemory`.
  public func solve(_ b: some StridedReadable<Element>) throws(LinearAlgebraError) -> Matrix<Element> {
    try requireAsManyRowsAsColumns(for: "the solution")
    let count = try b.rightHandSides(of: rows)
    if let pivot = firstZeroPivot {
      throw LinearAlgebraError(
        .singular,
        "the solution is not unique: column \(columnOrder[pivot]) of the matrix (counted from 0) is a combination of "
          + "other columns. Use LeastSquares.solve, which finds the shortest one",
        pivot: pivot)
    }
    _ = try Self.workCount(forProductWithQ: b.columns)
    var y = try b.finiteCopy("the right-hand side")
    // An infinity that arises here spreads to X, which is looked at.
    try multiplyByQ(.transposed, &y)
    var x = try Matrix<Element>(forAnswer: Shape(ofAnswer: columns, b.columns))
    guard !x.isEmpty else { return x }
    let order = try Int32(blas: columns, "the number of columns")
    let rowStride = try Int32(blas: rows, "the number of rows")
    let library = try BLASLibrary.open()
    y.withMutableElements { y in
      library.call(for: Element.self) { routines in
        routines.solveTriangular(
          factors.elements, .lower(.transposed), order: order, rowStride: rowStride, columns: count, &y)
      }
      x.withMutableElements { placeRows(of: y.span, columns: b.columns, at: columnOrder, in: &$0) }
    }
    try requireInRange(x, "the solution")
    return x
  }

  /// The first zero on the diagonal of R, counted from 0.
  var firstZeroPivot: Int? { diagonal.firstIndex(of: 0) }

  func requireAsManyRowsAsColumns(for operation: String) throws(LinearAlgebraError) {
    guard rows >= columns else {
      throw LinearAlgebraError(
        .shapeMismatch,
        "\(operation) by QR needs at least as many rows as columns, not \(rows)×\(columns). "
          + "Use LeastSquares.solve, which finds the shortest solution")
    }
  }
}

/// Row `order[i]` of the target becomes row `i` of the source, which may have more rows.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func placeRows<Value: MatrixElement>(
  of source: Span<Value>, columns: Int, at order: [Int], in target: inout MutableSpan<Value>
) {
  precondition(source.count >= order.count * columns && target.count == order.count * columns)
  unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      guard let from = source.baseAddress, let to = target.baseAddress else { return }
      for i in order.indices { unsafe (to + order[i] * columns).update(from: from + i * columns, count: columns) }
    }
  }
}
