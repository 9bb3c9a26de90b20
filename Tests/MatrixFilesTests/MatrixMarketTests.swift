// SPDX-License-Identifier: Apache-2.0
// MatrixMarket: every layout and symmetry that is read, the bytes that are written, files exchanged with SciPy, and
// files that are wrong, each with its line.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

private func read(_ text: String) throws -> Matrix<Double> {
  let scratch = Scratch()
  put(text, scratch.file("m.mtx"))
  return try Matrix<Double>(contentsOf: scratch.file("m.mtx"))
}

private let banner = "%%MatrixMarket matrix "

@Suite(.timeLimit(.minutes(20)))
struct MatrixMarketTests {
  @Test func everyKind() throws {
    #expect(try read(banner + "array real general\n2 3\n1\n4\n2\n5\n3\n6\n") == Matrix([[1, 2, 3], [4, 5, 6]]))
    #expect(try read(banner + "array integer symmetric\n% lower\n2 2\n1\n2\n3\n") == Matrix([[1, 2], [2, 3]]))
    #expect(
      try read(banner + "array real skew-symmetric\n3 3\n1\n2\n3") == Matrix([[0, -1, -2], [1, 0, -3], [2, 3, 0]]))
    #expect(
      try read(banner + "coordinate real general\n2 3 2\n2 3 -1.5\n1 1 1e3\n")
        == Matrix([[1000, 0, 0], [0, 0, -1.5]]))
    #expect(try read(banner + "coordinate real symmetric\n2 2 2\n2 1 5\n2 2 7\n") == Matrix([[0, 5], [5, 7]]))
    #expect(try read(banner + "coordinate integer skew-symmetric\n2 2 1\n2 1 5\n") == Matrix([[0, -5], [5, 0]]))
    #expect(try read(banner + "coordinate pattern general\n2 2 1\n1 2\n") == Matrix([[0, 1], [0, 0]]))
    #expect(try read(banner + "coordinate pattern symmetric\n2 2 1\n2 1\n") == Matrix([[0, 1], [1, 0]]))
    #expect(try read(banner + "coordinate real general\n2 2 0\n") == Matrix([[0, 0], [0, 0]]))
    let loose = "%%matrixmarket MATRIX Array Real General\r\n%\r\n\r\n  1\t2 \r\n% between\r\n\r\n nan \r\n-0.0\r\n\r\n"
    #expect(try read(loose).identical(to: Matrix([[.nan, -0.0]])))
  }

  static let bad: [(String, String, FileError.Code)] = [
    ("%%MatrixMarket\n1 1\n1\n", "line 1: the banner", .malformed),
    ("%%MatrixMarket vector array real general\n1 1\n1\n", "'vector' is no matrix", .unsupported),
    (banner + "dense real general\n1 1\n1\n", "'dense' is no layout", .unsupported),
    (banner + "array complex general\n1 1\n1 2\n", "'complex' numbers are not read", .unsupported),
    (banner + "array pattern general\n1 1\n1\n", "'pattern' is no field", .unsupported),
    (banner + "array quaternion general\n1 1\n1\n", "is no field", .unsupported),
    (banner + "coordinate pattern skew-symmetric\n1 1 0\n", "is no symmetry", .unsupported),
    (banner + "array real hermitian\n1 1\n1\n", "is no symmetry", .unsupported),
    (banner + "array real general\n", "before the line of its sizes", .malformed),
    (banner + "array real general\n% only\n\n", "before the line of its sizes", .malformed),
    (banner + "array real general\n2 2 4\n1\n", "the sizes are 2 numbers, and here are 3", .malformed),
    (banner + "coordinate real general\n2 2\n", "the sizes are 3 numbers", .malformed),
    (banner + "array real general\n-1 2\n", "line 2: '-1' is no whole number", .malformed),
    (banner + "array real general\n2.0 2\n", "'2.0' is no whole number", .malformed),
    (banner + "array real general\n99999999999999999999 2\n", "is no whole number below 2^63", .malformed),
    (banner + "array real general\n4294967296 4294967296\n", "larger than any address space", .malformed),
    (banner + "array real general\n100000 100000\n1\n", "entries are claimed", .malformed),
    (banner + "coordinate real general\n1000000 1000000 1\n1 1 1\n", "nearly all zeros", .unsupported),
    (
      banner + "coordinate real general\n2 2 5\n1 1 1\n1 2 1\n2 1 1\n2 2 1\n1 1 1\n", "5 entries are claimed",
      .malformed
    ),
    (banner + "coordinate real general\n3 3 4000000000\n", "entries are claimed", .malformed),
    (banner + "array real symmetric\n2 3\n1\n2\n3\n", "cannot be symmetric", .malformed),
    (banner + "array real general\n2 1\n1\n", "line 3: the file ends here", .malformed),
    (banner + "array real general\n2 1\n1\n2\n3\n", "line 5: more than the 2 entries", .malformed),
    (banner + "array real general\n2 1\n1 2\n", "line 3: an entry has 1 fields, and here are 2", .malformed),
    (banner + "array real general\n1 1\n1,5\n", "line 3: '1,5' is not a number", .malformed),
    (banner + "array real general\n1 1\n1e999\n", "past the largest float64", .malformed),
    (banner + "array integer general\n1 1\n1.5\n", "'1.5' is no whole number", .malformed),
    (banner + "array integer general\n1 1\n9007199254740993\n", "9007199254740993 is no float64", .unsupported),
    (banner + "coordinate real general\n2 2 1\n0 1 1\n", "line 3: (0, 1) is outside", .malformed),
    (banner + "coordinate real general\n2 2 1\n3 1 1\n", "(3, 1) is outside", .malformed),
    (banner + "coordinate real general\n2 2 1\n1 3 1\n", "(1, 3) is outside", .malformed),
    (banner + "coordinate real general\n2 2 1\n-1 1 1\n", "'-1' is no whole number", .malformed),
    (banner + "coordinate real general\n2 2 1\n1 1\n", "an entry has 3 fields, and here are 2", .malformed),
    (banner + "coordinate pattern general\n2 2 1\n1 1 1\n", "an entry has 2 fields", .malformed),
    (banner + "coordinate real general\n2 2 2\n1 1 1\n1 1 1\n", "line 4: (1, 1) stands twice", .malformed),
    (banner + "coordinate real symmetric\n2 2 1\n1 2 1\n", "not below the diagonal", .malformed),
    (banner + "coordinate real skew-symmetric\n2 2 1\n1 1 1\n", "not below the diagonal", .malformed),
    (banner + "coordinate real general\n2 2 2\n1 1 1\n", "line 3: the file ends here", .malformed),
    (banner + "coordinate real general\n2 2 1\n1 1 1\n2 2 2\n", "more than the 1 entries", .malformed),
    (banner + "array real general\n1 1\n\0\n", "line 3: a NUL byte", .malformed),
    (banner + "array real general\n1 1\n" + String(repeating: "1", count: 5000), "more than 4096 bytes", .malformed),
  ]

  @Test(arguments: bad)
  func refused(text: String, word: String, code: FileError.Code) throws {
    let error = try #require(throws: FileError.self) { try read(text) }
    #expect(error.code == code && error.message.contains(word), "\(error)")
    #expect(error.message.utf8.count < 300 && error.message.unicodeScalars.allSatisfy { $0.value >= 32 })
  }

  @Test func theWritersBytes() throws {
    let scratch = Scratch()
    try Matrix<Double>([[1, 0.1], [-2.5, .nan]]).write(to: scratch.file("m.mtx"), options: fresh)
    #expect(text(scratch.file("m.mtx")) == banner + "array real general\n2 2\n1.0\n-2.5\n0.1\nnan\n")
    let rounded = WriteOptions(overwrite: true, sync: false, text: TextOptions(digits: 2))
    try Matrix<Double>([[1.26, -0.125]]).write(to: scratch.file("m.mtx"), options: rounded)
    #expect(text(scratch.file("m.mtx")) == banner + "array real general\n1 2\n1.3\n-0.12\n")
    #expect(throws: FileError.self) {
      try Matrix<Double>([[1]]).write(
        to: scratch.file("n.mtx"), options: WriteOptions(sync: false, text: TextOptions(digits: 99)))
    }
    // More columns than a tile has, and more rows than one holds.
    for (rows, columns) in [(3, 100_000), (300_000, 2), (600, 500)] {
      let large = Matrix<Double>(rows: rows, columns: columns) { i, j in Double(1000 * i - j) }
      try large.write(to: scratch.file("m.mtx"), options: overwriting)
      #expect(try Matrix<Double>(contentsOf: scratch.file("m.mtx")) == large)
    }
    let m = randomMatrix(Double.self, 30, 20, seed: 6)
    try m.write(to: scratch.file("m.mtx.gz"), options: fresh)
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.mtx.gz")).identical(to: m))
  }

  @Test func mutations() throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.mtx")
    let starts = [
      banner + "array real symmetric\n% c\n3 3\n1\n2\n3.5\n-4\n5e3\n6\n",
      banner + "coordinate real general\n4 5 3\n1 1 1.5\n4 5 -2\n3 2 1e-3\n",
      banner + "coordinate pattern symmetric\n4 4 3\n2 1\n4 4\n3 2\n",
    ].map { Array($0.utf8) }
    var generator = Generator(seed: 54)
    var accepted = 0
    let rounds = mutationCount(3000)
    for k in 0..<rounds {
      put(mutated(starts[k % 3], &generator), path)
      do throws(FileError) {
        #expect(try Matrix<Double>(contentsOf: path).count <= 1 << 24)
        accepted += 1
      } catch {
        #expect([.malformed, .unsupported].contains(error.code), "\(error)")
      }
    }
    #expect(accepted > rounds / 100 && accepted < rounds)
  }

  @Test(.enabled(if: Python.hasSciPy, "needs python3 with SciPy"))
  func sciPyBothWays() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 17, 11, seed: 24)
    try m.write(to: scratch.file("m.mtx"), options: fresh)
    try m.write(to: scratch.file("m.npy"), options: fresh)
    let script = """
      import sys, numpy as np, scipy.io, scipy.sparse as sp
      folder = sys.argv[1]
      m = np.load(folder + "/m.npy"); t = np.asarray(scipy.io.mmread(folder + "/m.mtx"))
      assert ((m == t) | (np.isnan(m) & np.isnan(t))).all()  # SciPy adds what it reads to 0, and loses a minus zero
      r = np.random.default_rng(1); d = r.standard_normal((9, 7)); s = r.standard_normal((6, 6))
      sparse = sp.random(40, 30, 0.1, random_state=2)
      kinds = {"dense": d, "symmetric": s + s.T, "skew": s - s.T, "integer": r.integers(-9, 9, (4, 5))}
      kinds["sparse"] = sparse
      for name, a in kinds.items():
          scipy.io.mmwrite(f"{folder}/{name}.mtx", a, precision=17)
          np.save(f"{folder}/{name}.npy", np.asarray(a.todense() if sp.issparse(a) else a, dtype=float))
      a = sp.csr_matrix((s + s.T) * (abs(s + s.T) > 1))
      scipy.io.mmwrite(folder + "/ss.mtx", a, precision=17, symmetry="symmetric")
      np.save(folder + "/ss.npy", np.asarray(a.todense()))
      """
    let python = try #require(Python.interpreter(importing: "scipy.io, scipy.sparse"))
    #expect(Python.run(script, [scratch.path], using: python) == 0)
    for name in ["dense", "symmetric", "skew", "integer", "sparse", "ss"] {
      let expected = try Matrix<Double>(contentsOf: scratch.file("\(name).npy"))
      #expect(try Matrix<Double>(contentsOf: scratch.file("\(name).mtx")) == expected, "\(name)")
    }
  }
}
