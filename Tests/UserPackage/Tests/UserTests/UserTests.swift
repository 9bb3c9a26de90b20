// SPDX-License-Identifier: Apache-2.0
//
// The engine in somebody else's tests: the workers are copies of the test program, and need nothing from it.

import Testing
import Weft

struct Sums: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    for j in values.indices { values[j] = Double(i + j) }
  }
}

@Test func theEngineWorksFromATest() async throws {
  let engine = try Engine(workers: 2)
  let m = try await engine.compute("i+j", rows: 300, columns: 200)
  #expect(m[299, 199] == 498)
  let sums = try await engine.compute(Sums.self, rows: 300, columns: 200)
  #expect(sums == m)
  await engine.shutdown()
}
