// SPDX-License-Identifier: Apache-2.0
//
// A hundred random problems, answered here and by NumPy and SciPy: what singular values and eigenvalues tell, norms, and
// functions of matrices.

import ComplexModule
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)), .enabled(if: Script.hasNumPy, "python3 with numpy is not installed"))
struct NumPyAgreementTests {
  @Test func aHundredProblems() throws {
    var numbers = Numbers()
    for k in 0..<100 {
      let (m, n) = (1 + k % 13 * 2, 1 + k % 11 * 3)
      let a = random(m, n, seed: UInt64(k), as: Double.self)
      let b = random(n, n, seed: UInt64(1000 + k), as: Double.self)
      let symmetric = Matrix<Double>(rows: n, columns: n) { i, j in b[i, j] + b[j, i] }
      var shifted = b
      addToDiagonal(Double(n), of: &shifted)
      numbers.put(m, n)
      numbers.put(a, b)
      numbers.put(try a.singularValues())
      numbers.put(try SingularValueDecomposition(a).pseudoInverse())
      numbers.put(try [MatrixNorm.one, .two, .infinity, .frobenius, .nuclear, .max].map { try a.norm($0) })
      numbers.put(try [a.conditionNumber(), Double(a.rank())])
      numbers.put(try [MatrixNorm.one, .infinity, .frobenius].map { try b.conditionNumber($0) })
      numbers.put(try symmetric.symmetricEigenvalues())
      numbers.put(try EigenDecomposition(b).eigenvalues.flatMap { [$0.real, $0.imaginary] })
      numbers.put(try b.power(-2), try b.power(5))
      numbers.put(try b.exponential(), try shifted.squareRoot(), try shifted.logarithm())
    }
    let answer = Script.run(Script.beginning + Self.script, reading: numbers.values)
    #expect(answer == "agreed on 100 problems\n")
  }

  static let script = """
    while at < len(numbers):
        m, n = (int(x) for x in take(2))
        a, b = take(m, n), take(n, n)
        s = np.linalg.svd(a, compute_uv=False)
        same("singular values", take(min(m, n)), s, 1e-13 * s[0])
        inverse = np.linalg.pinv(a, rcond=max(m, n) * np.finfo(float).eps)
        same("pinv", take(n, m), inverse, 1e-13 * s[0] / s[-1] ** 2)
        norms = [np.linalg.norm(a, kind) for kind in (1, 2, np.inf, "fro", "nuc")]
        norms.append(np.max(np.abs(a)))
        same("norms", take(6), norms, 1e-13 * max(norms))
        same("cond", take(1)[0], np.linalg.cond(a), 1e-13 * (s[0] / s[-1]) ** 2)
        same("rank", take(1)[0], np.linalg.matrix_rank(a), 0)
        conditions = [np.linalg.cond(b, kind) for kind in (1, np.inf, "fro")]
        same("conds", take(3), conditions, 1e-13 * max(conditions) ** 2)
        same("eigvalsh", take(n), np.linalg.eigvalsh(b + b.T), 1e-12 * np.linalg.norm(b))
        pairs = take(n, 2)
        same_set("eigvals", pairs[:, 0] + 1j * pairs[:, 1], np.linalg.eigvals(b), 1e-10 * np.linalg.norm(b))
        for exponent in (-2, 5):
            power = np.linalg.matrix_power(b, exponent)
            same("power", take(n, n), power, 1e-12 * np.linalg.cond(b) * np.linalg.norm(power))
        expm, sqrtm, logm = take(n, n), take(n, n), take(n, n)
        if scipy is not None:
            same("expm", expm, scipy.expm(b), 1e-12 * np.linalg.norm(expm))
            same("sqrtm", sqrtm, scipy.sqrtm(b + n * np.eye(n)), 1e-12 * np.linalg.norm(sqrtm))
            same("logm", logm, scipy.logm(b + n * np.eye(n)), 1e-12 * np.linalg.norm(logm) + 1e-13)
        problem += 1
    print(f"agreed on {problem} problems")
    """
}
