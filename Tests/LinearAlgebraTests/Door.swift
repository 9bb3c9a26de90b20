// SPDX-License-Identifier: Apache-2.0
//
// Every operation of this module that must not let NaN or an infinity through to LAPACK, once for each of its operands.

import MatrixCore
import RealModule

@testable import LinearAlgebra

/// An operation with one operand left open.
struct Door<Element: MatrixElement & Real> {
  let name: String
  /// How the message begins.
  var operand = "the matrix"
  /// The part that is read, where that is not all.
  var triangle: Triangle?
  let open: (PaddedMatrix<Element>) throws -> Void

  func reads(_ row: Int, _ column: Int) -> Bool {
    triangle.map { $0 == .lower ? row >= column : row <= column } ?? true
  }

  static func all(order: Int) throws -> [Door] {
    let one = identity(order, as: Element.self)
    let right = "the right-hand side"
    let (lu, cholesky, qr) = try (LUFactorization(one), CholeskyFactorization(one), QRFactorization(one))
    let (svd, eigen) = try (SingularValueDecomposition(one), EigenDecomposition(one))
    let triangular = try TriangularMatrix(one, .lower)
    var doors = [
      Door(name: "LU") { _ = try LUFactorization($0) },
      Door(name: "LU in place") { _ = try LUFactorization(inPlace: Matrix($0)) },
      Door(name: "LU, solution", operand: right) { _ = try lu.solve($0) },
      Door(name: "LU, transposed solution", operand: right) { _ = try lu.solve($0, .transposed) },
      Door(name: "Cholesky", triangle: .lower) { _ = try CholeskyFactorization($0) },
      Door(name: "Cholesky in place", triangle: .lower) { _ = try CholeskyFactorization(inPlace: Matrix($0)) },
      Door(name: "Cholesky, solution", operand: right) { _ = try cholesky.solve($0) },
      Door(name: "QR") { _ = try QRFactorization($0) },
      Door(name: "QR with pivoting") { _ = try QRFactorization($0, pivoting: true) },
      Door(name: "QR in place") { _ = try QRFactorization(inPlace: Matrix($0)) },
      Door(name: "QR, solution", operand: right) { _ = try qr.solve($0) },
      Door(name: "product with Q") {
        var product = try Matrix($0)
        try qr.applyQ(to: &product)
      },
      Door(name: "lower triangle", operand: "the triangular matrix", triangle: .lower) {
        _ = try TriangularMatrix($0, .lower)
      },
      Door(name: "upper triangle", operand: "the triangular matrix", triangle: .upper) {
        _ = try TriangularMatrix($0, .upper)
      },
      Door(name: "substitution", operand: right) { _ = try triangular.solve($0) },
      Door(name: "singular values") { _ = try SingularValueDecomposition($0) },
      Door(name: "singular values alone") { _ = try $0.singularValues() },
      Door(name: "rank") { _ = try $0.rank() },
      Door(name: "pseudo-inverse, solution", operand: right) { _ = try svd.solve($0) },
      Door(name: "symmetric eigenvalues") { _ = try SymmetricEigenDecomposition($0) },
      Door(name: "symmetric eigenvalues alone") { _ = try $0.symmetricEigenvalues() },
      Door(name: "eigenvalues") { _ = try EigenDecomposition($0) },
      Door(name: "eigenvalues alone") { _ = try $0.eigenvalues() },
      Door(name: "residual of eigenvectors") { _ = try eigen.residual(of: $0) },
      Door(name: "Schur form") { _ = try SchurDecomposition($0) },
      Door(name: "power") { _ = try $0.power(3) },
      Door(name: "negative power") { _ = try $0.power(-1) },
      Door(name: "zeroth power") { _ = try $0.power(0) },
      Door(name: "exponential") { _ = try $0.exponential() },
      Door(name: "square root") { _ = try $0.squareRoot() },
      Door(name: "logarithm") { _ = try $0.logarithm() },
      Door(name: "backward error, matrix") { _ = try $0.backwardError(ofSolution: one, rightHandSide: one) },
      Door(name: "backward error, solution", operand: "the solution") {
        _ = try one.backwardError(ofSolution: $0, rightHandSide: one)
      },
      Door(name: "backward error, right-hand side", operand: right) {
        _ = try one.backwardError(ofSolution: one, rightHandSide: $0)
      },
    ]
    for kind in MatrixNorm.allCases {
      doors.append(Door(name: "norm \(kind)") { _ = try $0.norm(kind) })
      doors.append(Door(name: "condition \(kind)") { _ = try $0.conditionNumber(kind) })
    }
    for structure in LinearSystem.Structure.allCases {
      let (name, triangle): (String, Triangle?) =
        switch structure {
        case .general: ("the matrix", nil)
        case .positiveDefinite: ("the matrix", .lower)
        case .lowerTriangular: ("the triangular matrix", .lower)
        case .upperTriangular: ("the triangular matrix", .upper)
        }
      doors += [
        Door(name: "system, \(structure)", operand: name, triangle: triangle) {
          _ = try LinearSystem.solve($0, one, assuming: structure)
        },
        Door(name: "system, \(structure), right-hand side", operand: right) {
          _ = try LinearSystem.solve(one, $0, assuming: structure)
        },
      ]
    }
    for method in [LeastSquares.Method.automatic, .qr, .singularValues] {
      doors += [
        Door(name: "least squares, \(method)") { _ = try LeastSquares.solve($0, one, by: method) },
        Door(name: "least squares, \(method), right-hand side", operand: right) {
          _ = try LeastSquares.solve(one, $0, by: method)
        },
      ]
    }
    return doors
  }
}
