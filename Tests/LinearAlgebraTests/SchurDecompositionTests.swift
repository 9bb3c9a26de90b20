// SPDX-License-Identifier: Apache-2.0
//
// The Schur form: Z·T·Zᵀ against A, T's blocks as they are promised, and the eigenvalues where they stand.

import ComplexModule
import MatrixCore
import RealModule
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct SchurDecompositionTests {
  func check<Element: MatrixElement & Real>(_ kind: TestMatrix, _ n: Int, as _: Element.Type) throws {
    let a = kind.square(n, as: Element.self)
    let schur = try SchurDecomposition(PaddedMatrix(a))
    let name: Comment = "\(kind) \(n)"
    #expect(scaledResidual(try schur.reconstruct(), of: a) < 30, name)
    #expect(try scaledOrthogonality(schur.zt) < 30, name)
    // Zero below the blocks, and the eigenvalues where they stand.
    let t = schur.t
    var i = 0
    while i < n {
      let value = schur.eigenvalues[i]
      let isPair = value.imaginary != 0
      let next = isPair ? i + 2 : i + 1
      #expect(t[i, i] == value.real, name)
      if isPair {
        #expect(t[i + 1, i + 1] == t[i, i] && schur.eigenvalues[i + 1] == value.conjugate && value.imaginary > 0, name)
        #expect(t[i, i + 1] * t[i + 1, i] < 0, name)
        let imaginary = (-t[i, i + 1] * t[i + 1, i]).squareRoot()
        #expect((imaginary - value.imaginary).magnitude <= 8 * Element.ulpOfOne * imaginary, name)
      }
      for row in next..<n { #expect(t[row, i] == 0 && (!isPair || t[row, i + 1] == 0), name) }
      i = next
    }
  }

  @Test(arguments: TestMatrix.allCases, [0, 1, 2, 17, 64]) func everyKind(kind: TestMatrix, n: Int) throws {
    try check(kind, n, as: Double.self)
    try check(kind, n, as: Float.self)
  }

  @Test func aLargerOne() throws {
    let a = random(257, 257, seed: 3, as: Double.self)
    let schur = try SchurDecomposition(a)
    #expect(scaledResidual(try schur.reconstruct(), of: a) < 30)
    // The first Schur vector of a real eigenvalue is an eigenvector.
    if let eigenvalue = schur.eigenvalues.first, eigenvalue.imaginary == 0 {
      let z = Matrix<Double>(rows: 257, columns: 1) { i, _ in schur.zt[0, i] }
      var residual = z
      try Product.add(a, z, to: &residual, beta: -eigenvalue.real)
      #expect(rowNorm(residual) < 1e-11)
    }
  }

  @Test func aSymmetricOneIsDiagonal() throws {
    let schur = try SchurDecomposition(Matrix<Double>([[2, 1], [1, 2]]))
    #expect(schur.eigenvalues.map(\.real).sorted().map { $0.rounded() } == [1, 3])
    #expect(schur.t[0, 1].magnitude < 1e-15 && schur.t[1, 0] == 0)
  }

  @Test func refusals() throws {
    #expect(refusesNonFinite { _ = try SchurDecomposition($0) })
    #expect(failure { _ = try SchurDecomposition(random(3, 4, seed: 1, as: Double.self)) }?.code == .shapeMismatch)
    let large = ShapeAlone(shape: try Shape(rows: 50_000_000, columns: 50_000_000))
    #expect(failure { _ = try SchurDecomposition(large) }?.code == .tooLarge)
  }
}
