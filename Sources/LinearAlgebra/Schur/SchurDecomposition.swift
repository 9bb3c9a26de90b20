// SPDX-License-Identifier: Apache-2.0
//
// A = Z·T·Zᵀ. LAPACK leaves A = Zᵀ₁·L·Z₁ with L lower quasi-triangular. Numbering the Schur vectors the other way round
// makes L upper: with J the reversal, T = J·L·J and Zᵀ = J·Z₁. J·L·J is L with all its elements in reverse order, in
// place; J·Z₁ is Z₁ with its rows in reverse order. Rejected: two transpositions, of A before and of T after; the reversal
// touches less memory and needs none of its own.

public import ComplexModule
import MatrixCore
public import RealModule

/// A square matrix A, n×n, as Z·T·Zᵀ: Z is orthogonal and T upper quasi-triangular, the real Schur form.
///
/// T has 1×1 blocks on its diagonal, the real eigenvalues, and 2×2 blocks, one for each conjugate pair, whose two diagonal
/// elements are equal. Every real matrix has this form, however ill-conditioned its eigenvectors are, and it is that
/// of a matrix within a small multiple of ε·‖A‖ of A (Golub and Van Loan, Matrix Computations, 4th ed., §7.4, §7.5).
public struct SchurDecomposition<Element: MatrixElement & Real>: Sendable {
  /// T, zero below its blocks.
  public let t: Matrix<Element>
  /// Zᵀ: row `i` is the Schur vector `i`. The first k of them span an invariant subspace of A, unless k parts a block.
  public let zt: Matrix<Element>
  /// As they stand on T's diagonal, the positive imaginary part of a pair first.
  public let eigenvalues: [Complex<Element>]

  /// Rows and columns of the matrix.
  public var order: Int { t.rows }

  /// Factors a copy of `a`, n×n, in about 25·n³ operations: Hessenberg form and multishift QR (Braman, Byers and Mathias
  /// 2002, The multishift QR algorithm I and II).
  ///
  /// - Throws: `shapeMismatch` where `a` is not square, `notFinite`, `notConverged`, `overflow` where an eigenvalue
  ///   passes the range of the element type, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public init(_ a: some StridedReadable<Element>) throws(LinearAlgebraError) {
    try a.requireSquare(for: "the Schur form")
    _ = try EigenSides(order: a.rows)
    var form = try LowerSchurForm(of: a.finiteCopy())
    form.lower.withMutableElements { reverse(&$0) }
    form.vectors.reverseRows()
    t = form.lower
    zt = form.vectors
    // Reversed, a pair begins with its negative imaginary part: conjugated, with the positive one.
    eigenvalues = zip(form.real, form.imaginary).reversed().map { Complex($0, -$1) }
  }

  /// A again, up to rounding: Z·T·Zᵀ.
  ///
  /// - Throws: `overflow`, `outOfMemory`, `libraryUnavailable`.
  public func reconstruct() throws(LinearAlgebraError) -> Matrix<Element> {
    let product = try Product.of(Product.of(zt, t, left: .transposed), zt)
    try requireRepresentable(product, "the product of the factors")
    return product
  }
}

extension Matrix {
  /// The last row first.
  fileprivate mutating func reverseRows() {
    let columns = columns
    withMutableElements { elements in
      reverse(&elements)
      for start in stride(from: 0, to: elements.count, by: max(columns, 1)) {
        reverse(&elements, start..<start + columns)
      }
    }
  }
}

/// The elements, or a range of them, in reverse order.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func reverse<Value: MatrixElement>(_ elements: inout MutableSpan<Value>, _ range: Range<Int>? = nil) {
  var (low, high) = (range?.lowerBound ?? 0, (range?.upperBound ?? elements.count) - 1)
  while low < high {
    elements.swapAt(low, high)
    low += 1
    high -= 1
  }
}
