// SPDX-License-Identifier: Apache-2.0
//
// One of several tasks throws. Its error arrives where errors were asked for, with the worker's words; everybody else's
// result is delivered as if nothing had been.

import Multiprocessing
import Synchronization

struct Reciprocal: RemoteFunction {
  struct DivisionByZero: Error, CustomStringConvertible {
    var description: String { "there is no 1/0" }
  }

  static func call(_ x: Int) throws -> Double {
    if x == 0 { throw DivisionByZero() }
    return 1 / Double(x)
  }
}

enum ErrorCallbackExample: Example {
  static let name = "error-callback"
  static let summary = "one of several tasks throws; all other results are delivered"

  static func run() async throws {
    let pool = try Pool(processes: 2)
    let lines = Mutex<[Int: String]>([:])
    for x in -2...2 {
      _ = try pool.applyAsync(
        Reciprocal.self, x,
        callback: { value in lines.withLock { $0[x] = "1/\(x) = \(value)" } },
        errorCallback: { error in
          let remote = error as? RemoteError
          lines.withLock { $0[x] = "1/\(x): \(remote?.typeName ?? "?"): \(remote?.message ?? "\(error)")" }
        })
    }
    pool.close()
    // Every callback has returned after this.
    try await pool.join(timeout: .seconds(30))
    for (_, line) in lines.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { print(line) }
  }
}
