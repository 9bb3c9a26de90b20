// SPDX-License-Identifier: Apache-2.0
//
// The eigenvectors as complex numbers, and how well they fit: the packed rows are read here and nowhere else.

public import ComplexModule
import MatrixCore

extension EigenDecomposition {
  /// The right eigenvector of `eigenvalues[i]`, of length 1, its largest component real.
  public func vector(_ i: Int) -> [Complex<Element>] {
    let sign = eigenvalues[i].imaginary
    // The first of a pair is row i - √-1·(row i + 1); the second, its conjugate, begins a row earlier.
    let first = sign < 0 ? i - 1 : i
    return (0..<order).map { j in
      Complex(packed[first, j], sign == 0 ? 0 : sign < 0 ? packed[first + 1, j] : -packed[first + 1, j])
    }
  }

  /// ‖A·V - V·Λ‖_F / ‖A‖_F, of each conjugate pair one vector counted: no vector fits its eigenvalue worse than that. A
  /// small multiple of ε, growing with n, where `a` is the matrix that was factored; 0 for an empty matrix or one of zeros.
  ///
  /// - Throws: `shapeMismatch`, `notFinite`, `overflow`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public func residual(of a: some StridedReadable<Element>) throws(LinearAlgebraError) -> Element {
    guard a.rows == order, a.columns == order else {
      throw LinearAlgebraError(
        .shapeMismatch, "the eigenvalues are those of a \(order)×\(order) matrix, not of one of \(a.shape)")
    }
    let norm = try a.norm(.frobenius)
    guard norm > 0 else { return 0 }
    var residual = try Product.of(packed, a.finiteCopy(), right: .transposed)
    residual.withMutableElements {
      subtractScaled(packed.elements, eigenvalues.map(\.real), eigenvalues.map(\.imaginary), from: &$0)
    }
    return try residual.norm(.frobenius) / norm
  }
}

/// From A·V, packed by rows as V is, subtracts V·Λ. With v = x - iy for λ = α + iβ, the real and the imaginary part of
/// A·v = λ·v are A·x = α·x + β·y and A·y = α·y - β·x.
@specialized(where Value == Double)
@specialized(where Value == Float)
private func subtractScaled<Value: MatrixElement>(
  _ packed: Span<Value>, _ real: [Value], _ imaginary: [Value], from product: inout MutableSpan<Value>
) {
  let order = real.count
  precondition(imaginary.count == order && packed.count == order * order && product.count == order * order)
  for i in 0..<order {
    // Beside row i lies the other row of its pair: x and y below it, or y and x above it, where β has the other sign.
    let other = imaginary[i] > 0 ? i + 1 : imaginary[i] < 0 ? i - 1 : i
    for j in 0..<order {
      product[i * order + j] -= real[i] * packed[i * order + j] + imaginary[i] * packed[other * order + j]
    }
  }
}
