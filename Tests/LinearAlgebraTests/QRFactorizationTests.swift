// SPDX-License-Identifier: Apache-2.0
//
// QR with and without pivoting, on every kind of matrix, square, tall and wide: residuals, orthogonality, least squares
// by their normal equations, ranks, and small matrices whose factors are known.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct QRFactorizationTests {
  /// Square, and each small size with one that is about half as large, both ways.
  static let shapes: [Shape] = TestMatrix.smallSizes.flatMap { n in
    [(n, n), (n, n / 2 + 1), (n / 2 + 1, n)].compactMap { try? Shape(rows: $0.0, columns: $0.1) }
  }

  func check<Element: MatrixElement>(_ kind: TestMatrix, _ shape: Shape, pivoting: Bool, as _: Element.Type) throws {
    let (m, n) = (shape.rows, shape.columns)
    let a: Matrix<Element> = kind.matrix(m, n)
    let size = Double(max(m, n, 1)) * Double(Element.ulpOfOne)
    let tolerance = 30 * size * rowNorm(a)
    let name: Comment = "\(kind) \(shape) \(pivoting) \(Element.elementType)"
    let qr = try QRFactorization(PaddedMatrix(a), pivoting: pivoting)
    #expect(qr.columnOrder.sorted() == Array(0..<n), name)
    #expect(try distance(qr.reconstruct(), a) <= tolerance, name)

    let thin = try qr.q()
    let full = try qr.q(.full)
    let r = try qr.r()
    #expect(thin.columns == min(m, n) && full.columns == m && r.shape == Shape(trusted: min(m, n), n), name)
    #expect(try distanceFromOrthonormal(full) <= 30 * size, name)
    #expect(distance(thin, Matrix(rows: m, columns: min(m, n)) { i, j in full[i, j] }) <= 30 * size, name)
    let exchanged = Matrix<Element>(rows: m, columns: n) { i, j in a[i, qr.columnOrder[j]] }
    #expect(try distance(Product.of(thin, r), exchanged) <= tolerance, name)
    for i in 0..<r.rows {
      #expect((0..<i).allSatisfy { r[i, $0] == 0 }, name)
      if pivoting, i > 0 {
        #expect(
          Double(r[i, i].magnitude) <= Double(r[i - 1, i - 1].magnitude) * (1 + 30 * size) + tolerance, name)
      }
    }

    let c: Matrix<Element> = LinearAlgebraTests.random(m, 3, seed: 5)
    for op in Transpose.allCases {
      var product = c
      try qr.applyQ(op, to: &product)
      #expect(try distance(product, Product.of(full, c, left: op)) <= 30 * size * Double(max(m, 1)), name)
    }
    if !pivoting { #expect(try QRFactorization(inPlace: a).r() == r, name) }
  }

  @Test(arguments: TestMatrix.allCases, shapes) func doubles(kind: TestMatrix, shape: Shape) throws {
    for pivoting in [false, true] { try check(kind, shape, pivoting: pivoting, as: Double.self) }
  }
  @Test(arguments: TestMatrix.allCases, shapes) func floats(kind: TestMatrix, shape: Shape) throws {
    for pivoting in [false, true] { try check(kind, shape, pivoting: pivoting, as: Float.self) }
  }
  @Test func largerOnes() throws {
    try check(.random, Shape(rows: 257, columns: 100), pivoting: false, as: Double.self)
    try check(.graded, Shape(rows: 257, columns: 257), pivoting: true, as: Float.self)
  }

  /// At the X of smallest ‖A·X − B‖ the residual is orthogonal to the columns of A.
  func checkSolution<Element: MatrixElement>(_ kind: TestMatrix, _ m: Int, _ n: Int, as _: Element.Type) throws {
    let a: Matrix<Element> = kind.matrix(m, n)
    for pivoting in [false, true] {
      let qr = try QRFactorization(a, pivoting: pivoting)
      for right in [0, 1, 4] {
        let b: Matrix<Element> = LinearAlgebraTests.random(m, right, seed: UInt64(m + right))
        let x = try qr.solve(PaddedMatrix(b))
        #expect(x.rows == n && x.columns == right)
        if m == n {
          let error = try a.backwardError(ofSolution: x, rightHandSide: b)
          #expect(Double(error) <= 30 * Double(n) * Double(Element.ulpOfOne), "\(kind) \(m)×\(n) \(right)")
        }
        var residual = b
        try Product.add(a, x, alpha: -1, to: &residual)
        let normal = try Product.of(a, residual, left: .transposed)
        let scale = rowNorm(transposed(a)) * (rowNorm(a) * rowNorm(x) + rowNorm(b))
        #expect(
          distance(normal, Matrix<Element>(rows: n, columns: right) { _, _ in 0 })
            <= 30 * Double(max(m, 1)) * Double(Element.ulpOfOne) * scale,
          "\(kind) \(m)×\(n) \(right)")
      }
    }
  }

  @Test(arguments: TestMatrix.regular, [(0, 0), (3, 0), (1, 1), (2, 1), (17, 17), (64, 20), (100, 100), (200, 3)])
  func solutions(kind: TestMatrix, sides: (Int, Int)) throws {
    try checkSolution(kind, sides.0, sides.1, as: Double.self)
    try checkSolution(kind, sides.0, sides.1, as: Float.self)
  }

  @Test func aKnownFactorization() throws {
    // The classic example: R = [[14, 21, -14], [0, 175, -70], [0, 0, 35]] up to the signs of its rows.
    let a = Matrix<Double>([[12, -51, 4], [6, 167, -68], [-4, 24, -41]])
    let qr = try QRFactorization(a)
    let upper = try qr.r()
    let r = Matrix<Double>(rows: 3, columns: 3) { i, j in upper[i, j] * (upper[i, i] < 0 ? -1 : 1) }
    #expect(distance(r, Matrix<Double>([[14, 21, -14], [0, 175, -70], [0, 0, 35]])) < 1e-12)
    #expect(qr.rank == nil && !qr.isPivoted && qr.columnOrder == [0, 1, 2])
    // The line through (0, 1), (1, 3), (2, 5), (3, 7) exactly; one point moved by 1 moves the line by a known amount.
    let points = Matrix<Double>([[1, 0], [1, 1], [1, 2], [1, 3]])
    let line = try QRFactorization(points).solve(Matrix([[1, 2], [3, 3], [5, 5], [7, 7]]))
    #expect(distance(line, Matrix<Double>([[1, 1.7], [2, 1.7]])) < 1e-13)
  }

  @Test func ranks() throws {
    let left = random(40, 7, seed: 1, as: Double.self)
    let right = random(7, 30, seed: 2, as: Double.self)
    let qr = try QRFactorization(Product.of(left, right), pivoting: true)
    #expect(qr.rank == 7)
    #expect(try QRFactorization(identity(5, as: Float.self), pivoting: true).rank == 5)
    #expect(try QRFactorization(Matrix<Float>(rows: 4, columns: 3) { _, _ in 0 }, pivoting: true).rank == 0)
    #expect(try QRFactorization(Matrix<Float>(rows: 0, columns: 3) { _, _ in 0 }, pivoting: true).rank == 0)
    // Columns in the order of their lengths: the last is the longest.
    let scaled = Matrix<Double>(rows: 3, columns: 3) { i, j in i == j ? Double(j + 1) : 0 }
    #expect(try QRFactorization(scaled, pivoting: true).columnOrder == [2, 1, 0])
  }

  @Test func conditions() throws {
    let diagonal = Matrix<Double>(rows: 5, columns: 3) { i, j in i == j ? pow(10, Double(j)) : 0 }
    #expect(try (QRFactorization(diagonal).reciprocalCondition() - 0.01).magnitude < 1e-15)
    let zero = try QRFactorization(Matrix<Double>(rows: 3, columns: 2) { i, j in j == 0 ? 1 : 0 })
    #expect(try zero.reciprocalCondition() == 0)
    let error = failure { _ = try zero.solve(Matrix([[1], [2], [3]])) }
    #expect(error?.code == .singular && error?.pivot == 1)
    #expect(error?.message.contains("column 1 of the matrix") == true)
    #expect(try QRFactorization(Matrix<Double>(rows: 2, columns: 0) { _, _ in 0 }).reciprocalCondition() == 1)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [(0, 0), (0, 19), (29, 0), (29, 19), (13, 7)])
  func nonFiniteElementsAreRefused(value: Double, place: (Int, Int)) throws {
    var a = random(30, 20, seed: 1, as: Double.self)
    let qr = try QRFactorization(a)
    a[place.0, place.1] = value
    for pivoting in [false, true] {
      let error = failure { _ = try QRFactorization(PaddedMatrix(a), pivoting: pivoting) }
      #expect(error?.code == .notFinite)
      #expect(error?.element == LinearAlgebraError.Element(row: place.0, column: place.1))
    }
    #expect(failure { _ = try qr.solve(a) }?.code == .notFinite)
    let kept = a
    #expect(failure { try qr.applyQ(to: &a) }?.code == .notFinite)
    #expect(a.identical(to: kept))
  }

  @Test func refusals() throws {
    let wide = try QRFactorization(random(3, 4, seed: 1, as: Float.self))
    let error = failure { _ = try wide.solve(Matrix([[1], [2], [3]])) }
    #expect(error?.code == .shapeMismatch && error?.message.contains("LeastSquares.solve") == true)
    #expect(failure { _ = try wide.reciprocalCondition() }?.code == .shapeMismatch)
    var c = random(4, 1, seed: 2, as: Float.self)
    #expect(failure { try wide.applyQ(to: &c) }?.code == .shapeMismatch)
    let one = try QRFactorization(Matrix<Float>([[1]]))
    #expect(failure { _ = try one.solve(c) }?.code == .shapeMismatch)
    #expect(failure { _ = try one.solve(Stub(1, 3_000_000_000)) }?.code == .tooLarge)
    #expect(failure { _ = try QRFactorization(Stub(3_000_000_000, 0)) }?.code == .tooLarge)
    // 32 times as many elements of workspace as columns.
    #expect(failure { _ = try QRFactorization(Stub(1, 70_000_000)) }?.code == .tooLarge)
    #expect(failure { _ = try QRFactorization(Stub(1, 70_000_000), pivoting: true) }?.code == .tooLarge)
    let huge = Matrix<Double>(rows: 4, columns: 1) { _, _ in 1.7e308 }
    for pivoting in [false, true] {
      #expect(failure { _ = try QRFactorization(huge, pivoting: pivoting) }?.code == .overflow)
    }
  }

  /// LAPACK writes into the reflectors while it applies them; many tasks with one factorization take turns.
  @Test func manyTasksWithOneFactorization() async throws {
    let a = random(40, 40, seed: 8, as: Double.self)
    let qr = try QRFactorization(a)
    let (q, x) = try (qr.q(), qr.solve(a))
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask { (0..<20).allSatisfy { _ in (try? qr.q()) == q && (try? qr.solve(a)) == x } }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}

extension Shape {
  fileprivate init?(trusted rows: Int, _ columns: Int) {
    guard let shape = try? Shape(rows: rows, columns: columns) else { return nil }
    self = shape
  }
}
