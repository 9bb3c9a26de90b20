// SPDX-License-Identifier: Apache-2.0
//
// A hundred random problems, solved and factored here and by NumPy and SciPy. Two backward stable answers differ by about
// the condition number times ε, those of least squares with a residual by its square.

import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)), .enabled(if: Script.hasNumPy, "python3 with numpy is not installed"))
struct NumPySystemsTests {
  @Test func aHundredProblems() throws {
    var numbers = Numbers()
    for number in 0..<100 {
      let n = 1 + (number * 7) % 40
      let (m, right) = (n + (number * 5) % 30, 1 + number % 3)
      let a = random(m, n, seed: UInt64(10 * number), as: Double.self)
      let b: Matrix<Double> = random(m, right, seed: UInt64(10 * number + 1))
      let square: Matrix<Double> = random(n, n, seed: UInt64(10 * number + 2))
      let c: Matrix<Double> = random(n, right, seed: UInt64(10 * number + 3))
      let definite = try Product.gram(a)
      let deficient = try Product.of(a[columns: 0..<(n + 1) / 2], square[rows: 0..<(n + 1) / 2])
      var triangles = square
      addToDiagonal(3, of: &triangles)
      numbers.put(m, n, right)
      numbers.put(a, b, square, c, definite, deficient, triangles)

      for (matrix, structure) in [
        (square, LinearSystem.Structure.general), (definite, .positiveDefinite), (triangles, .lowerTriangular),
        (triangles, .upperTriangular),
      ] {
        numbers.put(try LinearSystem.solve(matrix, c, assuming: structure).solution)
      }
      for (matrix, rightHandSide) in [(a, b), (transposed(a), c), (deficient, b)] {
        let fit = try LeastSquares.solve(matrix, rightHandSide)
        numbers.put(fit.rank)
        numbers.put(fit.residualNorms)
        numbers.put(fit.solution)
      }
      let lu = try LUFactorization(square)
      numbers.put(try lu.lower(), try lu.upper(), try lu.inverse())
      numbers.put(lu.columnOrder.map(Double.init))
      numbers.put([lu.determinant, Double(lu.logDeterminant.sign), lu.logDeterminant.logMagnitude])
      let cholesky = try CholeskyFactorization(definite)
      numbers.put(try cholesky.lower(), try cholesky.inverse())
      numbers.put([cholesky.determinant, cholesky.logDeterminant])
      for pivoting in [false, true] {
        let qr = try QRFactorization(a, pivoting: pivoting)
        numbers.put(try qr.q(), try qr.r())
        numbers.put(qr.columnOrder.map(Double.init))
      }
    }
    let answer = Script.run(Script.beginning + Self.script, reading: numbers.values)
    #expect(answer == "agreed on 100 problems\n")
  }

  static let script = """
    def close(name, ours, theirs, condition):
        same(name, ours, theirs, 10 * len(np.atleast_1d(theirs)) * epsilon * condition * np.max(np.abs(theirs)))

    def positive_diagonal(q, r):
        signs = np.where(np.diag(r) < 0, -1, 1)
        return q * signs, r * signs[:, None]

    solve, norm = np.linalg.solve, np.linalg.norm
    while at < len(numbers):
        m, n, right = (int(x) for x in take(3))
        a, b, square, c = take(m, n), take(m, right), take(n, n), take(n, right)
        definite, deficient, triangles = take(n, n), take(m, n), take(n, n)
        ill, cond = np.linalg.cond(square), np.linalg.cond(a)
        close("solve", take(n, right), solve(square, c), ill)
        close("positive definite", take(n, right), solve(definite, c), cond ** 2)
        for name, matrix in ("lower", np.tril(triangles)), ("upper", np.triu(triangles)):
            close(name, take(n, right), solve(matrix, c), np.linalg.cond(matrix))

        for name, matrix, goal in ("lstsq", a, b), ("lstsq, wide", a.T, c), ("lstsq, deficient", deficient, b):
            x, _, rank, s = np.linalg.lstsq(matrix, goal, rcond=max(m, n) * epsilon)
            sensitivity = (s[0] / s[rank - 1]) ** 2
            residuals = norm(goal - matrix @ x, axis=0)
            same(name + ", rank", take(1)[0], rank, 0)
            same(name + ", residuals", take(right), residuals, 100 * m * epsilon * sensitivity * norm(goal))
            solution = take(*x.shape)
            same(name, solution, x, 10 * m * epsilon * sensitivity * max(norm(x), norm(goal) / s[0]))

        lower, upper, inverse, order, (det, sign, log) = take(n, n), take(n, n), take(n, n), take(n).astype(int), take(3)
        same("L·U·P", lower @ upper, square[:, order], 10 * n * epsilon * n)
        if scipy is not None:
            # Ours eliminates with the columns of A as LAPACK does with the rows of A's transpose.
            exchanges, left, right_factor = scipy.lu(square.T)
            same("column order", order, np.argmax(exchanges, axis=0), 0)
            close("L", lower, right_factor.T, ill)
            close("U", upper, left.T, ill)
        close("inverse", inverse, np.linalg.inv(square), ill)
        close("det", det, np.linalg.det(square), n * ill)
        same("slogdet", np.array([sign, log]), np.array(np.linalg.slogdet(square)), 10 * n * epsilon * ill)

        lower, inverse, (det, log) = take(n, n), take(n, n), take(2)
        close("Cholesky", lower, np.linalg.cholesky(definite), cond ** 2)
        close("inverse by Cholesky", inverse, np.linalg.inv(definite), cond ** 2)
        close("det by Cholesky", det, np.linalg.det(definite), n * cond ** 2)
        same("slogdet by Cholesky", log, np.linalg.slogdet(definite)[1], 10 * n * epsilon * cond ** 2)

        q, r, order = take(m, n), take(n, n), take(n)
        theirs = positive_diagonal(*np.linalg.qr(a))
        for name, ours, other in zip("QR", positive_diagonal(q, r), theirs):
            close(name, ours, other, cond)
        same("unpivoted order", order, np.arange(n), 0)
        q, r, order = take(m, n), take(n, n), take(n).astype(int)
        same("Q·R pivoted", q @ r, a[:, order], 10 * m * n * epsilon)
        if scipy is not None:
            other_q, other_r, columns = scipy.qr(a, pivoting=True, mode="economic")
            same("pivots", order, columns, 0)
            for name, ours, other in zip("QR", positive_diagonal(q, r), positive_diagonal(other_q, other_r)):
                close(name + " pivoted", ours, other, cond)
        problem += 1
    print(f"agreed on {problem} problems")
    """
}
