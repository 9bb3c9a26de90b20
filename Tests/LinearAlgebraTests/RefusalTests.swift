// SPDX-License-Identifier: Apache-2.0
//
// What LAPACK must never see, and what it says in its own way: each becomes one typed error, at once. The time limit is
// part of the test: LAPACK may not return from an infinity at all.

import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct RefusalTests {
  @Test(arguments: [Double.nan, .infinity, -.infinity], [(0, 0), (0, 29), (29, 0), (29, 29), (13, 17), (14, 14)])
  func nonFiniteElementsAreRefused(value: Double, place: (Int, Int)) throws {
    var a = random(30, 30, seed: 1, as: Double.self)
    a[place.0, place.1] = value
    let error = failure { _ = try LUFactorization(a) }
    #expect(error?.code == .notFinite)
    #expect(error?.element?.row == place.0 && error?.element?.column == place.1)
    #expect(error?.message.contains("row \(place.0), column \(place.1)") == true)
    #expect(error?.exitCode == 65)

    let lu = try LUFactorization(random(30, 30, seed: 2, as: Double.self))
    var b = random(30, 30, seed: 3, as: Double.self)
    b[place.0, place.1] = value
    let kept = b
    let other = failure { try lu.solve(inPlace: &b) }
    #expect(other?.code == .notFinite)
    #expect(b.identical(to: kept))
  }

  func scan<Element>(_ a: Matrix<Element>) -> Int? { indexOfFirstNonFinite(a.elements) }

  @Test func theScanFindsTheFirstAtEveryIndex() {
    for count in [1, 3, 4, 5, 2047, 2048, 2049, 2052, 5000] {
      var row = random(1, count, seed: 4, as: Float.self)
      #expect(scan(row) == nil)
      for index in Set([0, count / 2, max(count - 2, 0), count - 1]) {
        row[0, index] = .infinity
        row[0, count - 1] = .nan
        #expect(scan(row) == index)
        row[0, index] = .greatestFiniteMagnitude
        row[0, count - 1] = .leastNonzeroMagnitude
      }
      #expect(scan(row) == nil)
    }
    #expect(scan(Matrix<Double>(rows: 0, columns: 5) { _, _ in 0 }) == nil)
  }

  /// Row `pivot` is twice the row above it (or zero), exactly, and the numbers are small integers: elimination is exact.
  @Test(arguments: [0, 1, 2, 4])
  func singularMatricesNameTheirPivot(pivot: Int) throws {
    let a = Matrix<Double>(rows: 5, columns: 5) { i, j in
      if pivot == 0 { return i == 0 ? 0 : Double((i * j) % 5 + 1) }
      let row = i == pivot ? pivot - 1 : i
      return (row == j ? 1 : 0) * (i == pivot ? 2 : 1)
    }
    let lu = try LUFactorization(a)
    #expect(lu.firstZeroPivot == pivot)
    #expect(lu.determinant == 0)
    #expect(lu.logDeterminant == (0, -.infinity))
    #expect(try lu.reciprocalCondition() == 0)
    #expect(distance(try lu.reconstruct(), a) < 1e-14)
    var b = random(5, 2, seed: 5, as: Double.self)
    let kept = b
    let errors = [failure { try lu.solve(inPlace: &b) }, failure { _ = try lu.inverse() }]
    for error in errors {
      #expect(error?.code == .singular)
      #expect(error?.pivot == pivot)
      #expect(error?.message.contains("pivot \(pivot) of 5") == true)
    }
    #expect(b == kept)
  }

  @Test func shapes() throws {
    let tall = random(4, 3, seed: 6, as: Double.self)
    #expect(failure { _ = try LUFactorization(tall) }?.code == .shapeMismatch)
    let lu = try LUFactorization(random(4, 4, seed: 7, as: Double.self))
    let b = random(3, 1, seed: 8, as: Double.self)
    #expect(failure { _ = try lu.solve(b) }?.code == .shapeMismatch)
  }

  @Test func leavingTheRangeIsSaid() throws {
    let huge = Matrix<Double>(rows: 3, columns: 3) { i, j in i == j ? 1e308 : 0.9e308 }
    #expect(failure { _ = try LUFactorization(huge) }?.code == .overflow)
    let tiny = try LUFactorization(Matrix<Double>([[1e-300, 0], [0, 1]]))
    let b = Matrix<Double>([[1e300], [1]])
    #expect(failure { _ = try tiny.solve(b) }?.code == .overflow)
    // 1/x is infinite for the first of these, and where OpenBLAS multiplies by it there are no factors; in the corner none
    // is needed, but the inverse has it.
    let subnormal = Matrix<Double>([[0x1p-1029, 0], [0x1p-1030, 1]])
    #expect(failure { _ = try LUFactorization(transposed(subnormal)).inverse() }?.code == .overflow)
    let corner = try LUFactorization(Matrix<Double>([[1, 0], [0, .leastNonzeroMagnitude]]))
    #expect(corner.determinant == .leastNonzeroMagnitude)
    #expect(failure { _ = try corner.inverse() }?.code == .overflow)
  }

  /// Elimination can overflow where the matrix does not: then there are no factors whose condition LAPACK could be asked.
  @Test func growthDoesNotReachTheEstimator() throws {
    // Wilkinson's example, transposed: the last row of the factors doubles at every step, up to 2³⁹·10³⁰ here.
    let a = Matrix<Float>(rows: 40, columns: 40) { i, j in
      i == j || i == 39 ? 1e30 : i < j ? -1e30 : 0
    }
    let error = failure { _ = try LUFactorization(a) }
    #expect(error?.code == .overflow && error?.message.contains("before pivot 39") == true)
  }
}
