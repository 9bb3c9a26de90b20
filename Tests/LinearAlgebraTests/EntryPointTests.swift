// SPDX-License-Identifier: Apache-2.0
//
// What every door of this module refuses, at once and by name: NaN and infinities at every kind of place, of which LAPACK
// may never return, and sides, strides and workspaces past its 32-bit integers.

import MatrixCore
import RealModule
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct EntryPointTests {
  static let order = 60

  /// First, last, on the diagonal, beside it, and in both corners off it.
  static let places = [(0, 0), (59, 59), (30, 30), (30, 31), (31, 30), (0, 59), (59, 0)]

  @Test(arguments: places) func nonFiniteElementsAreRefused(place: (Int, Int)) throws {
    try check(place, as: Double.self)
    try check(place, as: Float.self)
  }

  func check<Element: MatrixElement & Real>(_ place: (Int, Int), as _: Element.Type) throws {
    let clock = ContinuousClock()
    for value in [Element.nan, .infinity, -.infinity, .signalingNaN] {
      var bad = identity(Self.order, as: Element.self)
      bad[place.0, place.1] = value
      for door in try Door<Element>.all(order: Self.order) where door.reads(place.0, place.1) {
        let name: Comment = "\(door.name) with \(value) at \(place)"
        let start = clock.now
        let error = failure { try door.open(PaddedMatrix(bad)) }
        #expect(clock.now - start < .seconds(1), name)
        #expect(error?.code == .notFinite, name)
        #expect(error?.element == LinearAlgebraError.Element(row: place.0, column: place.1), name)
        #expect(error?.message.hasPrefix(door.operand) == true, "\(error?.message ?? "no error"): \(door.name)")
      }
    }
  }

  @Test func whatIsTooLargeIsNamed() throws {
    let one = try Matrix<Float>(shape: Shape(rows: 1, columns: 1))
    let large = 3_000_000_000
    func isNamed(_ what: String, _ line: Int = #line, _ body: () throws -> Void) {
      let error = failure(body)
      #expect(error?.code == .tooLarge && error?.message.hasPrefix(what) == true, "\(line): \(error?.message ?? "-")")
    }
    isNamed("the number of rows of the product is 3000000000") { _ = try Product.of(Stub(large, 1), one) }
    isNamed("the number of columns of the product") { _ = try Product.of(one, Stub(1, large)) }
    isNamed("the inner side of the product") { _ = try Product.of(Stub(1, large), Stub(large, 1)) }
    isNamed("the row stride of the left operand") { _ = try Product.of(Stub(1, 1, rowStride: large), one) }
    isNamed("the row stride of the right operand") { _ = try Product.of(one, Stub(1, 1, rowStride: large)) }
    isNamed("the inner side of the product") { _ = try Product.gram(Stub(large, 1)) }
    isNamed("the inner side") { _ = try Stub(1, large).backwardError(ofSolution: Stub(large, 1), rightHandSide: one) }

    let identity = identity(1, as: Float.self)
    let many = try Stub(1, large)
    let rightHandSides = "the number of right-hand sides is 3000000000"
    isNamed(rightHandSides) { _ = try LUFactorization(identity).solve(many) }
    isNamed(rightHandSides) { _ = try CholeskyFactorization(identity).solve(many) }
    isNamed(rightHandSides) { _ = try QRFactorization(identity).solve(many) }
    isNamed(rightHandSides) { _ = try TriangularMatrix(identity, .upper).solve(many) }
    isNamed(rightHandSides) { _ = try SingularValueDecomposition(identity).solve(many) }
    for structure in LinearSystem.Structure.allCases {
      isNamed(rightHandSides) { _ = try LinearSystem.solve(identity, many, assuming: structure) }
    }
    for method in [LeastSquares.Method.automatic, .qr, .singularValues] {
      isNamed(rightHandSides) { _ = try LeastSquares.solve(identity, many, by: method) }
      isNamed("the number of rows") { _ = try LeastSquares.solve(Stub(large, 1), Stub(large, 1), by: method) }
    }
    isNamed("the workspace of QR is 2240000000") {
      _ = try LeastSquares.solve(Stub(70_000_000, 70_000_000), Stub(70_000_000, 1))
    }
  }

  /// A square matrix cannot have 2³¹ rows, which no address space holds; its workspace is what passes the limit first.
  @Test func workspacesThatAreTooLargeAreNamed() throws {
    func isNamed(_ what: String, _ line: Int = #line, _ body: () throws -> Void) {
      let error = failure(body)
      #expect(error?.code == .tooLarge && error?.message.hasPrefix(what) == true, "\(line): \(error?.message ?? "-")")
    }
    for pivoting in [false, true] {
      isNamed("the number of rows") { _ = try QRFactorization(Stub(3_000_000_000, 1), pivoting: pivoting) }
      isNamed("the number of columns") { _ = try QRFactorization(Stub(1, 3_000_000_000), pivoting: pivoting) }
      isNamed("the workspace of QR") { _ = try QRFactorization(Stub(1, 70_000_000), pivoting: pivoting) }
    }
    isNamed("the workspace of Q") { _ = try QRFactorization<Float>.workCount(forQ: 70_000_000) }
    isNamed("the workspace of a product with Q") {
      _ = try QRFactorization<Float>.workCount(forProductWithQ: 67_108_800)
    }
    isNamed("the workspace of the inverse") { _ = try LUFactorization<Float>.workCount(forInverseOfOrder: 33_554_432) }
    #expect(try LUFactorization<Float>.workCount(forInverseOfOrder: 33_554_431) == 2_147_483_584)

    let singularValues = "the workspace of the singular values"
    let square = try Stub(23_200, 23_200)
    isNamed(singularValues) { _ = try SingularValueDecomposition(square) }
    isNamed(singularValues) { _ = try SingularValueDecomposition(square, .full) }
    let tall = try Stub(40_000_000, 3)
    isNamed(singularValues) { _ = try tall.singularValues() }
    isNamed(singularValues) { _ = try tall.rank() }
    isNamed(singularValues) { _ = try tall.conditionNumber() }
    isNamed(singularValues) { _ = try tall.norm(.two) }
    isNamed(singularValues) { _ = try tall.norm(.nuclear) }
    isNamed("the number of rows") { _ = try Stub(3_000_000_000, 1).singularValues() }
    isNamed("the workspace of least squares") {
      _ = try LeastSquares.solve(Stub(50_000, 60_000), Stub(50_000, 1), by: .singularValues)
    }
    isNamed("the workspace of least squares") {
      _ = try LeastSquares.solve(Stub(70_000_000, 3), Stub(70_000_000, 1), by: .singularValues)
    }

    let eigenvalues = "the workspace of the eigenvalues"
    let huge = try Stub(40_000_000, 40_000_000)
    isNamed(eigenvalues) { _ = try EigenDecomposition(huge) }
    isNamed(eigenvalues) { _ = try huge.eigenvalues() }
    isNamed(eigenvalues) { _ = try SchurDecomposition(huge) }
    isNamed(eigenvalues) { _ = try huge.squareRoot() }
    isNamed(eigenvalues) { _ = try huge.logarithm() }
    isNamed(eigenvalues) { _ = try huge.symmetricEigenvalues() }
    isNamed(eigenvalues) { _ = try SymmetricEigenDecomposition(Stub(33_000, 33_000)) }
  }
}
