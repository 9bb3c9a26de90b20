// SPDX-License-Identifier: Apache-2.0
//
// Weft's linear algebra as a contestant: the library's public calls, in the harness itself.

import Weft

/// The matrices of one size, made when a size is first asked for.
final class OwnLinearAlgebra {
  private var size = 0
  private var (a, b, c, symmetric, positive) = (empty, empty, empty, empty, empty)
  private var right = empty
  private static let empty = Matrix<Double>([])

  func contestant(_ task: LinearAlgebraTask, _ size: Int, _ agreement: Agreement, aims: [Aim]) -> Contestant {
    Contestant(name: task.ours, role: .ours, aims: aims) { (runs) throws(BenchmarkError) in
      try benchmarkErrors {
        self.prepare(size)
        return try (0..<runs).map { _ in try self.run(task).seconds }
      }
    }.showing(agreement) { () throws(BenchmarkError) in
      try benchmarkErrors {
        self.prepare(size)
        return try self.run(task, wantsResult: true).result
      }
    }
  }

  private func prepare(_ size: Int) {
    guard size != self.size else { return }
    self.size = size
    a = Matrix.ofNumbers(size, place: 0)
    b = Matrix.ofNumbers(size, place: 1)
    c = Matrix(repeating: 0, rows: size, columns: size)
    right = Matrix(column: (0..<size).map { b[0, $0] })
    symmetric = a
    symmetric.symmetrize()
    positive = symmetric
    for i in 0..<size { positive[i, i] += Double(size) }
  }

  /// One run. Copies that are overwritten are made before the clock starts, and handed on, not shared: a matrix that
  /// somebody else still holds would be copied once more. What is freed is kept until the clock has stopped.
  private func run(_ task: LinearAlgebraTask, wantsResult: Bool = false) throws -> (seconds: Double, result: Double) {
    switch task {
    case .multiply:
      let start = secondsNow()
      try Product.add(a, b, to: &c, beta: 0)
      return (secondsNow() - start, wantsResult ? magnitudes(c) : 0)
    case .solve:
      return try solve(Matrix(a), Matrix(right))
    case .cholesky:
      return try solvePositive(Matrix(positive), Matrix(right))
    case .qr:
      return try factorQR(Matrix(a))
    case .eigh:
      let start = secondsNow()
      let eigen = try SymmetricEigenDecomposition(symmetric)
      let seconds = secondsNow() - start
      return withExtendedLifetime(eigen) { (seconds, magnitudes(eigen.eigenvalues)) }
    case .svd:
      let start = secondsNow()
      let svd = try SingularValueDecomposition(a)
      let seconds = secondsNow() - start
      return withExtendedLifetime(svd) { (seconds, magnitudes(svd.singularValues)) }
    }
  }

  private func solve(_ copy: consuming Matrix<Double>, _ b: consuming Matrix<Double>) throws -> (Double, Double) {
    let start = secondsNow()
    let lu = try LUFactorization(inPlace: copy)
    try lu.solve(inPlace: &b)
    let seconds = secondsNow() - start
    withExtendedLifetime(lu) {}
    return (seconds, magnitudes(b))
  }

  private func solvePositive(
    _ copy: consuming Matrix<Double>, _ b: consuming Matrix<Double>
  ) throws -> (Double, Double) {
    let start = secondsNow()
    let cholesky = try CholeskyFactorization(inPlace: copy)
    try cholesky.solve(inPlace: &b)
    let seconds = secondsNow() - start
    withExtendedLifetime(cholesky) {}
    return (seconds, magnitudes(b))
  }

  private func factorQR(_ copy: consuming Matrix<Double>) throws -> (Double, Double) {
    let start = secondsNow()
    let qr = try QRFactorization(inPlace: copy)
    let seconds = secondsNow() - start
    return try withExtendedLifetime(qr) { (seconds, try magnitudes(qr.r().diagonal())) }
  }
}
