// SPDX-License-Identifier: Apache-2.0
//
// A·X = B from the factors. With A = L·U·S (S the exchanges): L·U·(S·X) = B, and Aᵀ = Sᵀ·Uᵀ·Lᵀ: Uᵀ·Lᵀ·X = S·B.
//
// One right-hand side is the same memory row-major and column-major, and goes to LAPACK's getrs. Several are not: getrs
// wants them column by column. Two triangular solutions from CBLAS take them as they lie, and the exchanges are swaps of
// whole rows; that saves a transposed copy of B and of X and runs at the speed of the matrix product.

import MatrixCore

extension LUFactorization {
  /// X with op(A)·X = B; B is n×m, one right-hand side a column, and so is X.
  ///
  /// The computed X solves a nearby problem: its ``StridedReadable/backwardError(ofSolution:rightHandSide:)`` is a small
  /// multiple of n·ε unless the pivots grew, which is checkable and rare. How far it is from the true X is that times
  /// the condition number.
  ///
  /// - Throws: `singular`, `shapeMismatch`, `notFinite` where B has NaN or an infinity, `overflow`, `tooLarge`,
  ///   `outOfMemory`.
  public func solve(
    _ b: some StridedReadable<Element>, _ transpose: Transpose = .asStored
  ) throws(LinearAlgebraError) -> Matrix<Element> {
    _ = try b.rightHandSides(of: order)
    var x = try Matrix(workingCopyOf: b)
    try solve(inPlace: &x, transpose)
    return x
  }

  /// As ``solve(_:_:)``, with X in the memory of B. After an `overflow` B is lost; after any other error it is as it was.
  public func solve(
    inPlace b: inout some MatrixWritable<Element>, _ transpose: Transpose = .asStored
  ) throws(LinearAlgebraError) {
    let columns = try b.rightHandSides(of: order)
    try requireNonsingular(for: "the solution")
    try b.requireFinite("the right-hand side")
    guard !b.shape.isEmpty else { return }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    try b.withMutableElements { b throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        if columns == 1 {
          // LAPACK holds the factors of Aᵀ: its "transposed" is our "as stored".
          try routines.solveLU(factors.elements, order: order, pivots: pivots, transpose.flipped, &b)
        } else {
          solveRows(routines, &b, order: order, columns: columns, transpose)
        }
      }
    }
    try requireInRange(b, "the solution")
  }

  private func solveRows(
    _ routines: Routines<Element>, _ b: inout MutableSpan<Element>, order: Int32, columns: Int32, _ transpose: Transpose
  ) {
    let factors = factors.elements
    switch transpose {
    case .asStored:
      routines.solveTriangular(factors, .lower(.asStored), order: order, columns: columns, &b)
      routines.solveTriangular(factors, .unitUpper(.asStored), order: order, columns: columns, &b)
      for i in pivots.indices.reversed() { routines.swapRows(i, Int(pivots[i]) - 1, &b, columns: columns) }
    case .transposed:
      for i in pivots.indices { routines.swapRows(i, Int(pivots[i]) - 1, &b, columns: columns) }
      routines.solveTriangular(factors, .unitUpper(.transposed), order: order, columns: columns, &b)
      routines.solveTriangular(factors, .lower(.transposed), order: order, columns: columns, &b)
    }
  }
}
