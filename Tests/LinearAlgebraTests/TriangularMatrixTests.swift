// SPDX-License-Identifier: Apache-2.0
//
// Triangular matrices: both triangles, with and without a unit diagonal, as stored and transposed, inside a matrix whose
// other elements are NaN.

import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct TriangularMatrixTests {
  /// The triangle with NaN wherever it must not be read, and the same with zeros and ones there.
  func pair<Element: MatrixElement>(
    _ kind: TestMatrix, _ n: Int, _ triangle: Triangle, unit: Bool
  ) -> (stored: PaddedMatrix<Element>, meant: Matrix<Element>) {
    let a: Matrix<Element> = kind.square(n)
    func beyond(_ i: Int, _ j: Int) -> Bool { triangle == .lower ? j > i : j < i }
    // Elements beside a unit diagonal are kept small, so that solutions stay in the range of a float.
    let scale = unit ? 1 / Element(max(n, 1)) : 1
    func element(_ i: Int, _ j: Int) -> Element { i == j ? 1 + a[i, i].magnitude : a[i, j] * scale }
    return (
      PaddedMatrix(Matrix(rows: n, columns: n) { i, j in beyond(i, j) || unit && i == j ? .nan : element(i, j) }),
      Matrix(rows: n, columns: n) { i, j in beyond(i, j) ? 0 : unit && i == j ? 1 : element(i, j) }
    )
  }

  func check<Element: MatrixElement>(_ kind: TestMatrix, _ n: Int, as _: Element.Type) throws {
    let tolerance = 30 * Double(max(n, 1)) * Double(Element.ulpOfOne)
    for triangle in Triangle.allCases {
      for unit in [false, true] {
        let (stored, meant): (PaddedMatrix<Element>, Matrix<Element>) = pair(kind, n, triangle, unit: unit)
        let name: Comment = "\(kind) \(n) \(triangle) \(unit) \(Element.elementType)"
        let t = try TriangularMatrix(stored, triangle, unitDiagonal: unit)
        #expect(t.firstZeroPivot == nil && t.order == n, name)
        #expect(try t.reconstruct() == meant, name)
        for right in [1, 4] {
          let b: Matrix<Element> = LinearAlgebraTests.random(n, right, seed: UInt64(n + right))
          let error = try meant.backwardError(ofSolution: t.solve(PaddedMatrix(b)), rightHandSide: b)
          #expect(Double(error) <= tolerance, name)
          let other = try transposed(meant).backwardError(ofSolution: t.solve(b, .transposed), rightHandSide: b)
          #expect(Double(other) <= tolerance, name)
        }
        let inverse = try t.inverse()
        #expect(try TriangularMatrix(inverse, triangle).reconstruct() == inverse, name)
        let condition = rowNorm(transposed(meant)) * rowNorm(transposed(inverse))
        #expect(
          try distance(Product.of(meant, inverse), identity(n, as: Element.self))
            <= tolerance * max(condition, rowNorm(meant) * rowNorm(inverse)), name)
        let estimate = try Double(t.reciprocalCondition()) * (n == 0 ? 1 : condition)
        #expect(estimate > 0.99 && estimate < 10, name)
      }
    }
  }

  @Test(arguments: TestMatrix.regular, TestMatrix.smallSizes) func doubles(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Double.self)
  }
  @Test(arguments: TestMatrix.regular, TestMatrix.smallSizes) func floats(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Float.self)
  }

  @Test func aKnownSystem() throws {
    let t = try TriangularMatrix(Matrix<Double>([[2, 9], [1, 4]]), .lower)  // [[2, 0], [1, 4]]
    #expect(try t.solve(Matrix([[2], [9]])) == Matrix([[1], [2]]))
    #expect(try t.solve(Matrix([[4], [8]]), .transposed) == Matrix([[1], [2]]))
    #expect(try t.inverse() == Matrix([[0.5, 0], [-0.125, 0.25]]))
    let unit = try TriangularMatrix(Matrix<Double>([[2, 9], [1, 4]]), .upper, unitDiagonal: true)
    #expect(try unit.solve(Matrix([[19], [2]])) == Matrix([[1], [2]]))
    var shared = try SharedMatrix(Matrix<Double>([[2], [9]]))
    try t.solve(inPlace: &shared)
    #expect(try Matrix(shared) == Matrix([[1], [2]]))
  }

  @Test(arguments: [0, 3, 9]) func aZeroOnTheDiagonalIsNamed(place: Int) throws {
    let a = Matrix<Double>(rows: 10, columns: 10) { i, j in i == place && j == place ? 0 : 1 }
    let t = try TriangularMatrix(a, .upper)
    #expect(t.firstZeroPivot == place)
    #expect(try t.reciprocalCondition() == 0)
    for error in [failure { _ = try t.solve(a) }, failure { _ = try t.inverse() }] {
      #expect(error?.code == .singular && error?.pivot == place)
      #expect(error?.element == LinearAlgebraError.Element(row: place, column: place))
      #expect(error?.message.contains("diagonal element \(place) of 10") == true)
    }
    #expect(try TriangularMatrix(a, .upper, unitDiagonal: true).inverse().rows == 10)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [(0, 0), (29, 0), (17, 13), (29, 29)])
  func nonFiniteElementsAreRefused(value: Double, place: (Int, Int)) throws {
    var a = identity(30, as: Double.self)
    let t = try TriangularMatrix(a, .lower)
    a[place.0, place.1] = value
    let error = failure { _ = try TriangularMatrix(a, .lower) }
    #expect(error?.code == .notFinite)
    #expect(error?.element == LinearAlgebraError.Element(row: place.0, column: place.1))
    #expect(failure { _ = try TriangularMatrix(transposed(a), .upper) }?.code == .notFinite)
    if place.0 != place.1 { #expect(try TriangularMatrix(a, .upper).order == 30) }
    let kept = a
    #expect(failure { try t.solve(inPlace: &a) }?.code == .notFinite)
    #expect(a.identical(to: kept))
  }

  @Test func refusals() throws {
    #expect(failure { _ = try TriangularMatrix(Matrix<Double>([[1, 2]]), .lower) }?.code == .shapeMismatch)
    let one = try TriangularMatrix(Matrix<Float>([[1e-30]]), .lower)
    #expect(failure { _ = try one.solve(Matrix([[1], [2]])) }?.code == .shapeMismatch)
    #expect(failure { _ = try one.solve(Matrix([[1e30]])) }?.code == .overflow)
    #expect(failure { _ = try one.solve(Stub(1, 3_000_000_000)) }?.code == .tooLarge)
    let tiny = try TriangularMatrix(Matrix<Float>([[.leastNonzeroMagnitude]]), .upper)
    #expect(failure { _ = try tiny.inverse() }?.code == .overflow)
    #expect(try tiny.reciprocalCondition() == 0)
  }

  @Test func aRowStridePastOpenBLASsIntegersIsRefused() throws {
    let t = try TriangularMatrix(WideRow(), .lower)
    let errors = [failure { _ = try t.solve(Matrix([[1]])) }, failure { _ = try t.reciprocalCondition() }]
    for error in errors {
      #expect(error?.code == .tooLarge)
      #expect(error?.message.contains("the row stride of the matrix is 3000000000") == true)
    }
  }
}

/// One element of a matrix with very long rows.
private struct WideRow: StridedReadable {
  let matrix = Matrix<Double>([[2]])
  var shape: Shape { matrix.shape }
  var rowStride: Int { 3_000_000_000 }
  var strided: Span<Double> { @_lifetime(borrow self) get { matrix.elements } }
}
