// SPDX-License-Identifier: Apache-2.0
//
// Least squares by both methods: residuals orthogonal to A's columns, shortest solutions orthogonal to its null space,
// ranks, singular values and the rule by which a method is chosen.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct LeastSquaresTests {
  /// Square, tall, wide, empty, and past the 25 columns where divide and conquer divides.
  static let shapes: [(Int, Int)] = [
    (0, 0), (0, 3), (3, 0), (1, 1), (2, 1), (1, 2), (17, 17), (64, 20), (20, 64), (100, 100), (120, 60), (60, 120),
    (200, 3), (3, 200),
  ]

  func check<Element: MatrixElement>(_ kind: TestMatrix, _ m: Int, _ n: Int, as _: Element.Type) throws {
    let a: Matrix<Element> = kind.matrix(m, n)
    let epsilon = Double(Element.ulpOfOne)
    let size = 30 * Double(max(m, n, 1)) * epsilon
    for right in [0, 1, 3] {
      let name: Comment = "\(kind) \(m)×\(n) \(right) \(Element.elementType)"
      let b: Matrix<Element> = LinearAlgebraTests.random(m, right, seed: UInt64(m + right))
      let fit = try LeastSquares.solve(PaddedMatrix(a), PaddedMatrix(b))
      let x = fit.solution
      #expect(x.rows == n && x.columns == right && fit.residualNorms.count == right, name)
      var residual = b
      try Product.add(a, x, alpha: -1, to: &residual)
      let norms = columnNorms(residual.elements, columns: right, rowStride: right)
      #expect(zip(norms, fit.residualNorms).allSatisfy { ($0 - $1).magnitude <= Element(size) }, name)
      // Where a small singular value was dropped, it is in the residual: at most tolerance·s₁·‖x‖ of it.
      let normal = try Product.of(a, residual, left: .transposed)
      let scale = rowNorm(transposed(a)) * (rowNorm(a) * rowNorm(x) + rowNorm(b))
      #expect(distance(normal, Matrix<Element>(rows: n, columns: right) { _, _ in 0 }) <= size * scale, name)
      if let values = fit.singularValues {
        #expect(fit.method == .singularValues && values.count == min(m, n), name)
        #expect(fit.rank == values.count { $0 > Element(max(m, n)) * Element.ulpOfOne * values[0] }, name)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 }, name)
      } else {
        #expect(fit.method == .qr && fit.rank == n && m >= n, name)
      }
    }
  }

  @Test(arguments: TestMatrix.allCases, shapes) func doubles(kind: TestMatrix, sides: (Int, Int)) throws {
    try check(kind, sides.0, sides.1, as: Double.self)
  }
  @Test(arguments: TestMatrix.allCases, shapes) func floats(kind: TestMatrix, sides: (Int, Int)) throws {
    try check(kind, sides.0, sides.1, as: Float.self)
  }

  /// A = L·R of rank r: the shortest X lies in the row space of R, so that X = Rᵀ·Y, and it is unique.
  @Test(arguments: [(30, 20, 4), (20, 30, 4), (60, 60, 33)])
  func theShortestOfManySolutions(m: Int, n: Int, rank: Int) throws {
    let left = random(m, rank, seed: 1, as: Double.self)
    let right = random(rank, n, seed: 2, as: Double.self)
    let b = random(m, 2, seed: 3, as: Double.self)
    let fit = try LeastSquares.solve(Product.of(left, right), b)
    #expect(fit.method == .singularValues && fit.rank == rank)
    // Both factors have full rank: X = R⁺·L⁺·B, each by QR.
    let inner = try QRFactorization(left).solve(b)
    let gram = try CholeskyFactorization(Product.of(right, right, right: .transposed)).solve(inner)
    #expect(try distance(fit.solution, Product.of(right, gram, left: .transposed)) < 1e-10)
  }

  @Test func bothMethodsAgreeWhereTheRankIsFull() throws {
    let a = random(50, 20, seed: 4, as: Double.self)
    let b = random(50, 3, seed: 5, as: Double.self)
    let qr = try LeastSquares.solve(a, b)
    let svd = try LeastSquares.solve(a, b, by: .singularValues)
    #expect(qr.method == .qr && svd.method == .singularValues && svd.rank == 20)
    #expect(distance(qr.solution, svd.solution) < 1e-13)
    #expect(zip(qr.residualNorms, svd.residualNorms).allSatisfy { ($0 - $1).magnitude < 1e-13 })
  }

  @Test func knownSingularValuesAndTheTolerance() throws {
    let a = Matrix<Double>(rows: 4, columns: 3) { i, j in i == j ? [3, 0.01, 2][i] : 0 }
    let b = Matrix<Double>([[3], [1], [4], [5]])
    let fit = try LeastSquares.solve(a, b, by: .singularValues)
    #expect(distance(fit.solution, Matrix<Double>([[1], [100], [2]])) < 1e-11)
    #expect(zip(fit.singularValues ?? [], [3, 2, 0.01]).allSatisfy { ($0 - $1).magnitude < 1e-15 })
    #expect((fit.residualNorms[0] - 5).magnitude < 1e-14)
    let rough = try LeastSquares.solve(a, b, tolerance: 0.1)
    #expect(rough.rank == 2 && rough.method == .singularValues)
    #expect(distance(rough.solution, Matrix<Double>([[1], [0], [2]])) < 1e-14)
    #expect((rough.residualNorms[0] - sqrt(26)).magnitude < 1e-14)
  }

  @Test func theZeroMatrix() throws {
    let fit = try LeastSquares.solve(Matrix<Float>(rows: 3, columns: 2) { _, _ in 0 }, Matrix([[3], [0], [4]]))
    #expect(fit.rank == 0 && fit.singularValues == [0, 0] && fit.residualNorms == [5])
    #expect(fit.solution == Matrix([[0], [0]]))
  }

  @Test func columnNormsDoNotLeaveTheRange() {
    let a = Matrix<Double>(rows: 2, columns: 3) { i, j in [[3e200, 3e-200, 0], [4e200, 4e-200, 0]][i][j] }
    let norms = columnNorms(a.elements, columns: 3, rowStride: 3)
    #expect(zip(norms, [5e200, 5e-200, 0]).allSatisfy { ($0 - $1).magnitude <= 1e-15 * $1 })
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [(0, 0), (0, 29), (29, 0), (29, 29), (13, 7)])
  func nonFiniteElementsAreRefused(value: Double, place: (Int, Int)) throws {
    let good = random(30, 30, seed: 1, as: Double.self)
    var bad = good
    bad[place.0, place.1] = value
    for method in [LeastSquares.Method.automatic, .qr, .singularValues] {
      for (a, b) in [(good, bad), (bad, good)] {
        let error = failure { _ = try LeastSquares.solve(PaddedMatrix(a), PaddedMatrix(b), by: method) }
        #expect(error?.code == .notFinite)
        #expect(error?.element == LinearAlgebraError.Element(row: place.0, column: place.1))
      }
    }
  }

  @Test func refusals() throws {
    let wide = random(3, 4, seed: 1, as: Float.self)
    let b = random(3, 1, seed: 2, as: Float.self)
    #expect(failure { _ = try LeastSquares.solve(wide, b, by: .qr) }?.code == .shapeMismatch)
    #expect(failure { _ = try LeastSquares.solve(wide, transposed(wide)) }?.code == .shapeMismatch)
    let zero = Matrix<Float>(rows: 3, columns: 2) { _, _ in 0 }
    #expect(failure { _ = try LeastSquares.solve(zero, b, by: .qr) }?.code == .singular)
    // 50,000 × 60,000: the matrix would fit, m² elements of workspace do not.
    let right = try Stub(50_000, 1)
    for (rows, columns) in [(50_000, 60_000), (50_000, 3_000_000_000), (50_000, 70_000_000)] {
      let error = failure { _ = try LeastSquares.solve(Stub(rows, columns), right) }
      #expect(error?.code == .tooLarge)
    }
    #expect(failure { _ = try LeastSquares.solve(Stub(1, 1), Stub(1, 3_000_000_000)) }?.code == .tooLarge)
  }
}
