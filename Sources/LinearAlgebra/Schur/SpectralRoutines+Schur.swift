// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's gees. In a row-major A it sees Aᵀ and finds Aᵀ = Z·T·Zᵀ, so that A = Z·Tᵀ·Zᵀ: a Schur form with a lower
// quasi-triangular matrix, whose rows lie in the memory of T's columns as they are.

import MatrixCore

/// A = Zᵀ₁·L·Z₁ with Z₁ orthogonal, row-major, and L lower quasi-triangular: what gees leaves in memory.
struct LowerSchurForm<Element: MatrixElement> {
  /// Lower triangular but for the second element of 2×2 blocks on the diagonal, one for each conjugate pair. Such a block
  /// has equal diagonal elements a, and off-diagonal elements b and c with b·c < 0: its eigenvalues are a ± √(b·c).
  var lower: Matrix<Element>
  /// Z₁: the Schur vectors, row by row.
  var vectors: Matrix<Element>
  var real: [Element]
  /// The positive one of a pair first.
  var imaginary: [Element]

  /// Factors a matrix, which is lost.
  init(of a: consuming Matrix<Element>) throws(LinearAlgebraError) {
    try a.requireSquare(for: "the Schur form")
    let sides = try EigenSides(order: a.rows)
    real = [Element](repeating: 0, count: a.rows)
    imaginary = real
    vectors = try Matrix(forAnswer: a.shape)
    lower = a
    guard !lower.isEmpty else { return }
    var workspace = try Matrix<Element>.workspace(sides.workCount)
    let library = try BLASLibrary.open()
    let info = try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.spectral.factorSchur(
        &lower, real: &real, imaginary: &imaginary, vectors: &vectors, workspace: &workspace)
    }
    guard info == 0 else { throw LinearAlgebraError.eigenvaluesNotFound(of: lower.shape, " for \(info) of them") }
    guard real.allSatisfy(\.isFinite), imaginary.allSatisfy(\.isFinite) else {
      throw LinearAlgebraError.eigenvalueOverflow(Element.elementType)
    }
  }
}

extension SpectralRoutines {
  /// A becomes L. The result is 0, or the number of eigenvalues that did not converge.
  fileprivate func factorSchur(
    _ a: inout Matrix<Element>, real: inout [Element], imaginary: inout [Element], vectors: inout Matrix<Element>,
    workspace: inout Matrix<Element>
  ) throws(LinearAlgebraError) -> Int32 {
    var (job, sort) = (letter("V"), letter("N"))
    var order = Int32(a.rows)
    var workCount = Int32(workspace.count)
    var selected: Int32 = 0
    var info: Int32 = 0
    unsafe a.withPointer { a in
      unsafe vectors.withPointer { vectors in
        unsafe workspace.withPointer { workspace in
          unsafe gees(
            &job, &sort, nil, &order, a, &order, &selected, &real, &imaginary, vectors, &order, workspace, &workCount,
            nil, &info, 1, 1)
        }
      }
    }
    try requireAccepted(info, by: "gees")
    return info
  }
}
