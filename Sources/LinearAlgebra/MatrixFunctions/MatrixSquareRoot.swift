// SPDX-License-Identifier: Apache-2.0
//
// The principal square root by the real Schur method (Higham 1987, Computing real square roots of a real matrix): A is
// Zᵀ₁·L·Z₁ with L lower quasi-triangular, R with R² = L is found in its place, and Zᵀ₁·R·Z₁ is the root. For an A
// that is symmetric to the last bit, by its eigenvalues instead: several times quicker, and a singular one has its root too.

import MatrixCore

extension StridedReadable {
  /// X with X·X = A whose eigenvalues have no negative real part: the one that is meant by A^(1/2). It is real where A has
  /// no negative real eigenvalue.
  ///
  /// By the real Schur form, its root taken by halves (Higham 1987, Computing real square roots of a real matrix; Deadman,
  /// Higham and Ralha 2013, Blocked Schur algorithms for computing the matrix square root); by eigenvalues where A is
  /// symmetric to the last bit. X·X differs from A by about n·ε·‖X‖², which is n·ε·‖A‖ for a normal matrix and more where the
  /// root is much larger than its square suggests. A negative eigenvalue that rounding explains, down to -n·ε·‖A‖_F, counts
  /// as its magnitude: that of a singular matrix, whose root is then accurate to √ε only, for it moves as the square root of
  /// a change of A.
  ///
  /// - Throws: `noRealRoot` with the eigenvalue that is negative, or where a zero one is defective; `shapeMismatch` where the
  ///   matrix is not square, `notFinite`, `notConverged`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public func squareRoot() throws(LinearAlgebraError) -> Matrix<Element> {
    try requireSquare(for: "the square root")
    _ = try EigenSides(order: rows)
    let a = try finiteCopy()
    guard rows > 0 else { return a }
    if isSymmetric() { return try symmetricSquareRoot() }
    var form = try LowerSchurForm(of: a)
    let rounding = try Element(rows) * Element.ulpOfOne * norm(.frobenius)
    try form.requireRealRoot(upTo: rounding)
    let library = try BLASLibrary.open()
    let outcome = try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.spectral.takeSquareRoot(of: &form.lower)
    }
    let root = try Product.of(Product.of(form.vectors, form.lower, left: .transposed), form.vectors)
    if outcome == .disturbed { try requireSquare(of: root, toBe: a, upTo: 100 * rounding) }
    try requireRepresentable(root, "the square root")
    return root
  }

  private func symmetricSquareRoot() throws(LinearAlgebraError) -> Matrix<Element> {
    let eigen = try SymmetricEigenDecomposition(self)
    let smallest = eigen.eigenvalues[0]
    let rounding = Element(rows) * Element.ulpOfOne * (eigen.eigenvalues.last ?? 0)
    guard smallest >= -rounding else { throw LinearAlgebraError.noRealRoot(of: smallest) }
    return try eigen.applying { max($0, 0).squareRoot() }
  }

  /// Where sums of eigenvalues vanish, LAPACK solved a nearby equation. The square tells whether that mattered.
  private func requireSquare(of root: Matrix<Element>, toBe a: Matrix<Element>, upTo bound: Element)
    throws(LinearAlgebraError)
  {
    var difference = a
    try Product.add(root, root, alpha: -1, to: &difference)
    guard indexOfFirstNonFinite(difference.elements) == nil, try difference.norm(.frobenius) <= bound else {
      throw LinearAlgebraError(
        .noRealRoot,
        "the matrix has no square root: its eigenvalue 0 is defective, or so close to it that rounding hides the root")
    }
  }
}

extension LowerSchurForm {
  /// - Throws: `noRealRoot` for a negative eigenvalue. Those that are rounding of a zero become positive.
  fileprivate mutating func requireRealRoot(upTo rounding: Element) throws(LinearAlgebraError) {
    for i in real.indices where imaginary[i] == 0 && real[i] < 0 {
      guard -real[i] <= rounding else { throw LinearAlgebraError.noRealRoot(of: real[i]) }
      lower[i, i] = -real[i]
    }
  }
}

extension LinearAlgebraError {
  fileprivate static func noRealRoot(of eigenvalue: some MatrixElement) -> LinearAlgebraError {
    LinearAlgebraError(
      .noRealRoot, "the matrix has no real principal square root: it has the negative eigenvalue \(eigenvalue)")
  }
}
