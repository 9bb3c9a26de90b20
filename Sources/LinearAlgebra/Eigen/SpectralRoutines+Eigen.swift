// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's geev. In a row-major A it sees Aᵀ, which has the same eigenvalues. A left eigenvector u of Aᵀ is one with
// uᴴ·Aᵀ = λ·uᴴ; transposed and conjugated that is A·ū = λ·ū, so the conjugate of each left eigenvector that LAPACK finds
// is a right eigenvector of our A. That replaces a transposition by a change of sign.

import MatrixCore

/// What is asked of geev and of gees, known to fit their integers.
struct EigenSides {
  /// geev: 4n as documented, and 2·n·block for its back-transformation (trevc3); gehrd, in both, wants 65·64 more
  /// for its block reflectors.
  let workCount: Int

  init(order n: Int) throws(LinearAlgebraError) {
    _ = try Int32(blas: n, "the order of the matrix")
    workCount = (4 + 2 * spectralBlock) * n + (spectralBlock + 1) * spectralBlock
    _ = try Int32(blas: workCount, "the workspace of the eigenvalues")
  }
}

extension SpectralRoutines {
  /// Eigenvalues of a matrix that is not empty, conjugate pairs side by side with the positive imaginary part first;
  /// A is lost.
  ///
  /// With vectors, row `j` of `packed` is that of a real eigenvalue; for a pair λ, λ̄ at `j` and `j + 1`, the eigenvector
  /// of λ is row `j` minus i times row `j + 1`, and that of λ̄ its conjugate. All have length 1. Without vectors, `packed`
  /// is not touched. The result is 0, or the number of eigenvalues that did not converge: they are the first.
  func factorEigen(
    _ a: inout Matrix<Element>, _ sides: EigenSides, vectors: Bool, real: inout [Element], imaginary: inout [Element],
    packed: inout Matrix<Element>, workspace: inout Matrix<Element>
  ) throws(LinearAlgebraError) -> Int32 {
    precondition(!a.isEmpty && a.rows == a.columns && real.count == a.rows && imaginary.count == a.rows)
    precondition(!vectors || packed.shape == a.shape)
    var (left, right) = (vectors ? letter("V") : letter("N"), letter("N"))
    var order = Int32(a.rows)
    var workCount = Int32(workspace.count)
    var unused: Element = 0
    var info: Int32 = 0
    unsafe a.withPointer { a in
      unsafe packed.withPointer { packed in
        unsafe workspace.withPointer { workspace in
          unsafe geev(
            &left, &right, &order, a, &order, &real, &imaginary, packed, &order, &unused, &order, workspace, &workCount,
            &info, 1, 1)
        }
      }
    }
    try requireAccepted(info, by: "geev")
    return info
  }
}
