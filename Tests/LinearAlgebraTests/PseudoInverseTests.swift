// SPDX-License-Identifier: Apache-2.0
//
// The pseudo-inverse by Penrose's four conditions, the least-squares solution by what makes it one, and what the SVD
// refuses.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct PseudoInverseTests {
  typealias SVD = SingularValueDecomposition

  /// Each condition's residual over n·ε, its norms and the condition number of what was kept.
  func check<Element: MatrixElement>(_ a: Matrix<Element>, _ form: SVD<Element>.Form, _ name: Comment) throws {
    let svd = try SVD(a, form)
    let inverse = try svd.pseudoInverse()
    let rank = svd.rank()
    let kept = try svd.truncated(rank: rank)
    let unit = 30 * Double(max(a.rows, a.columns)) * Double(Element.ulpOfOne) * Double(kept.conditionNumber)
    let left = try Product.of(a, inverse)
    let right = try Product.of(inverse, a)
    #expect(distance(try Product.of(left, a), a) <= unit * rowNorm(a), name)
    #expect(distance(try Product.of(right, inverse), inverse) <= unit * rowNorm(inverse), name)
    #expect(distance(left, transposed(left)) <= unit, name)
    #expect(distance(right, transposed(right)) <= unit, name)
  }

  @Test(arguments: [(1, 1), (2, 2), (17, 17), (64, 64), (30, 12), (12, 30), (1, 9), (9, 1)])
  func penroseConditions(sides: (Int, Int)) throws {
    for kind in TestMatrix.allCases {
      for form in [SVD<Double>.Form.thin, .full] {
        try check(kind.matrix(sides.0, sides.1, as: Double.self), form, "\(kind) \(sides)")
      }
      try check(kind.matrix(sides.0, sides.1, as: Float.self), .thin, "\(kind) \(sides)")
    }
  }

  @Test func ofRankOneAndNone() throws {
    // (x·yᵀ)⁺ = y·xᵀ / (‖x‖²·‖y‖²); here 14 · 25.
    let a = Matrix<Double>(rows: 3, columns: 2) { i, j in Double(i + 1) * [3, 4][j] }
    let expected = Matrix<Double>(rows: 2, columns: 3) { i, j in [3, 4][i] * Double(j + 1) / 350 }
    #expect(distance(try SVD(a).pseudoInverse(), expected) < 1e-16)
    let zero = Matrix<Double>(rows: 2, columns: 3) { _, _ in 0 }
    #expect(try SVD(zero).pseudoInverse() == transposed(zero))
    // The cutoff decides what is zero.
    let graded = try SVD(diagonal([1.0, 1e-6]))
    #expect(distance(try graded.pseudoInverse(), diagonal([1.0, 1e6])) < 1e-9)
    #expect(try graded.pseudoInverse(cutoff: 1e-5) == diagonal([1.0, 0]))
  }

  @Test(arguments: [(20, 20), (40, 15), (15, 40)]) func leastSquares(rows: Int, columns: Int) throws {
    for kind in [TestMatrix.random, .headline, .singular] {
      let a = kind.matrix(rows, columns, as: Double.self)
      let b = random(rows, 3, seed: 5, as: Double.self)
      for form in [SVD<Double>.Form.thin, .full] {
        let svd = try SVD(a, form)
        let x = try svd.solve(PaddedMatrix(b))
        // The residual is orthogonal to A's range, and x has nothing in A's null space: A⁺·A·x = x.
        var residual = b
        try Product.add(a, x, alpha: -1, to: &residual)
        let kept = try svd.truncated(rank: svd.rank())
        let unit = 1e-13 * kept.conditionNumber
        let gradient = try Product.of(a, residual, left: .transposed)
        #expect(rowNorm(gradient) <= unit * rowNorm(a) * rowNorm(b), "\(kind)")
        let again = try Product.of(svd.pseudoInverse(), Product.of(a, x))
        #expect(distance(again, x) <= unit * rowNorm(x), "\(kind)")
      }
    }
  }

  @Test func extremes() throws {
    // Quotients in range, reciprocals out of it.
    let tiny = try SVD(diagonal([Double.leastNormalMagnitude / 16, Double.leastNormalMagnitude / 16]))
    let b = Matrix<Double>([[Double.leastNormalMagnitude], [0]])
    #expect(distance(try tiny.solve(b), Matrix<Double>([[16], [0]])) < 1e-12)
    #expect(failure { _ = try tiny.pseudoInverse() }?.code == .overflow)
    let huge = Matrix<Double>(rows: 4, columns: 4) { _, _ in Double.greatestFiniteMagnitude }
    #expect(failure { _ = try SVD(huge) }?.code == .overflow)
    for scale in [1e300, 1e-300] {
      let values = try diagonal([3 * scale, scale]).singularValues()
      #expect((values[0] / (3 * scale) - 1).magnitude < 1e-14 && (values[1] / scale - 1).magnitude < 1e-14)
    }
  }

  @Test func refusals() throws {
    #expect(refusesNonFinite { _ = try SVD($0) })
    #expect(refusesNonFinite { _ = try $0.singularValues() })
    let svd = try SVD(random(20, 20, seed: 1, as: Double.self))
    #expect(refusesNonFinite { _ = try svd.solve($0) })
    let fit = failure { _ = try svd.solve(random(19, 1, seed: 2)) }
    #expect(fit?.code == .shapeMismatch && fit?.message.contains("19×1") == true)
    let none = failure { _ = try SVD(random(3, 3, seed: 3, as: Double.self), .thin, trying: []) }
    #expect(none?.code == .notConverged && none?.exitCode == 65)
    for (rows, columns) in [(30_000, 30_000), (1, 3_000_000_000), (3_000_000_000, 1), (50_000_000, 3)] {
      let large = ShapeAlone(shape: try Shape(rows: rows, columns: columns))
      #expect(failure { _ = try SVD(large) }?.code == .tooLarge)
    }
    #expect(
      failure { _ = try ShapeAlone(shape: Shape(rows: 40_000_000, columns: 3)).singularValues() }?.code == .tooLarge)
  }
}
