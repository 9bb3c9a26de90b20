// SPDX-License-Identifier: Apache-2.0
//
// The principal logarithm by inverse scaling and squaring: log A = 2ᵏ·log A^(1/2ᵏ), with as many square roots as bring
// A^(1/2ᵏ) = I + X so near to I that an approximant of degree 7 serves (Kenney and Laub 1989, Condition estimates for
// matrix functions; Al-Mohy and Higham 2012, Improved inverse scaling and squaring algorithms for the matrix logarithm).
// Roots are taken of the quasi-triangular factor of a Schur form, which is computed once. For an A that is
// symmetric to the last bit, by its eigenvalues instead.

import Glibc
import MatrixCore

extension StridedReadable {
  /// X with eˣ = A whose eigenvalues have imaginary parts between -π and π: the logarithm that is meant where none is
  /// named. It is real where A has no eigenvalue that is zero or real and negative.
  ///
  /// By inverse scaling and squaring of the Schur form (Al-Mohy and Higham 2012, Improved inverse scaling and squaring
  /// algorithms for the matrix logarithm); by eigenvalues where A is symmetric to the last bit. The error is a modest
  /// multiple of n·ε·‖X‖ and what the conditioning of the logarithm makes of n·ε·‖A‖: eˣ is near A where A is
  /// well-conditioned.
  ///
  /// - Throws: `noRealRoot` with the eigenvalue that stands in the way; `shapeMismatch` where the matrix is not square;
  ///   `notFinite`, `notConverged`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public func logarithm() throws(LinearAlgebraError) -> Matrix<Element> {
    try requireSquare(for: "the logarithm")
    _ = try EigenSides(order: rows)
    let a = try finiteCopy()
    guard rows > 0 else { return a }
    if isSymmetric() {
      let eigen = try SymmetricEigenDecomposition(self)
      try requireRealLogarithm(eigen.eigenvalues[0])
      return try eigen.applying { Element(log(Double($0))) }
    }
    let form = try LowerSchurForm(of: a)
    for (real, imaginary) in zip(form.real, form.imaginary) where imaginary == 0 { try requireRealLogarithm(real) }
    var (x, roots) = try form.lower.rootNearIdentity()
    x = try approximateLogarithm(ofIdentityPlus: x)
    // Exact, and far from the ends of the range: there are fewer than 64 roots.
    x *= Element(sign: .plus, exponent: Element.Exponent(roots), significand: 1)
    let logarithm = try Product.of(Product.of(form.vectors, x, left: .transposed), form.vectors)
    try requireRepresentable(logarithm, "the logarithm")
    return logarithm
  }

  private func requireRealLogarithm(_ eigenvalue: Element) throws(LinearAlgebraError) {
    guard eigenvalue <= 0 else { return }
    throw LinearAlgebraError(
      .noRealRoot, "the matrix has no real principal logarithm: it has the eigenvalue \(eigenvalue)")
  }
}

extension Matrix {
  /// X and k with I + X = L^(1/2ᵏ) and ‖X‖₁ small enough for the approximant; L lower quasi-triangular, as gees has it.
  ///
  /// The subtraction of I cancels digits of the root, as many as the factor 2ᵏ makes up for in ‖log A‖: the error stays
  /// a multiple of ε·‖log A‖.
  fileprivate consuming func rootNearIdentity() throws(LinearAlgebraError) -> (x: Matrix, roots: Int) {
    // Up to this 1-norm, the backward error of the approximant of degree 7 is below 2⁻⁵³ (Al-Mohy and Higham, Table 2.1).
    let bound: Element = 0.2644
    let library = try BLASLibrary.open()
    var root = self
    // The largest and the smallest double are 2^(±1024): twelve roots bring their logarithms below the bound, and one more
    // for each further bit of what stands off the diagonal.
    for roots in 0..<64 {
      var x = root
      addToDiagonal(-1, of: &x)
      if try x.norm(.one) <= bound { return (x, roots) }
      let outcome = try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        try routines.spectral.takeSquareRoot(of: &root)
      }
      try requireRepresentable(root, "a root on the way to the logarithm")
      guard outcome == .exact else {
        throw LinearAlgebraError(
          .noRealRoot,
          "the logarithm was not found: eigenvalues of the matrix are so near to 0 that rounding hides them")
      }
    }
    throw LinearAlgebraError(.notConverged, "the logarithm was not found: the roots of the matrix do not approach I")
  }
}

/// Gauss and Legendre's nodes and weights of order 7 on 0...1.
private let quadrature: [(node: Double, weight: Double)] = [
  (0.0254460438286207, 0.06474248308443487), (0.12923440720030277, 0.13985269574463843),
  (0.2970774243113014, 0.19091502525255935), (0.5, 0.20897959183673465), (0.7029225756886985, 0.19091502525255935),
  (0.8707655927996972, 0.13985269574463843), (0.9745539561713793, 0.06474248308443487),
]

/// log(I + X) = ∫₀¹ X·(I + t·X)⁻¹ dt. The quadrature of order m is its Padé approximant of degree m in partial fractions
/// (Dieci, Morini and Papini 1996, Computational techniques for real logarithms of matrices; Higham 2001, Evaluating Padé
/// approximants of the matrix logarithm): each term is a solution with a matrix near I, and none is ill-conditioned.
private func approximateLogarithm<Element: MatrixElement>(
  ofIdentityPlus x: Matrix<Element>
) throws(LinearAlgebraError) -> Matrix<Element> {
  var sum = try Matrix<Element>(zeros: x.shape)
  for (node, weight) in quadrature {
    var denominator = x
    denominator *= Element(node)
    addToDiagonal(1, of: &denominator)
    sum.add(try LUFactorization(inPlace: denominator).solve(x), scaledBy: Element(weight))
  }
  return sum
}
