// SPDX-License-Identifier: Apache-2.0
//
// Cholesky by scaled residuals on every kind of matrix, and by small matrices whose factors are known.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct CholeskyFactorizationTests {
  func check<Element: MatrixElement>(_ kind: TestMatrix, _ n: Int, as _: Element.Type) throws {
    let a: Matrix<Element> = try kind.positiveDefinite(n)
    let tolerance = 30 * Double(n) * Double(Element.ulpOfOne)
    let cholesky = try CholeskyFactorization(a)
    let lower = try cholesky.lower()
    for i in 0..<n {
      #expect(lower[i, i] > 0)
      for j in (i + 1)..<max(n, i + 1) where lower[i, j] != 0 { Issue.record("\(i), \(j) is above L") }
    }
    #expect(try distance(cholesky.reconstruct(), a) <= tolerance * rowNorm(a), "reconstruct \(kind) \(n)")
    for right in [1, 2, 5] {
      let b: Matrix<Element> = LinearAlgebraTests.random(n, right, seed: UInt64(n + right))
      let x = try cholesky.solve(PaddedMatrix(b))
      let error = try a.backwardError(ofSolution: x, rightHandSide: b)
      #expect(Double(error) <= tolerance, "solve \(kind) \(n) \(right)")
    }

    let inverse = try cholesky.inverse()
    #expect(inverse == transposed(inverse))
    let condition = rowNorm(a) * rowNorm(inverse)
    #expect(
      try distance(Product.of(a, inverse), identity(n, as: Element.self)) <= tolerance * condition,
      "inverse \(kind) \(n)")
    let estimate = try Double(cholesky.reciprocalCondition())
    if condition * tolerance < 0.1, n > 0 {
      #expect(estimate * condition > 0.9 && estimate * condition < 10, "condition \(kind) \(n)")
      let lu = try LUFactorization(a).logDeterminant
      #expect(lu.sign == 1)
      #expect((cholesky.logDeterminant - lu.logMagnitude).magnitude <= tolerance * condition)
    }

    // Neither what is above the diagonal nor what lies between the rows is read.
    let half = Matrix<Element>(rows: n, columns: n) { i, j in j > i ? .nan : a[i, j] }
    #expect(try CholeskyFactorization(PaddedMatrix(half)).lower() == cholesky.lower())
    let inPlace = try CholeskyFactorization(inPlace: half)
    #expect(try inPlace.lower() == cholesky.lower() && inPlace.norm == cholesky.norm)
  }

  @Test(arguments: TestMatrix.allCases, TestMatrix.smallSizes) func doubles(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Double.self)
  }
  @Test(arguments: TestMatrix.allCases, TestMatrix.smallSizes) func floats(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Float.self)
  }
  @Test func largerOnes() throws {
    try check(.random, 257, as: Double.self)
    try check(.hilbert, 257, as: Float.self)
  }

  @Test func aKnownFactor() throws {
    // A classic: L = [[2, 0, 0], [6, 1, 0], [-8, 5, 3]].
    let a = Matrix<Double>([[4, 12, -16], [12, 37, -43], [-16, -43, 98]])
    let cholesky = try CholeskyFactorization(a)
    #expect(try distance(cholesky.lower(), Matrix<Double>([[2, 0, 0], [6, 1, 0], [-8, 5, 3]])) < 1e-13)
    #expect((cholesky.determinant - 36).magnitude < 1e-11)
    #expect((cholesky.logDeterminant - log(36)).magnitude < 1e-13)
    #expect(cholesky.norm == 157)
    let b = Matrix<Double>([[0], [6], [39]])  // A·[1, 1, 1]
    #expect(try distance(cholesky.solve(b), Matrix<Double>([[1], [1], [1]])) < 1e-11)
  }

  @Test func determinantsOutOfRange() throws {
    let n = 200
    let cholesky = try CholeskyFactorization(Matrix<Double>(rows: n, columns: n) { i, j in i == j ? 1e4 : 0 })
    #expect(cholesky.determinant == .infinity)
    #expect((cholesky.logDeterminant / (200 * log(1e4)) - 1).magnitude < 1e-14)
    #expect(try CholeskyFactorization(Matrix<Double>(rows: 0, columns: 0) { _, _ in 0 }).determinant == 1)
  }

  @Test(arguments: [1, 2, 40, 100]) func whatIsNotPositiveDefiniteNamesItsMinor(minor: Int) throws {
    for value in [-1, 0] as [Double] {
      let a = Matrix<Double>(rows: 100, columns: 100) { i, j in i != j ? 0 : i == minor - 1 ? value : 1 }
      let error = failure { _ = try CholeskyFactorization(a) }
      #expect(error?.code == .notPositiveDefinite)
      #expect(error?.minor == minor)
      #expect(error?.message.contains("leading minor of order \(minor) (of 100)") == true)
      #expect(error?.exitCode == 65)
    }
  }

  /// 1/5e-324 is infinite, and infinity · 0 is NaN, which LAPACK's test for a positive pivot lets through.
  @Test func whatOverflowsIsNotPositiveDefinite() throws {
    var a = Matrix<Double>(rows: 3, columns: 3) { i, j in i == j ? 1 : 0 }
    a[0, 0] = .leastNonzeroMagnitude
    a[2, 0] = 1e300
    let error = failure { _ = try CholeskyFactorization(a) }
    #expect(error?.code == .notPositiveDefinite && error?.minor == 3)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [(0, 0), (29, 0), (17, 13), (29, 29)])
  func nonFiniteElementsAreRefused(value: Double, place: (Int, Int)) throws {
    var a = identity(30, as: Double.self)
    let cholesky = try CholeskyFactorization(a)
    a[place.0, place.1] = value
    let error = failure { _ = try CholeskyFactorization(a) }
    #expect(error?.code == .notFinite)
    #expect(error?.element == LinearAlgebraError.Element(row: place.0, column: place.1))
    let kept = a
    #expect(failure { try cholesky.solve(inPlace: &a) }?.code == .notFinite)
    #expect(a.identical(to: kept))
  }

  @Test func refusals() throws {
    #expect(failure { _ = try CholeskyFactorization(Matrix<Double>([[1, 2]])) }?.code == .shapeMismatch)
    let one = try CholeskyFactorization(Matrix<Double>([[1e-300]]))
    #expect(failure { _ = try one.solve(Matrix([[1], [2]])) }?.code == .shapeMismatch)
    #expect(failure { _ = try one.solve(Matrix([[1e300]])) }?.code == .overflow)
    #expect(
      failure { _ = try CholeskyFactorization(Matrix<Double>([[.leastNonzeroMagnitude]])).inverse() }?.code == .overflow
    )
    let huge = Matrix<Double>([[1e308, 0], [1e308, 1e308]])
    #expect(failure { _ = try CholeskyFactorization(huge) }?.code == .overflow)
    let many = try Stub(1, 3_000_000_000)
    #expect(failure { _ = try CholeskyFactorization(Matrix<Float>([[1]])).solve(many) }?.code == .tooLarge)
  }
}
