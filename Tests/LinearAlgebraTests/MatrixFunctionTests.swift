// SPDX-License-Identifier: Apache-2.0
//
// Powers, exponentials and square roots: cases with known answers, and identities that hold for all matrices.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct MatrixPowerTests {
  @Test func known() throws {
    // Powers of [[1, 1], [1, 0]] hold Fibonacci's numbers.
    let a = Matrix<Double>([[1, 1], [1, 0]])
    #expect(try a.power(10) == Matrix([[89, 55], [55, 34]]))
    #expect(try a.power(1) == a && a.power(0) == identity(2))
    #expect(distance(try a.power(-3), Matrix<Double>([[-1, 2], [2, -3]])) < 1e-14)
    let shift = Matrix<Double>(rows: 5, columns: 5) { i, j in j == i + 1 ? 1 : 0 }
    #expect(try shift.power(4)[0, 4] == 1 && shift.power(5).norm(.max) == 0)
    #expect(try diagonal([2.0, 0]).power(0) == identity(2))
    #expect(try diagonal([1.0, -1]).power(.max) == diagonal([1, -1]))
    #expect(try diagonal([1.0, -1]).power(.min) == identity(2))
    #expect(try Matrix<Double>(rows: 0, columns: 0) { _, _ in 0 }.power(-7).isEmpty)
  }

  @Test(arguments: [2, 3, 5, 8, 13]) func productsByDefinition(exponent: Int) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      let a = TestMatrix.random.square(30, as: Element.self)
      var expected = a
      for _ in 1..<exponent { expected = try Product.of(expected, a) }
      let unit = Double(Element.ulpOfOne) * 30 * Double(exponent) * pow(rowNorm(a), Double(exponent))
      #expect(distance(try PaddedMatrix(a).power(exponent), expected) <= unit)
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test func refusals() throws {
    #expect(failure { _ = try random(2, 3, seed: 1, as: Double.self).power(2) }?.code == .shapeMismatch)
    #expect(failure { _ = try diagonal([1.0, 0]).power(-1) }?.code == .singular)
    #expect(failure { _ = try diagonal([1e200, 1]).power(2) }?.code == .overflow)
    #expect(refusesNonFinite { _ = try $0.power(3) })
  }
}

@Suite(.timeLimit(.minutes(20)))
struct MatrixExponentialTests {
  @Test func known() throws {
    // Nilpotent: the series ends. Exact in arithmetic without rounding; here to the last bits.
    let nilpotent = Matrix<Double>([[0, 1, 2], [0, 0, 3], [0, 0, 0]])
    #expect(distance(try nilpotent.exponential(), Matrix<Double>([[1, 1, 3.5], [0, 1, 3], [0, 0, 1]])) < 1e-14)
    // The generator of rotations.
    for angle in [1e-12, 0.5, 3, 40, 1000] {
      let generator = Matrix<Double>([[0, -angle], [angle, 0]])
      let rotation = Matrix<Double>([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
      #expect(distance(try generator.exponential(), rotation) < 1e-15 * max(8, 2 * angle), "\(angle)")
    }
    for values in [[0, 0, 0], [1.0, -2, 30], [-700, 0.1, 700], [1e-300, -1e-20, 1e-8]] {
      let power = try diagonal(values).exponential()
      for i in 0..<3 {
        let expected = exp(values[i])
        // Each squaring doubles the relative error: it grows with the norm.
        let tolerance = 1e-15 * max(8, 2 * (values.map(\.magnitude).max() ?? 0)) * expected
        #expect(
          (power[i, i] - expected).magnitude <= min(tolerance, 1e-12 * expected), "\(values)")
      }
      #expect(power[0, 1] == 0 && power[2, 0] == 0)
    }
    #expect(try Matrix<Double>([[-1e15]]).exponential() == Matrix([[0]]))
    #expect(try Matrix<Double>(rows: 0, columns: 0) { _, _ in 0 }.exponential().isEmpty)
    // Example 2 of Ward 1977, Numerical computation of the matrix exponential with accuracy estimate, through e^A·e^-A = I.
    let ward = Matrix<Double>([
      [29.87942128909879, 0.7815750847907159, -2.289519314033932],
      [0.7815750847907159, 25.72656945571064, 8.680737820540137],
      [-2.289519314033932, 8.680737820540137, 34.39400925519054],
    ])
    let eigen = try SymmetricEigenDecomposition(ward)
    var scaled = eigen.vt
    scaled.multiply(each: .row, by: eigen.eigenvalues.map { exp($0) })
    let expected = try Product.of(eigen.vt, scaled, left: .transposed)
    #expect(distance(try ward.exponential(), expected) < 1e-13 * rowNorm(expected))
  }

  @Test(arguments: TestMatrix.allCases, [1, 2, 17, 64]) func theInverseIsThatOfMinusA(kind: TestMatrix, n: Int) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      var a = kind.square(n, as: Element.self)
      // Norms up to 4, so that neither factor is so large that the product says nothing.
      let norm = Element(rowNorm(a))
      if norm > 4 { a *= 4 / norm }
      var negative = a
      negative *= -1
      let (power, inverse) = (try PaddedMatrix(a).exponential(), try negative.exponential())
      let unit = 30 * Double(n) * Double(Element.ulpOfOne)
      #expect(
        distance(try Product.of(power, inverse), identity(n, as: Element.self)) <= unit * rowNorm(power)
          * rowNorm(inverse))
      // e^2A is the square of e^A, by another number of squarings.
      var double = a
      double *= 2
      let square = try Product.of(power, power)
      #expect(distance(try double.exponential(), square) <= unit * rowNorm(power) * rowNorm(power))
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test func refusals() throws {
    #expect(failure { _ = try random(2, 3, seed: 1, as: Double.self).exponential() }?.code == .shapeMismatch)
    #expect(failure { _ = try diagonal([800.0, 1]).exponential() }?.code == .overflow)
    #expect(failure { _ = try diagonal([Float(100), 1]).exponential() }?.code == .overflow)
    for large in [5e15, 1e300, -1e300] {
      #expect(failure { _ = try diagonal([large, 1]).exponential() }?.code == .illConditioned)
    }
    #expect(refusesNonFinite { _ = try $0.exponential() })
  }
}

@Suite(.timeLimit(.minutes(20)))
struct MatrixSquareRootTests {
  /// ‖X² - A‖ over n·ε·‖X‖²: what the method promises (Higham 1987, §5).
  func residual<Element: MatrixElement>(_ root: Matrix<Element>, _ a: Matrix<Element>) throws -> Double {
    let size = rowNorm(root)
    let difference = distance(try Product.of(root, root), a)
    return difference == 0 ? 0 : difference / (Double(a.rows) * Double(Element.ulpOfOne) * size * size)
  }

  @Test func known() throws {
    #expect(
      distance(try Matrix<Double>([[33, 24], [48, 57]]).squareRoot(), Matrix<Double>([[5, 2], [4, 7]])) < 1e-14)
    let angle = 2.5
    let rotation = Matrix<Double>([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    let half = Matrix<Double>([[cos(angle / 2), -sin(angle / 2)], [sin(angle / 2), cos(angle / 2)]])
    #expect(distance(try rotation.squareRoot(), half) < 1e-14)
    #expect(distance(try diagonal([4.0, 0, 9, 1e-300]).squareRoot(), diagonal([2.0, 0, 3, 1e-150])) < 1e-15)
    let zero = diagonal([0.0, 0, 0])
    #expect(try zero.squareRoot() == zero)
    #expect(distance(try zero.exponential(), identity(3, as: Double.self)) < 1e-15)
    #expect(try Matrix<Double>(rows: 0, columns: 0) { _, _ in 0 }.squareRoot().isEmpty)
    // A Jordan block: √(λI + N) = √λ·(I + N/2λ - N²/8λ²).
    let jordan = Matrix<Double>([[4, 1, 0], [0, 4, 1], [0, 0, 4]])
    let root = Matrix<Double>([[2, 0.25, -1.0 / 64], [0, 2, 0.25], [0, 0, 2]])
    #expect(distance(try jordan.squareRoot(), root) < 1e-14)
  }

  @Test(arguments: TestMatrix.allCases, [1, 2, 17, 64, 100]) func squares(kind: TestMatrix, n: Int) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      // Moved so far that no eigenvalue is real and negative, nor any root far from the others.
      var a = kind.square(n, as: Element.self)
      addToDiagonal(Element(1.1 * rowNorm(a) + 1), of: &a)
      let root = try PaddedMatrix(a).squareRoot()
      #expect(try residual(root, a) < 30, "\(kind) \(n)")
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test(arguments: 1...20) func rotationsAndGramians(seed: Int) throws {
    // Squares of matrices with pairs on both sides of the imaginary axis have roots; which one is told by its residual
    // and by the real parts of its eigenvalues.
    let b = random(30, 30, seed: UInt64(seed), as: Double.self)
    let square = try Product.of(b, b)
    let root = try square.squareRoot()
    #expect(try residual(root, square) < 30)
    #expect(try root.eigenvalues().allSatisfy { $0.real > -1e-10 })
    // Singular and semidefinite: rank 10 of 30. Its root moves as √ε.
    let tall = random(10, 30, seed: UInt64(100 + seed), as: Double.self)
    let gramian = try Product.of(tall, tall, left: .transposed)
    #expect(try residual(gramian.squareRoot(), gramian) < 100)
  }

  @Test func refusals() throws {
    let negative = failure { _ = try diagonal([1.0, -4, 2]).squareRoot() }
    #expect(negative?.code == .noRealRoot && negative?.message.contains("-4.0") == true && negative?.exitCode == 65)
    #expect(failure { _ = try diagonal([-1.0, -1]).squareRoot() }?.code == .noRealRoot)
    let nilpotent = Matrix<Double>([[0, 1], [0, 0]])
    #expect(failure { _ = try nilpotent.squareRoot() }?.code == .noRealRoot)
    let larger = Matrix<Double>([[4, 1, 0], [0, 0, 1], [0, 0, 0]])
    #expect(failure { _ = try larger.squareRoot() }?.code == .noRealRoot)
    #expect(failure { _ = try random(2, 3, seed: 1, as: Double.self).squareRoot() }?.code == .shapeMismatch)
    #expect(refusesNonFinite { _ = try $0.squareRoot() })
  }
}
