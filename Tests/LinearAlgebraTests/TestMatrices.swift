// SPDX-License-Identifier: Apache-2.0
//
// The kinds of matrix that LAPACK's own tests go through, and the sizes at which every factorization is tested.

import Glibc
import MatrixCore

@testable import LinearAlgebra

enum TestMatrix: String, CaseIterable, Sendable {
  case random, graded, headline, upperTriangular, wilkinson
  // From here on singular, or so close to it that solutions have few digits or none; residuals are small all the same.
  case headlineAsItIs, singular, nearSingular, hilbert, vandermonde

  static let regular: [TestMatrix] = [.random, .graded, .headline, .upperTriangular, .wilkinson]

  /// 0 to 100: quick enough for every question. Larger ones are taken in ScaledResidualTests.
  static let smallSizes = [0, 1, 2, 17, 64, 100]

  func square<Element: MatrixElement>(_ n: Int, as type: Element.Type = Element.self) -> Matrix<Element> {
    matrix(n, n, as: type)
  }

  func matrix<Element: MatrixElement>(
    _ rows: Int, _ columns: Int, as _: Element.Type = Element.self
  ) -> Matrix<Element> {
    let uniform = LinearAlgebraTests.random(rows, columns, seed: UInt64(rows + 7919 * columns), as: Element.self)
    let n = max(rows, columns)
    return Matrix(rows: rows, columns: columns) { i, j in
      switch self {
      case .random: uniform[i, j]
      // Rows from 2^0 down to about 2^-60 (float32: the same range), so that a missing row exchange shows.
      case .graded: uniform[i, j] * Element(scalbn(1.0, Int32(-60 * i / n)))
      // The project's headline, shifted along the diagonal, since its row 0 and column 0 are zeros; and without that.
      case .headline: Element(sin(Double(i * j)) * cos(Double(i + j))) + (i == j ? 2 : 0)
      case .headlineAsItIs: Element(sin(Double(i * j)) * cos(Double(i + j)))
      case .upperTriangular: j < i ? 0 : j == i ? 1 + uniform[i, j].magnitude : uniform[i, j] / Element(n)
      // Wilkinson's W⁺, moved by 2 so that no pivot vanishes: tridiagonal, ones beside |i - n/2| + 2.
      case .wilkinson: i == j ? Element((i - n / 2).magnitude + 2) : (i - j).magnitude == 1 ? 1 : 0
      // The last row is the sum of the first two (of one row: zero), exactly but for rounding.
      case .singular:
        i < rows - 1 ? uniform[i, j] : rows > 2 ? uniform[0, j] + uniform[1, j] : 0
      case .nearSingular:
        i < rows - 1 || rows < 3
          ? uniform[i, j] : uniform[0, j] + uniform[1, j] + uniform[i, j] * 8 * Element.ulpOfOne
      case .hilbert: 1 / Element(i + j + 1)
      case .vandermonde: Element(pow(Double(i + 1) / Double(n), Double(j)))
      }
    }
  }
}

/// A matrix with room between its rows, filled with NaN, which spreads if anything reads it.
struct PaddedMatrix<Element: MatrixElement>: StridedReadable {
  let shape: Shape
  private let storage: Matrix<Element>

  init(_ matrix: Matrix<Element>, padding: Int = 3) {
    shape = matrix.shape
    storage = Matrix(rows: matrix.rows, columns: matrix.columns + padding) { i, j in
      j < matrix.columns ? matrix[i, j] : .nan
    }
  }

  var rowStride: Int { storage.columns }
  var strided: Span<Element> {
    @_lifetime(borrow self) get {
      storage.elements.extracting(0..<(isEmpty ? 0 : (rows - 1) * rowStride + columns))
    }
  }
}

extension TestMatrix {
  /// M·Mᵀ of this kind of M, with just enough added to the diagonal that rounding leaves it positive definite.
  func positiveDefinite<Element: MatrixElement>(_ n: Int, as _: Element.Type = Element.self) throws -> Matrix<Element> {
    let m: Matrix<Element> = square(n)
    var product = try Product.of(m, m, right: .transposed)
    let shift = Element(4 * n) * Element.ulpOfOne * Element(max(rowNorm(product), 1e-30))
    for i in 0..<n { product[i, i] += shift }
    return product
  }
}
