// SPDX-License-Identifier: Apache-2.0
//
// Least squares of any rank, by LAPACK's gelsd (singular values by divide and conquer). It has no flag for a transposed
// matrix and works in column-major terms, so that here A and B go in as transposed copies, and X comes out transposed:
// passes over memory, where gelsd itself makes hundreds.

import MatrixCore

extension LeastSquares {
  static func solveBySingularValues<Element>(
    _ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>, tolerance: Element
  ) throws(LinearAlgebraError) -> LeastSquaresSolution<Element> {
    let m = try Int32(blas: a.rows, "the number of rows")
    let n = try Int32(blas: a.columns, "the number of columns")
    // LAPACK refuses to have no right-hand side; it then gets one of zeros.
    let rightHandSides = max(b.columns, 1)
    let count = try Int32(blas: rightHandSides, "the number of right-hand sides")
    let needed = LeastSquaresWorkspace(rows: a.rows, columns: a.columns, rightHandSides: rightHandSides)
    _ = try Int32(blas: needed.elements, "the workspace of least squares")
    _ = try Int32(blas: needed.integers, "the workspace of least squares")
    var seen = try Matrix(finiteTransposeOf: a, "the matrix")
    try b.requireFinite("the right-hand side")

    var singularValues = [Element](repeating: 0, count: min(a.rows, a.columns))
    var answer = try Matrix<Element>(zeros: Shape(ofAnswer: rightHandSides, max(a.rows, a.columns)))
    var rank = 0
    if m > 0, n > 0 {
      var workspace = try Matrix<Element>(forAnswer: Shape(ofAnswer: 1, needed.elements))
      var integers = [Int32](repeating: 0, count: needed.integers)
      answer.withMutableElements {
        copyTransposed(
          b.strided, rowStride: b.rowStride, rows: b.rows, columns: b.columns, into: &$0, rowStride: answerStride(a))
      }
      let library = try BLASLibrary.open()
      let outcome = try seen.withMutableElements { seen throws(LinearAlgebraError) in
        try answer.withMutableElements { answer throws(LinearAlgebraError) in
          try workspace.withMutableElements { workspace throws(LinearAlgebraError) in
            try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
              try routines.leastSquares.solve(
                transposed: &seen, rows: m, columns: n, transposed: &answer, rightHandSides: count,
                singularValues: &singularValues, tolerance: tolerance, workspace: &workspace, integers: &integers)
            }
          }
        }
      }
      guard outcome.notConverged == 0 else {
        throw LinearAlgebraError(
          .notConverged,
          "\(outcome.notConverged) of \(singularValues.count) singular values did not converge: "
            + "scale the matrix so that its elements are near 1, or solve by QR")
      }
      rank = outcome.rank
    }

    var x = try Matrix<Element>(forAnswer: Shape(ofAnswer: a.columns, b.columns))
    x.withMutableElements {
      copyTransposed(
        answer.elements, rowStride: answerStride(a), rows: b.columns, columns: a.columns, into: &$0,
        rowStride: b.columns)
    }
    try requireInRange(x, "the solution")
    return LeastSquaresSolution(
      solution: x, rank: rank, residualNorms: try residualNorms(a, x, b), singularValues: singularValues,
      method: .singularValues)
  }

  /// LAPACK puts X where B was, and the longer of the two columns needs room.
  private static func answerStride(_ a: some StridedReadable) -> Int { max(a.rows, a.columns) }
}
