// SPDX-License-Identifier: Apache-2.0
//
// A hundred random problems, singular vectors, eigenvectors and Schur forms here and by NumPy and SciPy. A vector is known
// up to its sign, or its phase, and as accurately as its value lies apart from the others.

import ComplexModule
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)), .enabled(if: Script.hasNumPy, "python3 with numpy is not installed"))
struct NumPyVectorsTests {
  @Test func aHundredProblems() throws {
    var numbers = Numbers()
    for k in 0..<100 {
      let (m, n) = (1 + k % 13 * 2, 1 + k % 11 * 2)
      let a = random(m, n, seed: UInt64(3000 + k), as: Double.self)
      let b = random(n, n, seed: UInt64(4000 + k), as: Double.self)
      let symmetric = Matrix<Double>(rows: n, columns: n) { i, j in b[i, j] + b[j, i] }
      numbers.put(m, n)
      numbers.put(a, b)
      let svd = try SingularValueDecomposition(a)
      numbers.put(svd.u, svd.vt)
      numbers.put(try SymmetricEigenDecomposition(symmetric).vt)
      let eigen = try EigenDecomposition(b)
      for i in 0..<n { numbers.put(([eigen.eigenvalues[i]] + eigen.vector(i)).flatMap { [$0.real, $0.imaginary] }) }
      let schur = try SchurDecomposition(b)
      numbers.put(schur.t, schur.zt)
      numbers.put(schur.eigenvalues.flatMap { [$0.real, $0.imaginary] })
    }
    let answer = Script.run(Script.beginning + Self.script, reading: numbers.values)
    #expect(answer == "agreed on 100 problems\n")
  }

  static let script = """
    def gap(values, i):
        return min((abs(values[i] - other) for j, other in enumerate(values) if j != i), default=np.inf)

    def same_line(name, ours, theirs, tolerance):
        phase = np.vdot(theirs, ours)
        same(name, ours, theirs * phase / abs(phase), tolerance + 100 * epsilon)

    def complex_numbers(*shape):
        pairs = take(*shape, 2)
        return pairs[..., 0] + 1j * pairs[..., 1]

    norm = np.linalg.norm
    while at < len(numbers):
        m, n = (int(x) for x in take(2))
        a, b = take(m, n), take(n, n)
        k = min(m, n)
        u, vt = take(m, k), take(k, n)
        their_u, s, their_vt = np.linalg.svd(a, full_matrices=False)
        for i in range(k):
            tolerance = 10 * (m + n) * epsilon * s[0] / min(gap(s, i), s[i])
            same_line("singular vectors", np.r_[u[:, i], vt[i]], np.r_[their_u[:, i], their_vt[i]], tolerance)

        vt = take(n, n)
        values, vectors = np.linalg.eigh(b + b.T)
        for i in range(n):
            same_line("eigh", vt[i], vectors[:, i], 10 * n * epsilon * norm(b + b.T) / gap(values, i))

        values, vectors = np.linalg.eig(b)
        condition = np.linalg.cond(vectors)
        ours = complex_numbers(n, n + 1)
        same_set("eigvals", ours[:, 0], values, 100 * n * epsilon * norm(b) * condition)
        for row in ours:
            i = int(np.argmin(np.abs(values - row[0])))
            tolerance = 10 * n * epsilon * norm(b) * condition / gap(values, i)
            same_line("eig", row[1:], vectors[:, i], tolerance)

        t, zt, eigenvalues = take(n, n), take(n, n), complex_numbers(n)
        same("Schur", zt.T @ t @ zt, b, 10 * n * epsilon * norm(b))
        same("Schur vectors", zt @ zt.T, np.eye(n), 10 * n * epsilon)
        same("below the blocks", np.tril(t, -2), np.zeros((n, n)), 0)
        below = np.diag(t, -1)
        same("blocks of three", below[1:] * below[:-1], np.zeros(max(n - 2, 0)), 0)
        i = 0
        while i < n:
            pair = i + 1 < n and t[i + 1, i] != 0
            root = np.sqrt(abs(t[i, i + 1] * t[i + 1, i])) if pair else 0
            if pair:
                same("diagonal of a block", t[i, i], t[i + 1, i + 1], 0)
                same("a block's signs", np.sign(t[i, i + 1] * t[i + 1, i]), -1, 0)
            for j in range(1 + pair):
                same("Schur eigenvalues", eigenvalues[i + j], t[i, i] + (1 - 2 * j) * 1j * root, 10 * n * epsilon * norm(b))
            i += 1 + pair
        if scipy is not None:
            theirs = np.linalg.eigvals(scipy.schur(b)[0])
            same_set("their Schur form", eigenvalues, theirs, 100 * n * epsilon * norm(b) * condition)
        problem += 1
    print(f"agreed on {problem} problems")
    """
}
