// SPDX-License-Identifier: Apache-2.0
//
// Substitution, by CBLAS's trsm: right-hand sides are solved for as they lie, row by row, all at once.

import MatrixCore

extension TriangularMatrix {
  /// X with op(T)·X = B; B is n×m, one right-hand side a column, and so is X.
  ///
  /// The computed X solves a system whose elements differ from T's by at most about n·ε of each (Higham, Accuracy and
  /// Stability of Numerical Algorithms, 2nd ed., Theorem 8.5): often far better than the condition number says.
  ///
  /// - Throws: `singular` with the place, `shapeMismatch`, `notFinite` where B has NaN or an infinity, `overflow`,
  ///   `tooLarge`, `outOfMemory`.
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
    let stride = try Int32(blas: source.rowStride, "the row stride of the matrix")
    let flags = TriangularFlags(triangle, unitDiagonal: hasUnitDiagonal, transpose)
    let library = try BLASLibrary.open()
    b.withMutableElements { b in
      library.call(for: Element.self) { routines in
        routines.solveTriangular(source.strided, flags, order: order, rowStride: stride, columns: columns, &b)
      }
    }
    try requireInRange(b, "the solution")
  }
}
