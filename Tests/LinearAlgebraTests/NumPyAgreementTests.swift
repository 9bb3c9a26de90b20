// SPDX-License-Identifier: Apache-2.0
//
// A hundred random problems, answered here and by NumPy (and SciPy, where it is there): problems and answers go into one
// file, and a script computes its own and says where they differ.

import ComplexModule
import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(10)), .enabled(if: Script.hasNumPy, "python3 with numpy is not installed"))
struct NumPyAgreementTests {
  @Test func aHundredProblems() throws {
    var numbers: [Double] = []
    func put(_ matrix: Matrix<Double>) {
      numbers += (0..<matrix.rows).flatMap { i in (0..<matrix.columns).map { matrix[i, $0] } }
    }
    for k in 0..<100 {
      let (m, n) = (1 + k % 13 * 2, 1 + k % 11 * 3)
      let a = random(m, n, seed: UInt64(k), as: Double.self)
      let b = random(n, n, seed: UInt64(1000 + k), as: Double.self)
      let symmetric = Matrix<Double>(rows: n, columns: n) { i, j in b[i, j] + b[j, i] }
      var shifted = b
      addToDiagonal(Double(n), of: &shifted)
      numbers += [Double(m), Double(n)]
      [a, b].forEach(put)
      numbers += try a.singularValues()
      put(try SingularValueDecomposition(a).pseudoInverse())
      numbers += try [MatrixNorm.one, .two, .infinity, .frobenius, .nuclear].map { try a.norm($0) }
      numbers += [try a.conditionNumber(), Double(try a.rank())]
      numbers += try symmetric.symmetricEigenvalues()
      numbers += try EigenDecomposition(b).eigenvalues.flatMap { [$0.real, $0.imaginary] }
      put(try b.power(-2))
      put(try b.exponential())
      put(try shifted.squareRoot())
      put(try shifted.logarithm())
    }
    let answer = Script.run(Self.script, reading: numbers)
    #expect(answer == "agreed on 100 problems\n")
  }

  static let script = """
    import sys
    import warnings
    import numpy as np
    try:
        import scipy.linalg as scipy
    except ImportError:
        scipy = None

    warnings.simplefilter("ignore")  # SciPy estimates its own errors, and some are not small
    numbers = np.fromfile(sys.argv[1])
    at = 0
    def take(*shape):
        global at
        count = int(np.prod(shape))
        at += count
        return numbers[at - count:at].reshape(shape)

    def same(name, ours, theirs, tolerance):
        worst = np.max(np.abs(ours - theirs), initial=0)
        if not worst <= tolerance:
            print(f"problem {problem}: {name} differs by {worst:.3g}, more than {tolerance:.3g}")

    def same_set(name, ours, theirs, tolerance):
        rest = list(theirs)
        for value in ours:
            k = int(np.argmin([abs(value - other) for other in rest]))
            same(name, value, rest.pop(k), tolerance)

    problem = 0
    while at < len(numbers):
        m, n = (int(x) for x in take(2))
        a, b = take(m, n), take(n, n)
        s = np.linalg.svd(a, compute_uv=False)
        same("singular values", take(min(m, n)), s, 1e-13 * s[0])
        inverse = np.linalg.pinv(a, rcond=max(m, n) * np.finfo(float).eps)
        same("pinv", take(n, m), inverse, 1e-13 * s[0] / s[-1] ** 2)
        norms = [np.linalg.norm(a, kind) for kind in (1, 2, np.inf, "fro", "nuc")]
        same("norms", take(5), norms, 1e-13 * max(norms))
        same("cond", take(1), np.linalg.cond(a), 1e-13 * (s[0] / s[-1]) ** 2)
        same("rank", take(1), np.linalg.matrix_rank(a), 0)
        same("eigvalsh", take(n), np.linalg.eigvalsh(b + b.T), 1e-12 * np.linalg.norm(b))
        pairs = take(n, 2)
        same_set("eigvals", pairs[:, 0] + 1j * pairs[:, 1], np.linalg.eigvals(b), 1e-10 * np.linalg.norm(b))
        power = np.linalg.matrix_power(b, -2)
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

/// A Python script, run with a file of numbers.
enum Script {
  static let hasNumPy = run("import numpy, sys; print('there')", reading: []) == "there\n"

  /// What the script printed; its errors are at the end of it.
  static func run(_ script: String, reading numbers: [Double]) -> String {
    var template = Array("/tmp/weft-numpy-XXXXXX".utf8CString)
    guard let made = unsafe mkdtemp(&template) else { return "no folder" }
    let folder = unsafe String(cString: made)
    let (code, data, output) = ("\(folder)/script.py", "\(folder)/numbers", "\(folder)/output")
    defer {
      for file in [code, data, output] { unsafe unlink(file) }
      unsafe rmdir(folder)
    }
    unsafe Array(script.utf8).withUnsafeBytes { unsafe write($0, to: code) }
    unsafe numbers.withUnsafeBytes { unsafe write($0, to: data) }
    unsafe system("OPENBLAS_NUM_THREADS=1 python3 '\(code)' '\(data)' > '\(output)' 2>&1")
    return read(output)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) {
    guard let file = unsafe fopen(path, "w") else { return }
    unsafe fwrite(bytes.baseAddress, 1, bytes.count, file)
    unsafe fclose(file)
  }

  private static func read(_ path: String) -> String {
    guard let file = unsafe fopen(path, "r") else { return "no output" }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
