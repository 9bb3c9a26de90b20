// SPDX-License-Identifier: Apache-2.0
//
// The eigenvalues and right eigenvectors of any square matrix: the factor step, and what is stored. The vectors as
// complex numbers and the check of an answer stand beside it.

public import ComplexModule
import MatrixCore
public import RealModule

/// The eigenvalues λ of a square matrix A, real or in conjugate pairs, with a vector v for each: A·v = λ·v.
///
///     let eigen = try EigenDecomposition(a)
///     eigen.eigenvalues[0]                     // Complex<Double>
///     eigen.vector(0)                          // [Complex<Double>], of length 1
///     try eigen.residual(of: a)                // a small multiple of ε
///
/// They are the eigenvalues of a matrix within a small multiple of ε·‖A‖ of A, and each has a vector that fits it that well.
/// How far λ is from A's own depends on its condition, which is large near multiple ones: a defective eigenvalue of
/// multiplicity k moves by ε^(1/k) (Wilkinson 1965, The Algebraic Eigenvalue Problem). For a symmetric matrix
/// ``SymmetricEigenDecomposition`` is several times faster and has none of this trouble.
public struct EigenDecomposition<Element: MatrixElement & Real>: Sendable {
  /// In LAPACK's order, which is none in particular; conjugate pairs side by side, the positive imaginary part first.
  public let eigenvalues: [Complex<Element>]
  /// Rows and columns of the matrix.
  public var order: Int { eigenvalues.count }

  /// The eigenvectors row by row, packed as `SpectralRoutines.factorEigen` has them.
  let packed: Matrix<Element>

  /// Factors a copy of `a`, n×n, balanced by permutations and scaling, in about 25·n³ operations: Hessenberg form and
  /// multishift QR (Braman, Byers and Mathias 2002, The multishift QR algorithm I and II).
  ///
  /// - Throws: `shapeMismatch` where `a` is not square, `notFinite`, `notConverged`, `overflow` where an eigenvalue
  ///   passes the range of the element type, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public init(_ a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    (eigenvalues, packed) = try a.factorEigen(vectors: true)
  }
}

extension StridedReadable where Element: Real {
  /// The eigenvalues of any square matrix, in about half the time that they take with vectors.
  ///
  /// - Throws: as ``EigenDecomposition/init(_:)``.
  public func eigenvalues() throws(LinearAlgebraError) -> [Complex<Element>] {
    try factorEigen(vectors: false).values
  }

  fileprivate func factorEigen(vectors: Bool) throws(LinearAlgebraError) -> (
    values: [Complex<Element>], packed: Matrix<Element>
  ) {
    try requireSquare(for: "the eigenproblem")
    let sides = try EigenSides(order: rows)
    var matrix = try finiteCopy()
    guard rows > 0 else { return ([], matrix) }
    var real = [Element](repeating: 0, count: rows)
    var imaginary = real
    var packed = try Matrix<Element>(forAnswer: vectors ? shape : Shape(ofAnswer: 1, 1))
    var workspace = try Matrix<Element>.workspace(sides.workCount)
    let library = try BLASLibrary.open()
    let info = try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.spectral.factorEigen(
        &matrix, sides, vectors: vectors, real: &real, imaginary: &imaginary, packed: &packed, workspace: &workspace)
    }
    guard info == 0 else {
      throw LinearAlgebraError.eigenvaluesNotFound(of: shape, " for \(info) of them")
    }
    guard real.allSatisfy(\.isFinite), imaginary.allSatisfy(\.isFinite) else {
      throw LinearAlgebraError.eigenvalueOverflow(Element.elementType)
    }
    return (zip(real, imaginary).map { Complex($0, $1) }, packed)
  }
}
