// SPDX-License-Identifier: Apache-2.0
//
// LU as LAPACK itself is tested: residuals divided by n·ε and by norms, below 30, on well and badly behaved matrices,
// both element types, and small matrices whose answers are known.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct LUFactorizationTests {
  static let orders = [1, 2, 3, 17, 64, 100]

  func check<Element: MatrixElement>(_ kind: TestMatrix, _ n: Int, as _: Element.Type) throws {
    let a = kind.square(n, as: Element.self)
    let epsilon = Double(Element.ulpOfOne)
    let lu = try LUFactorization(a)
    #expect(lu.firstZeroPivot == nil)

    let again = try lu.reconstruct()
    #expect(distance(again, a) <= 30 * Double(n) * epsilon * rowNorm(a), "reconstruct \(kind) \(n)")

    // A with its columns in the order of the pivots is L·U.
    let product = try Product.of(lu.lower(), lu.upper())
    let columns = lu.columnOrder
    let exchanged = Matrix<Element>(rows: n, columns: n) { i, j in a[i, columns[j]] }
    #expect(distance(product, exchanged) <= 30 * Double(n) * epsilon * rowNorm(a), "L·U \(kind) \(n)")

    for right in [1, 2, 5] {
      let b = random(n, right, seed: UInt64(n + right), as: Element.self)
      let x = try lu.solve(b)
      let error = try a.backwardError(ofSolution: x, rightHandSide: b)
      #expect(Double(error) <= 30 * Double(n) * epsilon, "solve \(kind) \(n) \(right)")

      let y = try lu.solve(b, .transposed)
      let transposed = Matrix<Element>(rows: n, columns: n) { i, j in a[j, i] }
      let transposedError = try transposed.backwardError(ofSolution: y, rightHandSide: b)
      #expect(Double(transposedError) <= 30 * Double(n) * epsilon, "transposed \(kind) \(n) \(right)")
    }

    let inverse = try lu.inverse()
    let shouldBeOne = try Product.of(a, inverse)
    let condition = rowNorm(a) * rowNorm(inverse)
    #expect(
      distance(shouldBeOne, identity(n, as: Element.self)) <= 30 * Double(n) * epsilon * condition,
      "inverse \(kind) \(n)")
  }

  @Test(arguments: TestMatrix.regular, orders) func doubles(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Double.self)
  }
  @Test(arguments: TestMatrix.regular, orders) func floats(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Float.self)
  }

  @Test func aLargerOne() throws {
    try check(.random, 257, as: Double.self)
    try check(.headline, 257, as: Float.self)
  }

  @Test func severalRightHandSidesAreOneByOneTheSame() throws {
    let a = random(50, 50, seed: 1, as: Double.self)
    let b = random(50, 4, seed: 2, as: Double.self)
    let lu = try LUFactorization(a)
    let condition = try 1 / lu.reciprocalCondition()
    for op in Transpose.allCases {
      let x = try lu.solve(b, op)
      for j in 0..<4 {
        let column = try lu.solve(Matrix<Double>(rows: 50, columns: 1) { i, _ in b[i, j] }, op)
        let same = Matrix<Double>(rows: 50, columns: 1) { i, _ in x[i, j] }
        #expect(distance(column, same) <= 50 * Double.ulpOfOne * condition * rowNorm(column))
      }
    }
  }

  @Test func aKnownSystem() throws {
    // 2x + y = 5, x - y = 1: x = 2, y = 1. Inverse: [[1, 1], [1, -2]] / 3. Determinant: -3.
    let lu = try LUFactorization(Matrix<Double>([[2, 1], [1, -1]]))
    #expect(distance(try lu.solve(Matrix([[5], [1]])), Matrix<Double>([[2], [1]])) < 1e-15)
    let third = 1.0 / 3
    #expect(distance(try lu.inverse(), Matrix<Double>([[third, third], [third, -2 * third]])) < 1e-15)
    #expect((lu.determinant + 3).magnitude < 1e-15)
    #expect(lu.norm == 3)
    // Transposed, with a matrix that is not symmetric: Aᵀ·x = b for A = [[1, 2], [3, 4]], b = [7, 10] → x = [1, 2].
    let other = try LUFactorization(Matrix<Float>([[1, 2], [3, 4]]))
    #expect(distance(try other.solve(Matrix([[7], [10]]), .transposed), Matrix<Float>([[1], [2]])) < 1e-5)
    #expect(
      distance(try other.solve(Matrix([[7, 7], [10, 10]]), .transposed), Matrix<Float>([[1, 1], [2, 2]])) < 1e-5)
  }

  @Test func inPlace() throws {
    let a = random(30, 30, seed: 3, as: Double.self)
    var b = random(30, 3, seed: 4, as: Double.self)
    let copy = b
    let lu = try LUFactorization(inPlace: a)
    try lu.solve(inPlace: &b)
    #expect(b == (try LUFactorization(a).solve(copy)))
    var shared = try SharedMatrix(copy)
    try lu.solve(inPlace: &shared)
    #expect(try Matrix(shared) == b)
  }

  @Test func theEmptyMatrix() throws {
    let lu = try LUFactorization(Matrix<Double>(rows: 0, columns: 0) { _, _ in 0 })
    #expect(lu.determinant == 1 && lu.logDeterminant == (1, 0))
    #expect(try lu.inverse().isEmpty && lu.reconstruct().isEmpty && lu.lower().isEmpty)
    #expect(try lu.reciprocalCondition() == 1)
    #expect(try lu.solve(Matrix(rows: 0, columns: 3) { _, _ in 0 }).shape == Shape(rows: 0, columns: 3))
    let one = try LUFactorization(Matrix<Double>([[2]]))
    #expect(try one.solve(Matrix(rows: 1, columns: 0) { _, _ in 0 }).shape == Shape(rows: 1, columns: 0))
  }
}

@Suite(.timeLimit(.minutes(20)))
struct DeterminantAndConditionTests {
  @Test func knownDeterminants() throws {
    #expect(try LUFactorization(Matrix<Double>([[0, 1], [1, 0]])).determinant == -1)
    #expect(try LUFactorization(Matrix<Double>([[0, 1, 0], [0, 0, 1], [1, 0, 0]])).determinant == 1)
    #expect(try LUFactorization(Matrix<Double>([[-4]])).determinant == -4)
    #expect(try LUFactorization(Matrix<Float>([[-2, 0], [0, -8]])).determinant == 16)
    // The pivots' product passes through 10^-400 and 10^400 and ends at 1.
    let extremes = [1e-200, 1e-200, 1e200, 1e200]
    let wide = Matrix<Double>(rows: 4, columns: 4) { i, j in i == j ? extremes[i] : 0 }
    #expect((try LUFactorization(wide).determinant - 1).magnitude < 1e-14)
  }

  @Test func logarithmsReachFurther() throws {
    let n = 200
    let lu = try LUFactorization(Matrix<Double>(rows: n, columns: n) { i, j in i == j ? -1000 : 0 })
    #expect(lu.determinant == .infinity)
    #expect(lu.logDeterminant.sign == 1)
    #expect((lu.logDeterminant.logMagnitude / (Double(n) * log(1000)) - 1).magnitude < 1e-14)
    let small = try LUFactorization(Matrix<Double>(rows: 3, columns: 3) { i, j in i == j ? -1e-150 : 0 })
    #expect(small.determinant == 0 && small.determinant.sign == .minus)
    #expect(small.logDeterminant.sign == -1)
  }

  @Test func conditions() throws {
    #expect(try LUFactorization(identity(10, as: Double.self)).reciprocalCondition() == 1)
    // Hilbert's matrix of order 5: κ₁ = 943,656 (Gregory and Karney 1969, example 3.8).
    let hilbert = Matrix<Double>(rows: 5, columns: 5) { i, j in 1 / Double(i + j + 1) }
    #expect((try LUFactorization(hilbert).reciprocalCondition() * 943_656 - 1).magnitude < 1e-6)
    // Not symmetric, so that the 1-norm and the ∞-norm differ: A = [[1, 100], [0, 1]], ‖A‖₁ = ‖A⁻¹‖₁ = 101.
    let shear = try LUFactorization(Matrix<Double>([[1, 100, 100], [0, 1, 0], [0, 0, 1]]))
    #expect((try shear.reciprocalCondition() * 101 * 101 - 1).magnitude < 1e-12)
    // Beyond the precision: no digit of a solution is right, and the condition says so.
    let large = Matrix<Double>(rows: 20, columns: 20) { i, j in 1 / Double(i + j + 1) }
    #expect(try LUFactorization(large).reciprocalCondition() < Double.ulpOfOne)
  }
}
