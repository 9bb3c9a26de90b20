// SPDX-License-Identifier: Apache-2.0
//
// Calls that return at once, and results that are asked for later, each with a limit to the patience.

import Multiprocessing

/// Takes a while for its square.
struct SlowSquare: RemoteFunction {
  static func call(_ x: Int) async throws -> Int {
    try await Task.sleep(for: .milliseconds(50 * x))
    return x * x
  }
}

enum ApplyAsyncExample: Example {
  static let name = "apply-async"
  static let summary = "five calls at once, each result waited for with a timeout"

  static func run() async throws {
    let pool = try Pool(processes: 4)
    let results = try (1...5).map { try pool.applyAsync(SlowSquare.self, $0) }
    print("the last is ready at once: \(results[4].isReady ? "yes" : "no")")
    for (index, result) in results.enumerated() {
      print("\(index + 1) squared is \(try await result.get(timeout: .seconds(30)))")
    }
    // An impatient one. The call goes on, and its result can still be had.
    let late = try pool.applyAsync(SlowSquare.self, 6)
    do {
      print("6 squared is \(try await late.get(timeout: .milliseconds(20)))")
    } catch let error as SystemError where error.code == .timedOut {
      print("6 squared is not there after 20 ms")
    }
    print("6 squared is \(try await late.get(timeout: .seconds(30)))")
    pool.close()
    try await pool.join()
  }
}
