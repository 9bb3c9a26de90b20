// SPDX-License-Identifier: Apache-2.0
//
// How the tests ask NumPy, and SciPy where it is there: problems and our answers go into one file, and a Python script
// computes its own and says where they differ. NumPy brings an OpenBLAS of its own: another library with other kernels.

import Glibc
import MatrixCore

/// A Python script, run with a file of numbers.
enum Script {
  static let hasNumPy = run("import numpy, sys; print('there')", reading: []) == "there\n"

  /// Reads what ``Numbers`` wrote, and says where answers differ. `scipy` is None where it is not installed.
  static let beginning = """
    import sys
    import warnings
    import numpy as np
    try:
        import scipy.linalg as scipy
    except ImportError:
        scipy = None

    warnings.simplefilter("ignore")  # SciPy estimates its own errors, and some are not small
    epsilon = np.finfo(float).eps
    numbers = np.fromfile(sys.argv[1])
    at = problem = 0
    def take(*shape):
        global at
        count = int(np.prod(shape))
        at += count
        return numbers[at - count:at].reshape(shape)

    def same(name, ours, theirs, tolerance):
        worst = np.max(np.abs(ours - theirs), initial=0)
        if np.shape(ours) != np.shape(theirs) or not worst <= tolerance:
            print(f"problem {problem}: {name} differs by {worst:.3g}, more than {tolerance:.3g}")

    def same_set(name, ours, theirs, tolerance):
        rest = list(theirs)
        for value in ours:
            k = int(np.argmin([abs(value - other) for other in rest]))
            same(name, value, rest.pop(k), tolerance)


    """

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

/// What a script is given, in the order in which it takes it.
struct Numbers {
  private(set) var values: [Double] = []

  mutating func put(_ matrices: Matrix<Double>...) {
    for matrix in matrices {
      values += (0..<matrix.rows).flatMap { i in (0..<matrix.columns).map { matrix[i, $0] } }
    }
  }
  mutating func put(_ numbers: [Double]) { values += numbers }
  mutating func put(_ counts: Int...) { values += counts.map(Double.init) }
}
