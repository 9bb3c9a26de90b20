// SPDX-License-Identifier: Apache-2.0
//
// The symmetric eigenproblem as LAPACK itself is tested: V·Λ·Vᵀ against A, the vectors against each other, eigenvalues
// with and without vectors; and matrices whose spectrum is known.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct SymmetricEigenTests {
  typealias Eigen = SymmetricEigenDecomposition

  /// A + Aᵀ, of any kind of matrix.
  func symmetric<Element: MatrixElement>(_ kind: TestMatrix, _ n: Int, as _: Element.Type) -> Matrix<Element> {
    let a = kind.square(n, as: Element.self)
    return Matrix(rows: n, columns: n) { i, j in a[i, j] + a[j, i] }
  }

  func check<Element: MatrixElement>(_ a: Matrix<Element>, _ name: Comment) throws {
    let n = a.rows
    let eigen = try Eigen(PaddedMatrix(a))
    #expect(eigen.order == n && eigen.eigenvalues.count == n)
    #expect(scaledResidual(try eigen.reconstruct(), of: a) < 30, name)
    #expect(try scaledOrthogonality(eigen.vt) < 30, name)
    #expect(zip(eigen.eigenvalues, eigen.eigenvalues.dropFirst()).allSatisfy { $0 <= $1 }, name)
    let tolerance = Element(30 * n) * Element.ulpOfOne * Element(rowNorm(a))
    let alone = try PaddedMatrix(a).symmetricEigenvalues()
    #expect(alone.count == n && zip(eigen.eigenvalues, alone).allSatisfy { ($0 - $1).magnitude <= tolerance }, name)
  }

  @Test(arguments: TestMatrix.allCases, TestMatrix.smallSizes) func everyKind(kind: TestMatrix, n: Int) throws {
    try check(symmetric(kind, n, as: Double.self), "\(kind) \(n)")
    try check(symmetric(kind, n, as: Float.self), "\(kind) \(n)")
  }

  @Test func knownSpectra() throws {
    // The second difference of n points: 2 - 2·cos(kπ/(n+1)), vectors sin(k·i·π/(n+1)).
    let n = 50
    let difference = Matrix<Double>(rows: n, columns: n) { i, j in i == j ? 2 : (i - j).magnitude == 1 ? -1 : 0 }
    let eigen = try Eigen(difference)
    for k in 0..<n {
      let expected = 2 - 2 * cos(Double(k + 1) * .pi / Double(n + 1))
      #expect((eigen.eigenvalues[k] - expected).magnitude < 1e-13)
    }
    let wave = (0..<n).map { sin(Double($0 + 1) * .pi / Double(n + 1)) * (2 / Double(n + 1)).squareRoot() }
    let sign = eigen.vt[0, 0] < 0 ? -1.0 : 1.0
    #expect((0..<n).allSatisfy { (sign * eigen.vt[0, $0] - wave[$0]).magnitude < 1e-11 })
    #expect(try diagonal([3.0, -1, 2]).symmetricEigenvalues() == [-1, 2, 3])
    #expect(try Eigen(diagonal([3.0, -1, 2])).vt[0, 1].magnitude == 1)
  }

  @Test func theUpperTriangleIsRead() throws {
    let a = symmetric(.random, 20, as: Double.self)
    let upper = Matrix<Double>(rows: 20, columns: 20) { i, j in j >= i ? a[i, j] : 77 }
    #expect(try Eigen(upper).vt == Eigen(a).vt)
    #expect(try upper.symmetricEigenvalues() == a.symmetricEigenvalues())
  }

  @Test func extremes() throws {
    for scale in [1e300, 1e-300] {
      let values = try diagonal([3 * scale, scale]).symmetricEigenvalues()
      #expect((values[1] / (3 * scale) - 1).magnitude < 1e-14 && (values[0] / scale - 1).magnitude < 1e-14)
    }
    let huge = Matrix<Double>(rows: 4, columns: 4) { _, _ in .greatestFiniteMagnitude }
    #expect(failure { _ = try Eigen(huge) }?.code == .overflow)
  }

  @Test func refusals() throws {
    #expect(refusesNonFinite { _ = try Eigen($0) })
    #expect(refusesNonFinite { _ = try $0.symmetricEigenvalues() })
    #expect(failure { _ = try Eigen(random(3, 4, seed: 1, as: Double.self)) }?.code == .shapeMismatch)
    let large = ShapeAlone(shape: try Shape(rows: 33_000, columns: 33_000))
    #expect(failure { _ = try Eigen(large) }?.code == .tooLarge)
    let larger = ShapeAlone(shape: try Shape(rows: 40_000_000, columns: 40_000_000 / 4))
    #expect(failure { _ = try larger.symmetricEigenvalues() }?.code == .shapeMismatch)
  }
}
