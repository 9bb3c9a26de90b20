// SPDX-License-Identifier: Apache-2.0
//
// The exponential where its scaling matters: norms that say little about it, the ends of the range, and every degree.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct ExponentialScalingTests {
  /// A² = I, so that eᴬ = cosh 1·I + sinh 1·A, however large the norm. Scaled by the norm, the diagonal would lose as many
  /// digits as b has (Al-Mohy and Higham 2009, §1).
  @Test(arguments: [1.0, 1e3, 1e6, 1e9]) func aLargeNormAlone(b: Double) throws {
    let power = try Matrix<Double>([[1, b], [0, -1]]).exponential()
    #expect((power[0, 0] / exp(1) - 1).magnitude < 1e-14 && (power[1, 1] / exp(-1) - 1).magnitude < 1e-14)
    #expect((power[0, 1] / (b * sinh(1)) - 1).magnitude < 1e-14 && power[1, 0].magnitude < 1e-15)
  }

  @Test func theLargestAndTheSmallest() throws {
    func check<Element: MatrixElement>(_ corner: Element) throws {
      let power = try Matrix<Element>([[0, corner], [0, 0]]).exponential()
      #expect((power[0, 1] / corner - 1).magnitude <= 4 * Element.ulpOfOne, "\(corner)")
      #expect(
        distance(diagonal([power[0, 0], power[1, 1]]), identity(2, as: Element.self)) <= 4 * Double(Element.ulpOfOne))
      #expect(power[1, 0].magnitude <= Element.ulpOfOne)
    }
    for corner in [0x1p-1060, 1e-300, 1e3, 1e100, 1e300] { try check(corner) }
    for corner in [0x1p-140, 1e-30, 1e3, 1e38] as [Float] { try check(corner) }
    // Eigenvalues that large have no digits left to tell eᴬ by; below that it is out of range instead.
    for (size, code) in [(1e300, .illConditioned), (1e16, .illConditioned), (1e15, .overflow)]
      as [(Double, LinearAlgebraError.Code)]
    {
      let a = Matrix<Double>([[size, size], [size, size]])
      #expect(failure { _ = try a.exponential() }?.code == code)
    }
    #expect(failure { _ = try diagonal([Float(-1e8), 0]).exponential() }?.code == .illConditioned)
  }

  /// Every degree, and scaling, against the eigenvalues of a symmetric matrix.
  @Test(arguments: [0.01, 0.2, 0.4, 0.9, 1.8, 2, 3.9, 4.2, 20, 100]) func everyDegree(norm: Double) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      let b: Matrix<Double> = random(25, 25, seed: 9)
      let sum = Matrix<Double>(rows: 25, columns: 25) { i, j in b[i, j] + b[j, i] }
      let size = rowNorm(sum) / norm
      let a = Matrix<Element>(rows: 25, columns: 25) { i, j in Element(sum[i, j] / size) }
      let wide = Matrix<Double>(rows: 25, columns: 25) { i, j in Double(a[i, j]) }
      let expected = try SymmetricEigenDecomposition(wide).applying { exp($0) }
      let tolerance = Double(Element.ulpOfOne) * 10 * max(1, norm) * rowNorm(expected)
      #expect(distance(try a.exponential(), expected) < tolerance, "\(Element.self) \(norm)")
    }
    try check(Double.self)
    try check(Float.self)
  }
}
