// SPDX-License-Identifier: Apache-2.0
//
// A pool maps functions over numbers. The functions are types: their names are all that travels, besides the numbers.

import Multiprocessing

struct Square: RemoteFunction {
  static func call(_ x: Int) -> Int { x * x }
}

struct Factorial: RemoteFunction {
  /// - Throws: `Overflow` from 21! on, which no Int holds.
  static func call(_ n: Int) throws -> Int {
    try (1...max(1, n)).reduce(1) { product, factor in
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { throw Overflow(n: n) }
      return next
    }
  }

  struct Overflow: Error, CustomStringConvertible {
    var n: Int
    var description: String { "\(n)! is more than an Int holds" }
  }
}

enum PoolMapExample: Example {
  static let name = "pool-map"
  static let summary = "squares and factorials by a pool's map"

  static func run() async throws {
    let pool = try Pool(processes: 4)
    print("squares     \(try await pool.map(Square.self, Array(1...10)))")
    print("factorials  \(try await pool.map(Factorial.self, Array(0...10)))")
    do {
      _ = try await pool.map(Factorial.self, [5, 21])
    } catch let error as RemoteError {
      print("input \(error.position ?? -1): \(error.message)")
    }
    pool.close()
    try await pool.join()
  }
}
