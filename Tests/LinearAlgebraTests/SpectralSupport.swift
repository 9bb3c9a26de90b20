// SPDX-License-Identifier: Apache-2.0
//
// What the tests of singular values and eigenvalues share: scaled residuals as LAPACK's own tests take them, and a
// matrix that is huge without taking memory.

import MatrixCore

@testable import LinearAlgebra

/// max |aᵢⱼ - bᵢⱼ| / (n·ε·‖A‖), in the ∞-norm: below 30 where B is A up to rounding.
func scaledResidual<Element: MatrixElement>(_ b: Matrix<Element>, of a: Matrix<Element>) -> Double {
  guard !a.isEmpty else { return a.shape == b.shape ? 0 : .infinity }
  let difference = distance(b, a)
  return difference == 0 ? 0 : difference / (Double(max(a.rows, a.columns)) * Double(Element.ulpOfOne) * rowNorm(a))
}

/// max |QᵀQ - I| / (n·ε), or of Q·Qᵀ where Q is wide.
func scaledOrthogonality<Element: MatrixElement>(_ q: Matrix<Element>) throws -> Double {
  guard !q.isEmpty else { return 0 }
  let isTall = q.rows >= q.columns
  let product = try Product.of(q, q, left: isTall ? .transposed : .asStored, right: isTall ? .asStored : .transposed)
  return distance(product, identity(product.rows, as: Element.self))
    / (Double(max(q.rows, q.columns)) * Double(Element.ulpOfOne))
}

func diagonal<Element: MatrixElement>(_ values: [Element]) -> Matrix<Element> {
  Matrix(rows: values.count, columns: values.count) { i, j in i == j ? values[i] : 0 }
}

/// A matrix that says how large it is and must be refused for that: whoever reads an element ends the test run.
struct ShapeAlone: StridedReadable {
  typealias Element = Double
  let shape: Shape
  var rowStride: Int { shape.columns }
  var strided: Span<Double> {
    @_lifetime(borrow self) get { preconditionFailure("the elements were read before the size was checked") }
  }
}

/// Where an element that is not finite may hide, in an n×n matrix.
func places(in n: Int) -> [(row: Int, column: Int)] {
  [(0, 0), (n / 2, n / 2), (n - 1, n - 1), (0, n - 1), (n - 1, 0)]
}

/// NaN and infinities at every place end `body` with the place, before LAPACK sees them.
func refusesNonFinite(_ body: (Matrix<Double>) throws -> Void) -> Bool {
  let a = random(20, 20, seed: 99, as: Double.self)
  return [Double.nan, .infinity, -.infinity].allSatisfy { value in
    places(in: 20).allSatisfy { place in
      var bad = a
      bad[place.row, place.column] = value
      let error = failure { try body(bad) }
      return error?.code == .notFinite && error?.element?.row == place.row && error?.element?.column == place.column
    }
  }
}
