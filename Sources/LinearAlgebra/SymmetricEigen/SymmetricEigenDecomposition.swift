// SPDX-License-Identifier: Apache-2.0
//
// A = V·Λ·Vᵀ for a symmetric A: the factor step, the eigenvalues alone, and A again.

import MatrixCore

/// A symmetric matrix, n×n, as V·Λ·Vᵀ: V is orthogonal and Λ diagonal.
///
///     let eigen = try SymmetricEigenDecomposition(a)
///     eigen.eigenvalues                        // ascending
///     eigen.vt.row(0)                          // the eigenvector of the smallest one, no copy
///
/// The upper triangle of A is read, the diagonal included; what stands below is taken to be the same, unlooked at except
/// that it must be finite; ``StridedReadable/isSymmetric(within:)`` tells whether it is. For a matrix that is not symmetric,
/// see ``EigenDecomposition``.
///
/// The eigenvalues are those of a symmetric matrix within a small multiple of ε·‖A‖₂ of A, so each is off by no more than
/// that (Weyl 1912). A vector is as accurate as its eigenvalue lies apart from the others.
public struct SymmetricEigenDecomposition<Element: MatrixElement>: Sendable {
  /// Smallest first, each as often as its multiplicity.
  public let eigenvalues: [Element]
  /// Vᵀ: row `i` is the eigenvector of `eigenvalues[i]`, of length 1. A vector is thus a ``MatrixReadable/row(_:)``, one
  /// contiguous piece; a transposition, to have them as columns, would cost a copy and gain nothing, since products take
  /// `vt` transposed by a flag.
  public let vt: Matrix<Element>

  /// Rows and columns of the matrix.
  public var order: Int { vt.rows }

  /// Factors a copy of `a`, n×n, in about 4·n³ operations; often fewer, for divide and conquer finds blocks that are done
  /// (Cuppen 1981, A divide and conquer method for the symmetric tridiagonal eigenproblem; Gu and Eisenstat 1995, A
  /// divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem).
  ///
  /// - Throws: `shapeMismatch` where `a` is not square, `notFinite`, `notConverged`, `overflow` where an eigenvalue
  ///   passes the range of the element type, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public init(_ a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    (eigenvalues, vt) = try a.factorSymmetric(vectors: true)
  }

  /// A again, up to rounding: V·Λ·Vᵀ, symmetric to the last bit only by chance.
  ///
  /// - Throws: `overflow`, `outOfMemory`, `libraryUnavailable`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    try applying { $0 }
  }
}

extension StridedReadable {
  /// The eigenvalues of a symmetric matrix, ascending, of which the upper triangle is read. Without vectors, in about half
  /// the time.
  ///
  /// - Throws: as ``SymmetricEigenDecomposition/init(_:)``.
  public func symmetricEigenvalues() throws(LinearAlgebraError) -> [Element] {
    try factorSymmetric(vectors: false).values
  }

  /// The second matrix is Vᵀ, or of no meaning where no vectors were asked for.
  fileprivate func factorSymmetric(vectors: Bool) throws(LinearAlgebraError) -> (values: [Element], vt: Matrix<Element>)
  {
    try requireSquare(for: "the symmetric eigenproblem")
    let sides = try SymmetricEigenSides(order: rows, vectors: vectors)
    var matrix = try finiteCopy()
    guard rows > 0 else { return ([], matrix) }
    var values = [Element](repeating: 0, count: rows)
    var workspace = try Matrix<Element>.workspace(sides.workCount)
    let library = try BLASLibrary.open()
    let info = try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
      try routines.spectral.factorSymmetric(&matrix, sides, values: &values, workspace: &workspace)
    }
    guard info == 0 else { throw LinearAlgebraError.eigenvaluesNotFound(of: shape) }
    guard values.allSatisfy(\.isFinite) else { throw LinearAlgebraError.eigenvalueOverflow(Element.elementType) }
    return (values, matrix)
  }
}

extension LinearAlgebraError {
  static func eigenvaluesNotFound(of shape: Shape, _ detail: String = "") -> LinearAlgebraError {
    LinearAlgebraError(
      .notConverged, "the eigenvalues of the \(shape) matrix were not found: the iteration did not converge\(detail)")
  }

  static func eigenvalueOverflow(_ type: ElementType) -> LinearAlgebraError {
    LinearAlgebraError(.overflow, "an eigenvalue passes the range of \(type): divide the matrix by a power of two")
  }
}
