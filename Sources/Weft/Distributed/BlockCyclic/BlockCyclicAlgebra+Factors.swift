// SPDX-License-Identifier: Apache-2.0
//
// Factorizations over ranks. What the factors do to random vectors is held against what A did to them before it was overwritten:
// n² operations after n³, and no second copy of A.

import Evaluation
import LinearAlgebra
import MatrixCore

extension BlockCyclicAlgebra {
  /// A = L·Lᵀ.
  package func cholesky(_ a: BlockCyclicOperand) throws -> BlockCyclicAnswer {
    try LinearAlgebraError.requireSquare(a, for: "Cholesky's factorization")
    try checkSizes([a.shape])
    let l = try load(a)
    try requireSymmetric(l)
    var answer = BlockCyclicAnswer([("l", .matrix(l))], method: "pdpotrf, Cholesky")
    guard !a.shape.isEmpty else { return answer }
    let before = try Witness(of: l, self)
    do { try routines.cholesky(l) } catch let failure as BlockCyclicFailure {
      throw LinearAlgebraError.notPositiveDefinite(failure.info)
    }
    lap("compute")
    l.update { value, row, column in row < column ? 0 : value }
    let seen = try product(l, product(l, transposed: true, before.probes))
    answer.qualities = [before.residual(seen, "|Ax - L(L'x)| / (n eps |A||x|), x random")]
    lap("check")
    return try answer.verified()
  }

  /// A = Q·R, with min(rows, columns) columns in Q.
  package func qr(_ a: BlockCyclicOperand) throws -> BlockCyclicAnswer {
    let (m, n) = (a.shape.rows, a.shape.columns)
    let (forQ, forR) = (try Shape(rows: m, columns: min(m, n)), try Shape(rows: min(m, n), columns: n))
    try checkSizes([a.shape, forR] + (m < n ? [forQ] : []))
    let (factors, r) = (try load(a), try zeros(forR))
    guard !a.shape.isEmpty else {
      return BlockCyclicAnswer([("q", .matrix(try zeros(forQ))), ("r", .matrix(r))], method: "pdgeqrf, QR")
    }
    let before = try Witness(of: factors, self)
    try routines.qr(factors, r: r)
    lap("compute")
    var q = factors
    if m < n {
      q = try zeros(forQ)
      q.copyCorner(of: factors)
    }
    var answer = BlockCyclicAnswer([("q", .matrix(q)), ("r", .matrix(r))], method: "pdgeqrf and pdorgqr, QR")
    answer.qualities = [
      before.residual(try product(q, product(r, before.probes)), "|Ax - Q(Rx)| / (n eps |A||x|), x random"),
      try orthogonality(of: q),
    ]
    lap("check")
    return try answer.verified()
  }

  /// A = U·diag(s)·Vᵀ, with min(rows, columns) singular values; or these alone.
  package func singularValues(_ a: BlockCyclicOperand, vectors: Bool) throws -> BlockCyclicAnswer {
    let count = min(a.shape.rows, a.shape.columns)
    let forU = try Shape(rows: a.shape.rows, columns: count)
    let forV = try Shape(rows: count, columns: a.shape.columns)
    try checkSizes([a.shape] + (vectors ? [forU, forV] : []), for: .singularValues)
    let matrix = try load(a)
    let (u, vt) = (vectors ? try zeros(forU) : nil, vectors ? try zeros(forV) : nil)
    func answer(_ values: [Double]) -> BlockCyclicAnswer {
      guard let u, let vt else { return BlockCyclicAnswer([("s", .values(values))], method: "pdgesvd without vectors") }
      return BlockCyclicAnswer([("u", .matrix(u)), ("s", .values(values)), ("vt", .matrix(vt))], method: "pdgesvd")
    }
    guard count > 0 else { return answer([]) }
    let before = vectors ? try Witness(of: matrix, self) : nil
    let values: [Double]
    do { values = try routines.singularValues(matrix, u: u, vt: vt) } catch is BlockCyclicFailure {
      throw LinearAlgebraError.notConverged("singular values")
    }
    lap("compute")
    var found = answer(values)
    guard let u, let vt, let before else { return found }
    let inside = try product(vt, before.probes)
    inside.update { value, row, _ in value * values[row] }
    found.qualities = [
      before.residual(try product(u, inside), "|Ax - U(s(Vt x))| / (n eps |A||x|), x random"), try orthogonality(of: u),
    ]
    lap("check")
    return try found.verified()
  }

  /// The eigenvalues of a symmetric matrix, smallest first, and its vectors in columns; or the values alone.
  package func symmetricEigen(_ a: BlockCyclicOperand, vectors: Bool) throws -> BlockCyclicAnswer {
    try LinearAlgebraError.requireSquare(a, for: "a decomposition by eigenvalues")
    try checkSizes([a.shape] + (vectors ? [a.shape] : []), for: .symmetricEigen)
    let matrix = try load(a)
    try requireSymmetric(matrix)
    let v = vectors ? try zeros(a.shape) : nil
    func answer(_ values: [Double]) -> BlockCyclicAnswer {
      guard let v else {
        return BlockCyclicAnswer([("values", .values(values))], method: "pdsyev, for a symmetric matrix")
      }
      return BlockCyclicAnswer(
        [("values", .values(values)), ("vectors", .matrix(v))], method: "pdsyevd, for a symmetric matrix")
    }
    guard !a.shape.isEmpty else { return answer([]) }
    let before = vectors ? try Witness(of: matrix, self) : nil
    let values: [Double]
    do { values = try routines.symmetricEigen(matrix, vectors: v) } catch is BlockCyclicFailure {
      throw LinearAlgebraError.notConverged("eigenvalues")
    }
    lap("compute")
    var found = answer(values)
    guard let v, let before else { return found }
    let inside = try product(v, transposed: true, before.probes)
    inside.update { value, row, _ in value * values[row] }
    found.qualities = [
      before.residual(try product(v, inside), "|Ax - V(d(V'x))| / (n eps |A||x|), x random"), try orthogonality(of: v),
    ]
    lap("check")
    return try found.verified()
  }

  private func orthogonality(of q: BlockCyclicMatrix) throws -> BlockCyclicAnswer.Quality {
    let probes = try probes(rows: q.shape.columns)
    let scale = routines.norm(probes, .infinity)
    routines.multiply(q, transposed: true, try product(q, probes), transposed: false, by: 1, plus: -1, probes)
    return .relative(
      "orthogonality", routines.norm(probes, .infinity), over: scale, q.shape.rows,
      "|Q'(Qx) - x| / (m eps |x|), x random")
  }
}

/// What a matrix did to a few random vectors, before it was overwritten.
private struct Witness {
  let probes: BlockCyclicMatrix
  private let image: BlockCyclicMatrix
  private let scale: Double
  private let routines: any BlockCyclicRoutines

  init(of a: BlockCyclicMatrix, _ algebra: BlockCyclicAlgebra) throws {
    routines = algebra.routines
    probes = try algebra.probes(rows: a.shape.columns)
    image = try algebra.product(a, probes)
    scale = routines.norm(a, .infinity) * routines.norm(probes, .infinity)
  }

  /// How far `seen`, which the factors did to the same vectors, is from it.
  func residual(_ seen: BlockCyclicMatrix, _ meaning: String) -> BlockCyclicAnswer.Quality {
    seen.subtract(image)
    return .residual(routines.norm(seen, .infinity), over: scale, probes.shape.rows, meaning)
  }
}
