// SPDX-License-Identifier: Apache-2.0
//
// Code of one's own in the workers, for elements that no formula gives: here Euclid's algorithm, which loops until it is
// done. The engine is the same one, so a killed worker costs its rows only, here as well.

import Weft

/// The greatest common divisor of i + 1 and j + 1.
///
/// Internal and at file scope, since the workers find the type by its name.
struct CommonDivisors: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    for j in values.indices { values[j] = Double(greatestCommonDivisor(i + 1, j + 1)) }
  }

  static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

enum RowKernelExample: Example {
  static let name = "row-kernel"
  static let summary = "rows filled by code of one's own: the greatest common divisors up to 1000"

  static func run() async throws {
    let engine = try Engine(workers: 4)
    let divisors = try await engine.compute(CommonDivisors.self, rows: 1000, columns: 1000)
    await engine.shutdown()

    print(divisors.corner(rows: 6, columns: 6))
    // Two numbers drawn at random have no common divisor with probability 6/π² = 0.6079… (Mertens 1874).
    var coprime = 0
    for i in 0..<divisors.rows {
      let row = divisors.row(i)
      for j in row.indices where row[j] == 1 { coprime += 1 }
    }
    print("without a common divisor: \(coprime) of \(divisors.count) pairs")
  }
}
