// SPDX-License-Identifier: Apache-2.0
//
// The library as the README shows it: `import Weft` and nothing else. The argument is the path of the file to write.
// Ends with code 1 at the first value that is not as it should be.

import Weft

/// The user's own code, run in the workers.
struct Checker: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    for j in values.indices { values[j] = Double((i + j) % 2) }
  }
}

struct WrongValue: Error {
  var what: String
}

func check(_ isRight: Bool, _ what: String) throws {
  if !isRight { throw WrongValue(what: what) }
}

func computeAll(path: String) async throws {
  let engine = try Engine(workers: 4)
  var m = try await engine.compute("sin(i*j)*cos(i+j)", rows: 1000, columns: 1000)
  try check(m.rows == 1000 && m.columns == 1000 && m.count == 1_000_000, "the shape")
  // sin(15)·cos(8), to all digits that a float64 has.
  try check(abs(m[3, 5] - -0.09461690272819077) < 1e-15, "m[3, 5] is \(m[3, 5])")
  try check(m.row(3).count == 1000 && m.row(3)[5] == m[3, 5], "m.row(3)")

  // The same bits without workers.
  let alone = try Engine(.inProcess)
  let same = try await alone.compute("sin(i*j)*cos(i+j)", rows: 1000, columns: 1000)
  try check(m == same, "the matrix computed in this process")
  await alone.shutdown()

  let points = Matrix<Double>(rows: 500, columns: 1) { i, _ in Double(i) / 4 }
  let f = try Formula("exp(-a*abs(X[i,0]-X[j,0]))")
  let k = try await engine.compute(f, rows: 500, columns: 500, parameters: ["a": 0.1], inputs: ["X": points])
  try check(k[7, 7] == 1 && k[3, 9] == k[9, 3], "the kernel matrix")
  // exp(-0.1 · 40/4)
  try check(abs(k[40, 0] - 0.36787944117144233) < 1e-15, "k[40, 0] is \(k[40, 0])")

  try await engine.compute("i+j", into: &m)
  try check(m[3, 5] == 8 && m[999, 999] == 1998, "the matrix computed again")

  try m.write(to: path)
  let back = try Matrix<Double>(contentsOf: path)
  try check(back.rows == 1000 && back.columns == 1000 && back[999, 998] == 1997, "the matrix read back")

  let c = try await engine.compute(Checker.self, rows: 1000, columns: 1000)
  try check(c[0, 0] == 0 && c[0, 1] == 1 && c[999, 999] == 0 && c[998, 999] == 1, "the matrix of the user's own code")

  do {
    _ = try Formula("sin(i) + cso(j)")
    throw WrongValue(what: "a misspelt formula was accepted")
  } catch let error as FormulaError {
    print("refused: \(error)")
  }
  await engine.shutdown()
}

do {
  try await computeAll(path: CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "m.npy")
  print("all values are right")
} catch {
  // A user's program may stop in any way; this one needs no other module for it.
  preconditionFailure("\(error)")
}
