// SPDX-License-Identifier: Apache-2.0
//
// The tasks of linear algebra, by the names that limits/raw_openblas.c and peers/linalg.py know.
//
// In place: each contestant overwrites a copy that was made before the clock started. Copying: the copy is in everybody's time,
// because Weft and NumPy have no other way.

enum LinearAlgebraTask: String, CaseIterable {
  case multiply, solve, cholesky, qr, eigh, svd

  func title(_ size: Int) -> String {
    let (what, how) =
      switch self {
      case .multiply: ("C = A·B", "into a C that is there")
      case .solve: ("A·x = b by LU", "in place")
      case .cholesky: ("A·x = b by Cholesky", "in place")
      case .qr: ("A = Q·R, reflectors and R", "in place")
      case .eigh: ("A = V·Λ·Vᵀ, A symmetric", "copying")
      case .svd: ("A = U·Σ·Vᵀ", "copying")
      }
    return "\(what), \(size)², \(how)"
  }

  /// What is called of the library, and what that calls of OpenBLAS.
  var ours: String {
    switch self {
    case .multiply: "Product.add(to:)"
    case .solve: "LUFactorization(inPlace:), solve(inPlace:)"
    case .cholesky: "CholeskyFactorization(inPlace:), solve(inPlace:)"
    case .qr: "QRFactorization(inPlace:)"
    case .eigh: "SymmetricEigenDecomposition"
    case .svd: "SingularValueDecomposition, thin"
    }
  }

  var routines: String {
    switch self {
    case .multiply: "dgemm"
    case .solve: "dgetrf, dgetrs"
    case .cholesky: "dpotrf, dpotrs"
    case .qr: "dgeqrf"
    case .eigh: "dsyevd"
    case .svd: "dgesdd"
    }
  }

  var peer: String {
    switch self {
    case .multiply: "NumPy's matmul, out="
    case .solve: "SciPy's lu_factor, lu_solve, overwriting"
    case .cholesky: "SciPy's cho_factor, cho_solve, overwriting"
    case .qr: "SciPy's qr, overwriting: dgeqrf"
    case .eigh: "NumPy's eigh"
    case .svd: "NumPy's svd, thin"
    }
  }

  /// Operations by the textbook; nil where their number depends on the matrix.
  func operations(_ size: Int) -> Double? {
    let n = Double(size)
    return switch self {
    case .multiply: 2 * n * n * n
    case .solve: 2 * n * n * n / 3 + 2 * n * n
    case .cholesky: n * n * n / 3 + 2 * n * n
    case .qr: 4 * n * n * n / 3
    case .eigh, .svd: nil
    }
  }
}
