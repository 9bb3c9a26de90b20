// SPDX-License-Identifier: Apache-2.0
//
// Eigenvalues and eigenvectors of general matrices: A·v against λ·v with complex arithmetic by definition, all vectors
// at once by the residual that users have, and spectra that are known.

import ComplexModule
import Glibc
import MatrixCore
import RealModule
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct EigenDecompositionTests {
  func check<Element: MatrixElement & Real>(_ kind: TestMatrix, _ n: Int, as _: Element.Type) throws {
    let a = kind.square(n, as: Element.self)
    let eigen = try EigenDecomposition(PaddedMatrix(a))
    let name: Comment = "\(kind) \(n)"
    #expect(eigen.order == n && eigen.eigenvalues.count == n, name)
    let unit = Double(Element.ulpOfOne) * Double(max(n, 1))
    #expect(Double(try eigen.residual(of: PaddedMatrix(a))) < 30 * unit, name)
    // The sum of the eigenvalues is the trace; pairs stand side by side.
    var sum = Complex<Double>.zero
    var trace = 0.0
    for i in 0..<n {
      sum += Complex(Double(eigen.eigenvalues[i].real), Double(eigen.eigenvalues[i].imaginary))
      trace += Double(a[i, i])
      if eigen.eigenvalues[i].imaginary > 0 {
        #expect(eigen.eigenvalues[i].conjugate == eigen.eigenvalues[i + 1], name)
      }
      guard n <= 17 else { continue }
      let vector = eigen.vector(i)
      let length = vector.reduce(Element(0)) { $0 + $1.lengthSquared }.squareRoot()
      #expect((Double(length) - 1).magnitude < 30 * unit, name)
      for row in 0..<n {
        let image = (0..<n).reduce(Complex<Element>.zero) { $0 + Complex(a[row, $1]) * vector[$1] }
        #expect(Double((image - eigen.eigenvalues[i] * vector[row]).length) <= 30 * unit * max(rowNorm(a), 1e-30), name)
      }
    }
    #expect((sum.real - trace).magnitude <= 30 * unit * Double(n) * rowNorm(a) && sum.imaginary == 0, name)
  }

  @Test(arguments: TestMatrix.allCases, TestMatrix.smallSizes) func everyKind(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Double.self)
    try check(kind, n, as: Float.self)
  }

  @Test func aRotation() throws {
    let angle = 0.7
    let a = Matrix<Double>([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    let eigen = try EigenDecomposition(a)
    #expect((eigen.eigenvalues[0] - Complex(cos(angle), sin(angle))).length < 1e-15)
    #expect(eigen.eigenvalues[1] == eigen.eigenvalues[0].conjugate)
    // e^{iθ} belongs to (1, -i) and not to (1, i): that is where a missing conjugation shows.
    let v = eigen.vector(0)
    #expect((v[1] / v[0] - Complex(0, -1)).length < 1e-15)
    let w = eigen.vector(1)
    #expect((w[1] / w[0] - Complex(0, 1)).length < 1e-15)
  }

  @Test func aCompanion() throws {
    // (x - 1)(x - 2)(x² + 4) = x⁴ - 3x³ + 6x² - 12x + 8, not symmetric in any sense.
    let a = Matrix<Double>([[3, -6, 12, -8], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    let eigen = try EigenDecomposition(a)
    for root in [Complex(1.0, 0), Complex(2.0, 0), Complex(0, 2.0), Complex(0, -2.0)] {
      guard let i = eigen.eigenvalues.firstIndex(where: { ($0 - root).length < 1e-13 }) else {
        Issue.record("\(root) is missing")
        continue
      }
      // The right eigenvector is (λ³, λ², λ, 1); the left one is another.
      let v = eigen.vector(i)
      #expect((v[2] / v[3] - root).length < 1e-13 && (v[1] / v[3] - root * root).length < 1e-12)
    }
    #expect(try a.eigenvalues().allSatisfy { value in eigen.eigenvalues.contains { ($0 - value).length < 1e-13 } })
  }

  @Test func theResidualTellsOtherMatricesApart() throws {
    let a = random(30, 30, seed: 1, as: Double.self)
    let eigen = try EigenDecomposition(a)
    #expect(try eigen.residual(of: a) < 1e-13)
    #expect(try eigen.residual(of: transposed(a)) > 1e-3)
    var other = a
    other[3, 4] += 1e-6
    #expect(try eigen.residual(of: other) > 1e-9)
    #expect(failure { _ = try eigen.residual(of: random(29, 29, seed: 2)) }?.code == .shapeMismatch)
    #expect(try EigenDecomposition(diagonal([0.0, 0])).residual(of: diagonal([0, 0])) == 0)
  }

  @Test func refusals() throws {
    #expect(refusesNonFinite { _ = try EigenDecomposition($0) })
    #expect(refusesNonFinite { _ = try $0.eigenvalues() })
    #expect(failure { _ = try EigenDecomposition(random(3, 4, seed: 1, as: Double.self)) }?.code == .shapeMismatch)
    let large = ShapeAlone(shape: try Shape(rows: 50_000_000, columns: 50_000_000))
    #expect(failure { _ = try EigenDecomposition(large) }?.code == .tooLarge)
    let huge = Matrix<Double>(rows: 4, columns: 4) { _, _ in .greatestFiniteMagnitude }
    #expect(failure { _ = try EigenDecomposition(huge) }?.code == .overflow)
  }
}
