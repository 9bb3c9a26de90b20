// SPDX-License-Identifier: Apache-2.0
// Files that NumPy, SciPy and h5py wrote (data/formats, see its ORIGIN.md), and files exchanged with pandas and Octave
// where these are at hand.

import MatrixCore
import MatrixFiles
import Testing

/// `data/formats` of the package this file belongs to.
private let folder: String = {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(3)
  return parts.joined(separator: "/") + "/data/formats/"
}()

private let octaveCommand = "octave-cli --norc --no-window-system --eval"

@Suite(.timeLimit(.minutes(20)))
struct FormatGoldenTests {
  static let counted = Matrix<Double>(rows: 5, columns: 3) { i, j in Double(1000 * i + j) / 8 - 1 }

  @Test(arguments: ["savez.npz:m", "savez_compressed.npz", "array.mtx", "coordinate.mtx"])
  func counted(name: String) throws {
    #expect(try Matrix<Double>(contentsOf: folder + name) == Self.counted)
  }

  @Test func others() throws {
    let transposed = Matrix<Double>(rows: 3, columns: 5) { i, j in Self.counted[j, i] }
    #expect(try Matrix<Double>(contentsOf: folder + "savez.npz:n") == transposed)
    #expect(try MatrixFile.inspect(folder + "savez.npz:n").elementOrder == .columns)
    #expect(try MatrixFile.names(in: folder + "savez.npz") == ["m", "n"])
    let m = Self.counted
    let product = Matrix<Double>(rows: 3, columns: 3) { i, j in (0..<5).reduce(0) { $0 + m[$1, i] * m[$1, j] } }
    #expect(try Matrix<Double>(contentsOf: folder + "symmetric.mtx") == product)
  }

  @Test(.enabled(if: hasHDF5, "libhdf5 is not installed"), arguments: ["earliest", "latest"])
  func hdf5(version: String) throws {
    #expect(try Matrix<Double>(contentsOf: folder + "\(version).h5") == Self.counted)
    #expect(try MatrixFile.inspect(folder + "\(version).h5").member == "/group/packed")
  }

  @Test(.enabled(if: Python.hasPandas, "needs python3 with pandas"))
  func pandas() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 40, 7, seed: 31)
    try m.write(to: scratch.file("m.csv.gz"), options: fresh)
    try m.write(to: scratch.file("m.npy"), options: fresh)
    let script = """
      import sys, numpy as np, pandas as pd
      m = np.load(sys.argv[1] + "/m.npy")
      t = pd.read_csv(sys.argv[1] + "/m.csv.gz", header=None, float_precision="round_trip").to_numpy()
      assert ((m == t) | (np.isnan(m) & np.isnan(t))).all()
      pd.DataFrame(m).to_csv(sys.argv[1] + "/p.csv.gz", na_rep="nan")
      """
    let python = try #require(Python.interpreter(importing: "pandas"))
    #expect(Python.run(script, [scratch.path], using: python) == 0)
    // With pandas's index as the first column and its header.
    let back = try Matrix<Double>(contentsOf: scratch.file("p.csv.gz"), options: ReadOptions(hasHeader: true))
    #expect(back.identical(to: Matrix(rows: 40, columns: 8) { i, j in j == 0 ? Double(i) : m[i, j - 1] }))
  }

  @Test(.enabled(if: shell("\(octaveCommand) 'exit(0)'") == 0 && hasHDF5, "needs octave-cli and libhdf5"))
  func octave() throws {
    let scratch = Scratch()
    let m = Self.counted
    try m.write(to: scratch.file("m.csv.gz"), options: fresh)
    try m.write(to: scratch.file("m.h5"), options: fresh)
    let script = """
      cd \(scratch.path); gunzip m.csv.gz; m = csvread("m.csv"); h = load("-hdf5", "m.h5");
      save("-hdf5", "o.h5", "m"); assert(size(m) == [5 3]); assert(m(5, 3) == 4002 / 8 - 1)
      """
    #expect(shell("\(octaveCommand) '\(script)'") == 0)
    // Octave's matrices go by columns, HDF5's by rows: every reader but Octave sees the transpose.
    let stored = try Matrix<Double>(contentsOf: scratch.file("o.h5:/m/value"))
    #expect(stored == Matrix(rows: 3, columns: 5) { i, j in m[j, i] })
  }
}
