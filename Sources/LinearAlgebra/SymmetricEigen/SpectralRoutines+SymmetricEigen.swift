// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's syevd. A symmetric matrix is the same row-major and column-major, but for the triangle that is read: LAPACK's
// lower one is our upper one. Its eigenvectors, column by column, are ours row by row.
//
// Chosen by measurement (OpenBLAS 0.3.21, two threads, n = 1000, with vectors): syevd, divide and conquer, 105 ms; syevr,
// by relatively robust representations, 174 ms; without vectors both 53 ms. LAPACK's lower triangle is 4 % quicker than
// its upper one.

import MatrixCore

/// What is asked of syevd, known to fit its integers.
struct SymmetricEigenSides {
  let vectors: Bool
  /// As documented: 1 + 6n + 2n² with vectors and 2n + 1 without; and the block size times n.
  let workCount: Int
  /// As documented: 3 + 5n and 1.
  let integerCount: Int

  init(order n: Int, vectors: Bool) throws(LinearAlgebraError) {
    _ = try Int32(blas: n, "the order of the matrix")
    self.vectors = vectors
    workCount = 1 + (6 + spectralBlock) * n + (vectors ? 2 * n * n : 0)
    integerCount = vectors ? 3 + 5 * n : 1
    _ = try Int32(blas: max(workCount, integerCount), "the workspace of the eigenvalues")
  }
}

extension SpectralRoutines {
  /// Eigenvalues, ascending, of a symmetric matrix of which the upper triangle is read; with vectors, A becomes Vᵀ,
  /// without them it is lost. The result is 0, or more where it did not converge.
  func factorSymmetric(
    _ a: inout Matrix<Element>, _ sides: SymmetricEigenSides, values: inout [Element],
    workspace: inout Matrix<Element>
  ) throws(LinearAlgebraError) -> Int32 {
    precondition(!a.isEmpty && a.rows == a.columns && values.count == a.rows)
    precondition(workspace.count == sides.workCount)
    var job: CChar = sides.vectors ? letter("V") : letter("N")
    var triangle: CChar = letter("L")
    var order = Int32(a.rows)
    var workCount = Int32(sides.workCount)
    var integers = [Int32](repeating: 0, count: sides.integerCount)
    var integerCount = Int32(sides.integerCount)
    var info: Int32 = 0
    unsafe a.withPointer { a in
      unsafe workspace.withPointer { workspace in
        unsafe syevd(
          &job, &triangle, &order, a, &order, &values, workspace, &workCount, &integers, &integerCount, &info, 1, 1)
      }
    }
    try requireAccepted(info, by: "syevd")
    return info
  }
}
