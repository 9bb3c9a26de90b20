// SPDX-License-Identifier: Apache-2.0
//
// The logarithm, by known cases and by what undoes it.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct MatrixLogarithmTests {
  @Test func known() throws {
    let values = [1e-100, 0.25, 1, 7, 1e100]
    #expect(distance(try diagonal(values).logarithm(), diagonal(values.map { log($0) })) < 1e-12)
    #expect(try identity(4, as: Double.self).logarithm().norm(.max) == 0)
    for angle in [1e-9, 0.5, 2, 3.1, -3] {
      let rotation = Matrix<Double>([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
      let generator = Matrix<Double>([[0, -angle], [angle, 0]])
      #expect(distance(try rotation.logarithm(), generator) < 2e-15 * max(1, angle.magnitude) * 4, "\(angle)")
    }
    // The series of log(I + N) ends: N - N²/2 + N³/3, here with N³ = 0.
    let a = Matrix<Double>([[1, 1, 2], [0, 1, 3], [0, 0, 1]])
    #expect(distance(try a.logarithm(), Matrix<Double>([[0, 1, 0.5], [0, 0, 3], [0, 0, 0]])) < 1e-14)
    #expect(try Matrix<Double>(rows: 0, columns: 0) { _, _ in 0 }.logarithm().isEmpty)
    #expect((try Matrix<Float>([[Float(M_E)]]).logarithm()[0, 0] - 1).magnitude < 1e-6)
  }

  @Test(arguments: TestMatrix.allCases, [1, 2, 17, 64]) func theExponentialUndoesIt(kind: TestMatrix, n: Int) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      // Moved so far that no eigenvalue is near the negative axis.
      var a = kind.square(n, as: Element.self)
      addToDiagonal(Element(1.1 * rowNorm(a) + 1), of: &a)
      let logarithm = try PaddedMatrix(a).logarithm()
      #expect(scaledResidual(try logarithm.exponential(), of: a) < 30 * max(1, rowNorm(logarithm)), "\(kind) \(n)")
      // log √A is half of log A.
      let half = try a.squareRoot().logarithm()
      #expect(scaledResidual(2 * half, of: logarithm) < 100, "\(kind) \(n)")
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test(arguments: 1...10) func itUndoesTheExponential(seed: Int) throws {
    // Norms below π: all eigenvalues are in the strip of the principal logarithm.
    var a = random(20, 20, seed: UInt64(seed), as: Double.self)
    a *= 3 / rowNorm(a)
    #expect(distance(try a.exponential().logarithm(), a) < 1e-12)
  }

  @Test func refusals() throws {
    for value in [0.0, -2] {
      let error = failure { _ = try diagonal([1.0, value, 2]).logarithm() }
      #expect(error?.code == .noRealRoot && error?.message.contains("eigenvalue \(value)") == true)
    }
    #expect(failure { _ = try random(2, 3, seed: 1, as: Double.self).logarithm() }?.code == .shapeMismatch)
    #expect(refusesNonFinite { _ = try $0.logarithm() })
  }
}
