// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's gesdd and gesvd. What is A, row-major, to us is Aᵀ to them. From Aᵀ = U₁·Σ·V₁ᵀ follows A = V₁·Σ·U₁ᵀ: their U₁,
// column by column, is our Vᵀ, row by row, in the same memory, and their V₁ᵀ is our U. So the two answers swap places,
// and nothing is transposed.

import MatrixCore

/// How to find singular values.
enum SVDAlgorithm {
  /// gesdd: several times faster with vectors; in rare cases it does not converge.
  case divideAndConquer
  /// gesvd: it converges almost always.
  case iteration
}

/// Which singular vectors are wanted.
enum SingularVectors {
  case none, thin, full

  var job: CChar {
    switch self {
    case .none: letter("N")
    case .thin: letter("S")
    case .full: letter("A")
    }
  }
}

/// What is asked of gesdd and gesvd, known to fit their integers.
struct SVDSides {
  let vectors: SingularVectors
  /// The workspace that both routines are documented to need, and their block size times both sides.
  let workCount: Int

  init(of shape: Shape, _ vectors: SingularVectors) throws(LinearAlgebraError) {
    _ = try Int32(blas: shape.rows, "the number of rows")
    _ = try Int32(blas: shape.columns, "the number of columns")
    let (small, large) = (min(shape.rows, shape.columns), max(shape.rows, shape.columns))
    self.vectors = vectors
    workCount = (vectors == .none ? 0 : 4 * small * small) + 10 * small + spectralBlock * (small + large)
    _ = try Int32(blas: workCount, "the workspace of the singular values")
  }
}

extension SpectralRoutines {
  /// A = U·Σ·Vᵀ for a matrix that is not empty, row-major throughout; A is lost. Without vectors `u` and `vt` are not
  /// touched. The result is 0, or more where the algorithm did not converge.
  func factorSVD(
    _ a: inout Matrix<Element>, _ vectors: SingularVectors, _ algorithm: SVDAlgorithm, values: inout [Element],
    u: inout Matrix<Element>, vt: inout Matrix<Element>, workspace: inout Matrix<Element>
  ) throws(LinearAlgebraError) -> Int32 {
    precondition(!a.isEmpty && values.count == min(a.rows, a.columns))
    var job = vectors.job
    var (rows, columns) = (Int32(a.rows), Int32(a.columns))
    var columnsOfU = Int32(u.columns)
    var workCount = Int32(workspace.count)
    var info: Int32 = 0
    var integers = [Int32](repeating: 0, count: algorithm == .divideAndConquer ? 8 * values.count : 0)
    unsafe a.withPointer { a in
      unsafe u.withPointer { u in
        unsafe vt.withPointer { vt in
          unsafe workspace.withPointer { workspace in
            switch algorithm {
            case .divideAndConquer:
              unsafe gesdd(
                &job, &columns, &rows, a, &columns, &values, vt, &columns, u, &columnsOfU, workspace, &workCount,
                &integers, &info, 1)
            case .iteration:
              unsafe gesvd(
                &job, &job, &columns, &rows, a, &columns, &values, vt, &columns, u, &columnsOfU, workspace,
                &workCount, &info, 1, 1)
            }
          }
        }
      }
    }
    try requireAccepted(info, by: algorithm == .divideAndConquer ? "gesdd" : "gesvd")
    return info
  }
}
