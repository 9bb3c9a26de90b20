// SPDX-License-Identifier: Apache-2.0
// Files that NumPy wrote (data/npy, see its ORIGIN.md), and, where NumPy is at hand, files exchanged with it both ways.

import MatrixCore
import MatrixFiles
import Testing

/// `data/npy` of the package this file belongs to.
private let folder: String = {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(3)
  return parts.joined(separator: "/") + "/data/npy/"
}()

@Suite(.timeLimit(.minutes(20)))
struct NPYGoldenTests {
  @Test(arguments: ["little64", "big64", "little32", "big32"], ["c", "f"])
  func counted(type: String, order: String) throws {
    let path = folder + "\(type)_\(order).npy"
    let expected = Matrix<Double>(rows: 5, columns: 3) { i, j in Double(1000 * i + j) / 8 - 1 }
    #expect(try Matrix<Double>(contentsOf: path).identical(to: expected))
    let single = try Matrix<Float>(contentsOf: path, options: ReadOptions(narrowing: .exact))
    #expect(single.identical(to: Matrix(rows: 5, columns: 3) { i, j in Float(1000 * i + j) / 8 - 1 }))
    let info = try MatrixFile.inspect(path)
    #expect(info.byteOrder == (type.hasPrefix("big") ? .big : .little))
    #expect(info.elementOrder == (order == "f" ? .columns : .rows))
    #expect(info.elementType == (type.hasSuffix("64") ? .float64 : .float32))
    #expect(info.dataOffset == 128 && info.format == .npy)
  }

  @Test func versionsVectorsAndEmpties() throws {
    let expected = Matrix<Double>(rows: 5, columns: 3) { i, j in Double(1000 * i + j) / 8 - 1 }
    for version in ["2", "3"] {
      #expect(try Matrix<Double>(contentsOf: folder + "version\(version).npy") == expected)
      #expect(try MatrixFile.inspect(folder + "version\(version).npy").formatVersion == "\(version).0")
    }
    let vector = Matrix<Double>(rows: 7, columns: 1) { i, _ in Double(1000 * i) / 8 - 1 }
    #expect(try Matrix<Double>(contentsOf: folder + "vector.npy") == vector)
    #expect(try Matrix<Double>(contentsOf: folder + "empty_0x5.npy").shape.description == "0×5")
    #expect(try Matrix<Double>(contentsOf: folder + "empty_5x0.npy").shape.description == "5×0")
    let special: [Double] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
    ]
    #expect(try Matrix<Double>(contentsOf: folder + "special.npy").identical(to: Matrix([special])))
  }

  @Test(arguments: [
    ("scalar", "without a shape"), ("cube", "3 dimensions"), ("int64", "integers"), ("uint8", "unsigned integers"),
    ("bool", "booleans"), ("half", "half-precision"), ("longdouble", "extended-precision"), ("complex", "complex"),
    ("text", "text"), ("bytes", "text"), ("date", "dates"), ("structured", "structured"), ("object", "Python objects"),
  ])
  func refused(name: String, word: String) throws {
    let error = try #require(throws: FileError.self) {
      try Matrix<Double>(contentsOf: folder + "refused_\(name).npy")
    }
    #expect(error.code == .unsupported && error.message.contains(word), "\(error)")
  }

  @Test(.enabled(if: Python.hasNumPy, "needs python3 with NumPy"))
  func numPyReadsAndWritesTheSame() throws {
    let scratch = Scratch()
    let double = randomMatrix(Double.self, 37, 53, seed: 21)
    let single = randomMatrix(Float.self, 53, 37, seed: 22)
    try double.write(to: scratch.file("d.npy"), options: fresh)
    try single.write(to: scratch.file("s.npy"), options: fresh)
    try Matrix<Double>(shape: shape(0, 4)).write(to: scratch.file("e.npy"), options: fresh)
    try Matrix<Double>(rows: 12345, columns: 2) { i, j in Double(i - j) }.write(
      to: scratch.file("t.npy"), options: fresh)
    // Loaded and saved by NumPy, our files come out byte for byte as they were; then the same in other layouts.
    let script = """
      import sys, io, numpy as np
      folder = sys.argv[1]
      for name in "dset":
          old = open(f"{folder}/{name}.npy", "rb").read()
          array = np.load(io.BytesIO(old))
          new = io.BytesIO(); np.save(new, array)
          assert new.getvalue() == old, name
      d = np.load(folder + "/d.npy"); assert d.shape == (37, 53) and d.dtype == np.float64
      np.save(folder + "/d_f.npy", np.asfortranarray(d))
      np.save(folder + "/d_be.npy", d.astype(">f8"))
      np.save(folder + "/d_bef.npy", np.asfortranarray(d.astype(">f8")))
      np.save(folder + "/d_t.npy", d.T)
      s = np.load(folder + "/s.npy"); assert s.dtype == np.float32
      np.save(folder + "/s_bef.npy", np.asfortranarray(s.astype(">f4")))
      np.savetxt(folder + "/d.csv", d, delimiter=",", fmt="%.17g")
      """
    #expect(Python.run(script, [scratch.path]) == 0)
    for name in ["d_f", "d_be", "d_bef"] {
      #expect(try Matrix<Double>(contentsOf: scratch.file("\(name).npy")).identical(to: double), "\(name)")
    }
    let transposed = Matrix<Double>(rows: 53, columns: 37) { i, j in double[j, i] }
    #expect(try Matrix<Double>(contentsOf: scratch.file("d_t.npy")).identical(to: transposed))
    #expect(try Matrix<Float>(contentsOf: scratch.file("s_bef.npy")).identical(to: single))
    #expect(try Matrix<Double>(contentsOf: scratch.file("d.csv")).identical(to: double))
  }

  @Test(.enabled(if: Python.hasNumPy, "needs python3 with NumPy"))
  func numPyReadsOurText() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 41, 29, seed: 23)
    try m.write(to: scratch.file("m.npy"), options: fresh)
    try m.write(to: scratch.file("m.csv"), options: fresh)
    try m.write(to: scratch.file("m.raw"), options: fresh)
    let script = """
      import sys, json, numpy as np
      folder = sys.argv[1]
      m = np.load(folder + "/m.npy"); t = np.loadtxt(folder + "/m.csv", delimiter=",")
      assert ((m.view("u8") == t.view("u8")) | (np.isnan(m) & np.isnan(t))).all()
      j = json.load(open(folder + "/m.raw.json"))
      r = np.fromfile(folder + "/m.raw", dtype=j["dtype"]).reshape(j["rows"], j["columns"])
      assert (m.view("u8") == r.view("u8")).all() and j["format"] == "weft-raw" and j["order"] == "C"
      """
    #expect(Python.run(script, [scratch.path]) == 0)
  }

  /// Tiles of a file in column order: more rows than a piece holds, more columns than a panel, and both odd.
  @Test(.enabled(if: Python.hasNumPy, "needs python3 with NumPy"))
  func largeColumnOrder() throws {
    let scratch = Scratch()
    let script = """
      import sys, numpy as np
      i, j = np.meshgrid(np.arange(20001), np.arange(19), indexing="ij")
      np.save(sys.argv[1] + "/tall.npy", np.asfortranarray((1000.0 * i + j)))
      np.save(sys.argv[1] + "/wide.npy", np.asfortranarray((1000.0 * j.T + i.T).astype(">f4")))
      """
    #expect(Python.run(script, [scratch.path]) == 0)
    let tall = try Matrix<Double>(contentsOf: scratch.file("tall.npy"))
    #expect(tall.identical(to: Matrix(rows: 20001, columns: 19) { i, j in Double(1000 * i + j) }))
    let wide = try Matrix<Double>(contentsOf: scratch.file("wide.npy"))
    #expect(wide.identical(to: Matrix(rows: 19, columns: 20001) { i, j in Double(1000 * i + j) }))

    var reader = try MatrixReader<Double>(contentsOf: scratch.file("tall.npy"))
    var piece = Matrix<Double>(rows: 7001, columns: 19) { _, _ in 0 }
    var row = 0
    while row < 20001 {
      let count = try piece.withMutableElements { (span) throws(FileError) in try reader.readRows(into: &span) }
      for i in stride(from: 0, to: count, by: 97) { #expect(piece[i, 18] == Double(1000 * (row + i) + 18)) }
      row += count
      if count == 0 { break }
    }
    #expect(row == 20001)
  }
}
