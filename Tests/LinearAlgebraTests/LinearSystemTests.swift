// SPDX-License-Identifier: Apache-2.0
//
// The door for systems: every structure on every kind of matrix, the warning where it is due and nowhere else, and wrong
// assumptions found out.

import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct LinearSystemTests {
  func matrix<Element: MatrixElement>(
    _ kind: TestMatrix, _ n: Int, _ structure: LinearSystem.Structure
  ) throws -> Matrix<Element> {
    switch structure {
    case .general: kind.square(n)
    case .positiveDefinite: try kind.positiveDefinite(n)
    case .lowerTriangular: Matrix(rows: n, columns: n) { i, j in i == j ? 2 : j > i ? .nan : 1 / Element(n + i * j) }
    case .upperTriangular: Matrix(rows: n, columns: n) { i, j in i == j ? 2 : j < i ? .nan : 1 / Element(n + i * j) }
    }
  }

  func check<Element: MatrixElement>(
    _ kind: TestMatrix, _ n: Int, _ structure: LinearSystem.Structure, as _: Element.Type
  ) throws {
    let a: Matrix<Element> = try matrix(kind, n, structure)
    let b: Matrix<Element> = LinearAlgebraTests.random(n, 3, seed: 1)
    let system = try LinearSystem.solve(PaddedMatrix(a), PaddedMatrix(b), assuming: structure)
    let epsilon = Element.ulpOfOne
    #expect(system.backwardError <= 30 * Element(n) * epsilon, "\(kind) \(n) \(structure)")
    #expect(system.reciprocalCondition > 0 && system.reciprocalCondition <= 1.01, "\(kind) \(n) \(structure)")
    #expect((system.warning != nil) == (system.reciprocalCondition < epsilon), "\(kind) \(n) \(structure)")
    if kind == .random, structure != .positiveDefinite { #expect(system.warning == nil, "\(n) \(structure)") }
  }

  @Test(arguments: TestMatrix.regular, LinearSystem.Structure.allCases)
  func everyStructure(kind: TestMatrix, structure: LinearSystem.Structure) throws {
    for n in TestMatrix.smallSizes {
      try check(kind, n, structure, as: Double.self)
      try check(kind, n, structure, as: Float.self)
    }
  }

  @Test func theWarningIsASentence() throws {
    let hilbert: Matrix<Double> = TestMatrix.hilbert.square(20)
    let system = try LinearSystem.solve(hilbert, random(20, 1, seed: 1))
    #expect(system.backwardError < 1e-14)
    #expect(system.warning?.hasPrefix("the solution may have no correct digit: the condition number") == true)
    #expect(system.warning?.contains("float64 resolves 4.5035996e+15") == true)
    #expect(try LinearSystem.solve(identity(3, as: Float.self), random(3, 1, seed: 1)).warning == nil)
  }

  @Test func wrongAssumptionsAreFoundOut() throws {
    var a = identity(20, as: Double.self)
    a[3, 7] = 0.5
    let b = random(20, 1, seed: 2, as: Double.self)
    let error = failure { _ = try LinearSystem.solve(a, b, assuming: .positiveDefinite) }
    #expect(error?.code == .notSymmetric)
    #expect(error?.element == LinearAlgebraError.Element(row: 7, column: 3))
    #expect(error?.message.contains("0.0 in row 7, column 3 and 0.5 in row 3, column 7") == true)
    a[3, 7] = 8 * Double.ulpOfOne
    #expect(try LinearSystem.solve(a, b, assuming: .positiveDefinite).backwardError < 1e-14)
    a[5, 5] = -1
    #expect(failure { _ = try LinearSystem.solve(a, b, assuming: .positiveDefinite) }?.minor == 6)
  }

  @Test(arguments: LinearSystem.Structure.allCases) func refusals(structure: LinearSystem.Structure) throws {
    let one = identity(10, as: Float.self)
    func code(_ a: some StridedReadable<Float>, _ b: some StridedReadable<Float>) -> LinearAlgebraError.Code? {
      failure { _ = try LinearSystem.solve(a, b, assuming: structure) }?.code
    }
    #expect(code(Matrix<Float>([[1, 2]]), one) == .shapeMismatch)
    #expect(code(one, Matrix<Float>([[1, 2]])) == .shapeMismatch)
    #expect(try code(Matrix<Float>([[1]]), Stub(1, 3_000_000_000)) == .tooLarge)
    for value in [Float.nan, .infinity, -.infinity] {
      for place in [0, 5, 9] {
        var bad = one
        bad[place, place] = value
        #expect(code(bad, one) == .notFinite)
        #expect(code(one, bad) == .notFinite)
      }
    }
    var singular = one
    singular[4, 4] = 0
    #expect(code(singular, one) == (structure == .positiveDefinite ? .notPositiveDefinite : .singular))
  }
}
