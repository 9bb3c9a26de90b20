// SPDX-License-Identifier: Apache-2.0
//
// A·X = B from the factor: L·Y = B, Lᵀ·X = Y. One right-hand side goes to LAPACK's potrs, several to two triangular
// solutions that take them as they lie, row by row: see LUFactorization+Solve.swift.

import MatrixCore

extension CholeskyFactorization {
  /// X with A·X = B; B is n×m, one right-hand side a column, and so is X.
  ///
  /// The computed X solves a nearby problem: its ``StridedReadable/backwardError(ofSolution:rightHandSide:)`` is a small
  /// multiple of n·ε, always (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., Theorem 10.4).
  ///
  /// - Throws: `shapeMismatch`, `notFinite` where B has NaN or an infinity, `overflow`, `tooLarge`, `outOfMemory`.
  public func solve(_ b: some StridedReadable<Element>) throws(LinearAlgebraError) -> Matrix<Element> {
    _ = try b.rightHandSides(of: order)
    var x = try Matrix(workingCopyOf: b)
    try solve(inPlace: &x)
    return x
  }

  /// As ``solve(_:)``, with X in the memory of B. After an `overflow` B is lost; after any other error it is as it was.
  public func solve(inPlace b: inout some MatrixWritable<Element>) throws(LinearAlgebraError) {
    let columns = try b.rightHandSides(of: order)
    try b.requireFinite("the right-hand side")
    guard !b.shape.isEmpty else { return }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    try b.withMutableElements { b throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        if columns == 1 {
          try routines.cholesky.solve(factors.elements, order: order, &b)
        } else {
          routines.solveTriangular(factors.elements, .lower(.asStored), order: order, columns: columns, &b)
          routines.solveTriangular(factors.elements, .lower(.transposed), order: order, columns: columns, &b)
        }
      }
    }
    try requireInRange(b, "the solution")
  }
}
