// SPDX-License-Identifier: Apache-2.0
//
// The SVD as LAPACK itself is tested: U·Σ·Vᵀ against A, the columns of U and V against each other, both algorithms, both
// forms, on every kind of matrix; and small matrices whose singular values are known.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct SingularValueDecompositionTests {
  typealias SVD = SingularValueDecomposition

  func check<Element: MatrixElement>(_ kind: TestMatrix, _ rows: Int, _ columns: Int, as _: Element.Type) throws {
    let a = kind.matrix(rows, columns, as: Element.self)
    let padded = PaddedMatrix(a)
    let k = min(rows, columns)
    let alone = try padded.singularValues()
    #expect(alone.count == k)
    for algorithm in [SVDAlgorithm.divideAndConquer, .iteration] {
      for form in [SVD<Element>.Form.thin, .full] {
        let svd = try SVD(padded, form, trying: [algorithm])
        let name: Comment = "\(kind) \(rows)×\(columns) \(algorithm) \(form)"
        #expect(svd.u.shape == (try Shape(rows: rows, columns: form == .thin ? k : rows)), name)
        #expect(svd.vt.shape == (try Shape(rows: form == .thin ? k : columns, columns: columns)), name)
        #expect(scaledResidual(try svd.reconstruct(), of: a) < 30, name)
        #expect(try scaledOrthogonality(svd.u) < 30 && scaledOrthogonality(svd.vt) < 30, name)
        #expect(zip(svd.singularValues, svd.singularValues.dropFirst()).allSatisfy { $0 >= $1 && $1 >= 0 }, name)
        let tolerance = 30 * relativeCutoff(for: a.shape, as: Element.self) * svd.spectralNorm
        #expect(zip(svd.singularValues, alone).allSatisfy { ($0 - $1).magnitude <= tolerance }, name)
      }
    }
  }

  @Test(arguments: TestMatrix.allCases, [(0, 0), (1, 1), (2, 2), (17, 17), (64, 64), (100, 100), (17, 40), (40, 17)])
  func everyKind(kind: TestMatrix, sides: (Int, Int)) throws {
    try check(kind, sides.0, sides.1, as: Double.self)
    try check(kind, sides.0, sides.1, as: Float.self)
  }

  @Test(arguments: [(257, 257), (1, 300), (300, 1), (300, 7), (7, 300)])
  func largerOnes(rows: Int, columns: Int) throws { try check(.random, rows, columns, as: Double.self) }

  @Test(arguments: [(0, 5), (5, 0), (0, 0)]) func empty(rows: Int, columns: Int) throws {
    let a = Matrix<Double>(rows: rows, columns: columns) { _, _ in 0 }
    #expect(try a.singularValues().isEmpty && a.rank() == 0 && a.conditionNumber() == 1)
    let thin = try SVD(a)
    #expect(thin.u.shape == (try Shape(rows: rows, columns: 0)) && thin.vt.rows == 0 && thin.spectralNorm == 0)
    #expect(try thin.reconstruct() == a && thin.pseudoInverse() == transposed(a))
    let full = try SVD(a, .full)
    #expect(full.u == identity(rows) && full.vt == identity(columns))
  }

  @Test func knownValues() throws {
    // AᵀA of [[3, 0], [4, 5]] has the eigenvalues 45 and 5.
    let a = Matrix<Double>([[3, 0], [4, 5]])
    let values = try a.singularValues()
    #expect((values[0] - 45.0.squareRoot()).magnitude < 1e-14 && (values[1] - 5.0.squareRoot()).magnitude < 1e-14)
    #expect((try a.conditionNumber() - 3).magnitude < 1e-14)
    #expect((try SVD(a).nuclearNorm - 80.0.squareRoot()).magnitude < 1e-14)
    #expect(try diagonal([-2.0, 7, 0]).singularValues() == [7, 2, 0])
    #expect(try diagonal([-2.0, 7, 0]).conditionNumber() == .infinity)
    // A row: one singular value, its length; V's row points along it.
    let row = try SVD(Matrix<Double>([[3, 0, -4]]))
    #expect((row.singularValues[0] - 5).magnitude < 1e-15 && (row.vt[0, 2] / row.vt[0, 0] + 4.0 / 3).magnitude < 1e-15)
  }

  @Test func ranks() throws {
    for kind in TestMatrix.regular { #expect(try kind.square(30, as: Double.self).rank(tolerance: 0) == 30) }
    #expect(try TestMatrix.singular.square(30, as: Double.self).rank() == 29)
    #expect(try TestMatrix.singular.matrix(30, 12, as: Float.self).rank() == 12)
    let outer = Matrix<Double>(rows: 20, columns: 15) { i, j in Double((i + 1) * (j + 1) + i) }
    #expect(try outer.rank() == 2)
    #expect(try Matrix<Double>(rows: 3, columns: 4) { _, _ in 0 }.rank() == 0)
    #expect(try diagonal([1e-3, 5.0, 1]).rank(tolerance: 1e-2) == 2)
  }

  @Test func truncationIsTheNearestMatrix() throws {
    let a = random(40, 25, seed: 1, as: Double.self)
    let svd = try SVD(a, .full)
    for rank in [0, 1, 7, 24, 25, 100] {
      let part = try svd.truncated(rank: rank)
      var difference = a
      try Product.add(Product.of(part.u, diagonal(part.singularValues)), part.vt, alpha: -1, to: &difference)
      let off = try difference.singularValues()[0]
      let next = rank < 25 ? svd.singularValues[rank] : 0
      #expect((off - next).magnitude < 1e-13, "rank \(rank)")
      #expect(part.singularValues.count == min(rank, 25) && part.shape == a.shape)
    }
  }
}
