// SPDX-License-Identifier: Apache-2.0
//
// Functions of a symmetric matrix, the square root among them.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct SymmetricFunctionTests {
  @Test func functions() throws {
    let b = random(40, 40, seed: 3, as: Double.self)
    var a = try Product.of(b, b, left: .transposed)
    addToDiagonal(1, of: &a)
    let eigen = try SymmetricEigenDecomposition(a)
    let inverse = try LUFactorization(a).inverse()
    #expect(scaledResidual(try eigen.applying { 1 / $0 }, of: inverse) < 30)
    #expect(scaledResidual(try eigen.applying { $0 }, of: a) < 30)
    #expect(scaledResidual(try eigen.applying { exp(-$0) }, of: try eigen.applying { -$0 }.exponential()) < 30)
    #expect(try eigen.applying { _ in 0 }.norm(.max) == 0)
    #expect(failure { _ = try eigen.applying { _ in .infinity } }?.code == .overflow)
    #expect(failure { _ = try eigen.applying { _ in .nan } }?.code == .overflow)
  }

  /// The root of a symmetric matrix comes from its eigenvalues, that of its neighbour from the Schur form.
  @Test func bothWaysToASquareRoot() throws {
    let b = random(30, 30, seed: 4, as: Double.self)
    var a = try Product.of(b, b, left: .transposed)
    addToDiagonal(1, of: &a)
    a = Matrix(rows: 30, columns: 30) { i, j in i < j ? a[i, j] : a[j, i] }
    let root = try a.squareRoot()
    #expect(try root.isSymmetric(within: 1e-13) && scaledResidual(Product.of(root, root), of: a) < 30)
    a[3, 7] += 1e-10
    #expect(distance(try a.squareRoot(), root) < 1e-9)
    // Rank 1: the root of x·xᵀ is x·xᵀ / ‖x‖.
    let outer = Matrix<Double>(rows: 5, columns: 5) { i, j in Double((i + 1) * (j + 1)) }
    let expected = Matrix<Double>(rows: 5, columns: 5) { i, j in Double((i + 1) * (j + 1)) / 55.0.squareRoot() }
    #expect(distance(try outer.squareRoot(), expected) < 1e-6)
  }
}
