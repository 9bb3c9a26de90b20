// SPDX-License-Identifier: Apache-2.0
//
// Matrices whose determinants, inverses, factors and spectra are known in closed form (Gregory and Karney 1969, A
// collection of matrices for testing computational algorithms; Higham 2002, Accuracy and Stability, 2nd ed., ch. 28).

import ComplexModule
import Glibc
import MatrixCore
import RealModule
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct KnownMatricesTests {
  /// -1, 2, -1: the second difference of n points.
  func secondDifference<Element: MatrixElement>(_ n: Int, as _: Element.Type = Element.self) -> Matrix<Element> {
    Matrix(rows: n, columns: n) { i, j in i == j ? 2 : (i - j).magnitude == 1 ? -1 : 0 }
  }

  func binomial(_ n: Int, _ k: Int) -> Int {
    k < 0 || k > n ? 0 : (0..<k).reduce(1) { $0 * (n - $1) / ($1 + 1) }
  }

  func isNear<Element: MatrixElement>(_ value: Element, _ known: Double, _ tolerance: Double) -> Bool {
    (Double(value) - known).magnitude <= tolerance * known.magnitude
  }

  @Test(arguments: [1, 2, 3, 10, 64, 257]) func theSecondDifference(n: Int) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      let a = secondDifference(n, as: Element.self)
      let epsilon = Double(Element.ulpOfOne)
      let condition = Double((n + 1) * (n + 1)) / 2  // 4/π²·(n + 1)², and room
      let (lu, cholesky) = try (LUFactorization(a), CholeskyFactorization(a))
      #expect(isNear(lu.determinant, Double(n + 1), epsilon * condition))
      #expect(isNear(cholesky.determinant, Double(n + 1), epsilon * condition))
      #expect((cholesky.logDeterminant - log(Double(n + 1))).magnitude <= epsilon * condition)
      let inverse = Matrix<Double>(rows: n, columns: n) { i, j in
        Double((min(i, j) + 1) * (n - max(i, j))) / Double(n + 1)
      }
      let tolerance = 4 * epsilon * condition * Double(n)
      #expect(try distance(lu.inverse(), inverse) <= tolerance)
      #expect(try distance(cholesky.inverse(), inverse) <= tolerance)
      // A line has no second difference but at its ends.
      let line = Matrix<Element>(rows: n, columns: 1) { i, _ in Element(i + 1) }
      let ends = Matrix<Element>(rows: n, columns: 1) { i, _ in i == n - 1 ? Element(n + 1) : 0 }
      #expect(try distance(lu.solve(ends), line) <= tolerance)
      let values = try a.symmetricEigenvalues()
      for k in 0..<n {
        let known = 2 - 2 * cos(Double(k + 1) * .pi / Double(n + 1))
        #expect((Double(values[k]) - known).magnitude <= 8 * epsilon * 4)
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  /// det = ∏ₖ k!⁴ / (2k)!·(2k + 1)!, in integers up to order 6; the inverse is one of integers.
  @Test(arguments: zip(1...6, [1, 12, 2160, 6_048_000, 266_716_800_000, 186_313_420_339_200_000]))
  func hilbert(n: Int, reciprocalDeterminant: Int) throws {
    let a: Matrix<Double> = TestMatrix.hilbert.square(n)
    let condition = try a.conditionNumber()
    let tolerance = 4 * Double(n) * Double.ulpOfOne * condition
    let (lu, cholesky) = try (LUFactorization(a), CholeskyFactorization(a))
    #expect(isNear(lu.determinant, 1 / Double(reciprocalDeterminant), tolerance))
    #expect(isNear(cholesky.determinant, 1 / Double(reciprocalDeterminant), tolerance))
    let inverse = Matrix<Double>(rows: n, columns: n) { i, j in
      let sign = (i + j) % 2 == 0 ? 1 : -1
      let square = binomial(i + j, i) * binomial(i + j, i)
      return Double(sign * (i + j + 1) * binomial(n + i, n - j - 1) * binomial(n + j, n - i - 1) * square)
    }
    #expect(try distance(lu.inverse(), inverse) <= tolerance * rowNorm(inverse))
    #expect(try distance(cholesky.inverse(), inverse) <= tolerance * rowNorm(inverse))
    #expect(try distance(SingularValueDecomposition(a).pseudoInverse(), inverse) <= tolerance * rowNorm(inverse))
  }

  /// P = L·Lᵀ with Pascal's triangle in L: integers below 2⁵³, so that Cholesky is exact. det P = 1, and the inverse of L is
  /// L with alternating signs.
  @Test func pascal() throws {
    let n = 12
    let lower = Matrix<Double>(rows: n, columns: n) { i, j in Double(binomial(i, j)) }
    let a = Matrix<Double>(rows: n, columns: n) { i, j in Double(binomial(i + j, i)) }
    let cholesky = try CholeskyFactorization(a)
    #expect(try cholesky.lower() == lower && cholesky.determinant == 1 && cholesky.logDeterminant == 0)
    let inverse = try TriangularMatrix(lower, .lower).inverse()
    #expect(inverse == Matrix(rows: n, columns: n) { i, j in lower[i, j] * ((i + j) % 2 == 0 ? 1 : -1) })
    // The eigenvalues come in pairs of reciprocals.
    let values = try a[rows: 0..<6, columns: 0..<6].symmetricEigenvalues()
    #expect((0..<3).allSatisfy { (values[$0] * values[5 - $0] - 1).magnitude < 1e-12 })
  }

  /// det = ∏ (xⱼ - xᵢ) over i < j.
  @Test(arguments: 1...8) func vandermonde(n: Int) throws {
    let a: Matrix<Double> = TestMatrix.vandermonde.square(n)
    let x = (0..<n).map { Double($0 + 1) / Double(n) }
    let known = (0..<n).reduce(1.0) { product, j in (0..<j).reduce(product) { $0 * (x[j] - x[$1]) } }
    #expect(isNear(try LUFactorization(a).determinant, known, 4 * Double.ulpOfOne * (try a.conditionNumber())))
  }

  /// Signs whose rows are orthogonal: |det| = n^(n/2), H⁻¹ = Hᵀ/n, all singular values √n.
  @Test(arguments: [1, 2, 8, 32]) func hadamard(n: Int) throws {
    let a = Matrix<Double>(rows: n, columns: n) { i, j in (i & j).nonzeroBitCount % 2 == 0 ? 1 : -1 }
    let lu = try LUFactorization(a)
    #expect((lu.logDeterminant.logMagnitude - Double(n) / 2 * log(Double(n))).magnitude < 1e-13)
    #expect(distance(try lu.inverse(), transposed(a) / Double(n)) < 1e-15)
    #expect(try a.singularValues().allSatisfy { isNear($0, Double(n).squareRoot(), 1e-14) })
    #expect(isNear(try a.conditionNumber(), 1, 1e-13))
  }

  /// Kac and Clement: i above, n - i below the diagonal, not symmetric; the eigenvalues are n - 1, n - 3, …, 1 - n.
  @Test(arguments: [1, 2, 5, 16]) func clement(n: Int) throws {
    let a = Matrix<Double>(rows: n, columns: n) { i, j in j == i + 1 ? Double(j) : i == j + 1 ? Double(n - i) : 0 }
    let known = (0..<n).map { Double(2 * $0 - n + 1) }
    for values in [try a.eigenvalues(), try EigenDecomposition(a).eigenvalues, try SchurDecomposition(a).eigenvalues] {
      let sorted = values.map(\.real).sorted()
      #expect(zip(sorted, known).allSatisfy { ($0 - $1).magnitude < 1e-11 } && values.allSatisfy { $0.imaginary == 0 })
    }
  }

  /// A cyclic shift turns the roots of unity into its eigenvalues; its determinant is the sign of the permutation.
  @Test(arguments: [1, 2, 7, 30]) func cyclicShift(n: Int) throws {
    let a = Matrix<Float>(rows: n, columns: n) { i, j in (i + 1) % n == j ? 1 : 0 }
    #expect(try LUFactorization(a).determinant == (n % 2 == 0 ? -1 : 1))
    #expect(try LUFactorization(a).inverse() == transposed(a))
    let values = try a.eigenvalues()
    for k in 0..<n {
      let root = Complex<Float>(length: 1, phase: 2 * .pi * Float(k) / Float(n))
      #expect(values.contains { ($0 - root).length < 1e-4 }, "\(root)")
    }
  }

  /// Wilkinson's W⁺₂₁: its two largest eigenvalues differ by 7·10⁻¹⁴ (Wilkinson 1965, The algebraic eigenvalue problem, §5.45).
  @Test func wilkinson() throws {
    let a = Matrix<Double>(rows: 21, columns: 21) { i, j in
      i == j ? Double((10 - i).magnitude) : (i - j).magnitude == 1 ? 1 : 0
    }
    let values = try a.symmetricEigenvalues()
    #expect((values[20] - 10.746194182903393).magnitude < 2e-14 && (values[19] - 10.746194182903322).magnitude < 2e-14)
    #expect((values[0] + 1.125441522119984).magnitude < 1e-14)
  }

  /// I + x·yᵀ: det = 1 + yᵀx, and the inverse is I - x·yᵀ/det (Sherman and Morrison 1950).
  @Test func aChangeOfRankOne() throws {
    let (x, y) = (random(50, 1, seed: 1, as: Double.self), random(50, 1, seed: 2, as: Double.self))
    let known = 1 + x.dot(y)
    let outer = try Product.of(x, y, right: .transposed)
    let lu = try LUFactorization(identity(50) + outer)
    #expect(isNear(lu.determinant, known, 1e-12))
    #expect(distance(try lu.inverse(), identity(50, as: Double.self) - outer / known) < 1e-12)
  }
}
