// SPDX-License-Identifier: Apache-2.0
//
// Products and systems of equations over ranks.
//
// How good an answer is, is always told: A is loaded once more where the routine has overwritten it, which costs n² where the
// routine took n³. Products are seen through random vectors (Freivalds 1977, Probabilistic machines can use less running time).

import LinearAlgebra
import MatrixCore

extension BlockCyclicAlgebra {
  /// op(A)·op(B).
  package func multiply(
    _ a: BlockCyclicOperand, transposed left: Bool, _ b: BlockCyclicOperand, transposed right: Bool
  ) throws -> BlockCyclicAnswer {
    let (rows, inner) = left ? (a.shape.columns, a.shape.rows) : (a.shape.rows, a.shape.columns)
    let (other, columns) = right ? (b.shape.columns, b.shape.rows) : (b.shape.rows, b.shape.columns)
    guard inner == other else {
      throw LinearAlgebraError(
        .shapeMismatch,
        "A is \(a.shape)\(left ? " transposed" : "") and B is \(b.shape)\(right ? " transposed" : ""): a product needs as many "
          + "columns in A as there are rows in B")
    }
    let shape = try Shape(rows: rows, columns: columns)
    try checkSizes([shape, a.shape, b.shape])
    let (x, y, c) = (try load(a), try load(b), try zeros(shape))
    var answer = BlockCyclicAnswer([("product", .matrix(c))], method: "pdgemm")
    guard !shape.isEmpty, inner > 0 else { return answer }
    routines.multiply(x, transposed: left, y, transposed: right, by: 1, plus: 0, c)
    lap("compute")
    try requireFinite(c)
    let probes = try probes(rows: columns)
    let seen = try product(x, transposed: left, product(y, transposed: right, probes))
    routines.multiply(c, transposed: false, probes, transposed: false, by: -1, plus: 1, seen)
    let scale =
      routines.norm(x, left ? .one : .infinity) * routines.norm(y, right ? .one : .infinity)
      * routines.norm(probes, .infinity)
    answer.qualities = [
      .residual(routines.norm(seen, .infinity), over: scale, inner, "|A(Bx) - Cx| / (k eps |A||B||x|), x random")
    ]
    lap("check")
    return try answer.verified()
  }

  /// The solution of A·X = B.
  package func solve(
    _ a: BlockCyclicOperand, _ b: BlockCyclicOperand, isPositiveDefinite: Bool
  ) throws -> BlockCyclicAnswer {
    try LinearAlgebraError.requireSquare(a, for: "a system of equations")
    try requireSameRows(a, b)
    try checkSizes([a.shape, b.shape, b.shape])
    let (factors, right) = (try load(a), try load(b))
    if isPositiveDefinite { try requireSymmetric(factors) }
    let solution = try zeros(b.shape)
    var answer = BlockCyclicAnswer(
      [("solution", .matrix(solution))],
      method: isPositiveDefinite ? "pdposv, Cholesky" : "pdgesv, LU with partial pivoting")
    guard !b.shape.isEmpty else { return answer }
    solution.copyCorner(of: right)
    do {
      answer.reciprocalCondition = try routines.solve(
        factors, solution, norm: routines.norm(factors, .one), isPositiveDefinite: isPositiveDefinite)
    } catch let failure as BlockCyclicFailure {
      throw isPositiveDefinite
        ? LinearAlgebraError.notPositiveDefinite(failure.info) : LinearAlgebraError.singular(failure.info - 1)
    }
    lap("compute")
    try requireFinite(solution)
    try load(a, into: factors)
    let scale =
      routines.norm(factors, .infinity) * routines.norm(solution, .infinity) + routines.norm(right, .infinity)
    routines.multiply(factors, transposed: false, solution, transposed: false, by: -1, plus: 1, right)
    answer.qualities = [
      .init(
        "residual", routines.norm(right, .infinity) / (scale > 0 ? scale : 1),
        "|B - AX| / (|A||X| + |B|), the change of A and B that makes X exact")
    ]
    lap("check")
    return answer
  }

  /// The X that comes closest to A·X = B, for an A of full rank; the shortest where there are several.
  package func leastSquares(_ a: BlockCyclicOperand, _ b: BlockCyclicOperand) throws -> BlockCyclicAnswer {
    try requireSameRows(a, b)
    let (m, n) = (a.shape.rows, a.shape.columns)
    let tall = try Shape(rows: max(m, n), columns: b.shape.columns)
    let forSolution = try Shape(rows: n, columns: b.shape.columns)
    try checkSizes([a.shape, b.shape, tall, forSolution])
    let (factors, right, both) = (try load(a), try load(b), try zeros(tall))
    let solution = try zeros(forSolution)
    var answer = BlockCyclicAnswer([("solution", .matrix(solution))], method: "pdgels, QR")
    guard m > 0, !solution.shape.isEmpty else { return answer }
    both.copyCorner(of: right)
    try routines.leastSquares(factors, both)
    solution.copyCorner(of: both)
    lap("compute")
    try requireFinite(solution)
    try load(a, into: factors)
    let size = routines.norm(factors, .infinity)
    let scale =
      routines.norm(factors, .one) * (size * routines.norm(solution, .infinity) + routines.norm(right, .infinity))
    routines.multiply(factors, transposed: false, solution, transposed: false, by: -1, plus: 1, right)
    let gradient = try product(factors, transposed: true, right)
    answer.qualities = [
      .residual(
        routines.norm(gradient, .infinity), over: scale, max(m, n), "|A'(B - AX)| / (n eps |A|(|A||X| + |B|))"),
      .init("distance", routines.norm(right, .frobenius), "|B - AX|, Frobenius"),
    ]
    lap("check")
    return try answer.verified()
  }

  private func requireSameRows(_ a: BlockCyclicOperand, _ b: BlockCyclicOperand) throws(LinearAlgebraError) {
    guard a.shape.rows != b.shape.rows else { return }
    throw LinearAlgebraError(
      .shapeMismatch, "A is \(a.shape) and B is \(b.shape): A·X = B needs as many rows in B as in A")
  }

  /// - Throws: `overflow`, on all ranks.
  func requireFinite(_ matrix: BlockCyclicMatrix) throws {
    // 0·x is NaN for what is not finite, and NaN stays.
    let own = unsafe matrix.elements.reduce(0) { $0 + $1 * 0 }
    guard try ranks.largest(own == 0 ? 0 : 1) > 0 else { return }
    throw LinearAlgebraError(
      .overflow, "the answer is not finite: A is singular up to rounding, or the computation left the range of float64")
  }
}

extension BlockCyclicAnswer.Quality {
  init(_ name: String, _ value: Double, _ meaning: String) {
    (self.name, self.value, self.meaning) = (name, value, meaning)
  }

  /// In units of what rounding alone explains: below 30 by LAPACK's own standard.
  static func residual(_ norm: Double, over scale: Double, _ n: Int, _ meaning: String) -> Self {
    relative("residual", norm, over: scale, n, meaning)
  }

  static func relative(_ name: String, _ norm: Double, over scale: Double, _ n: Int, _ meaning: String) -> Self {
    let unit = Double(max(1, n)) * Double.ulpOfOne * (scale > 0 ? scale : 1)
    var quality = Self(name, norm == 0 ? 0 : norm / unit, meaning)
    quality.isRelative = true
    return quality
  }
}
