// SPDX-License-Identifier: Apache-2.0
//
// A dictionary that lives in a server process, filled by four others. Adding to a value is one call, so that nobody's
// addition is lost: Python's `d[key] += 1` is two.

import Multiprocessing

struct Filler: RemoteFunction {
  struct Input: Codable, Sendable {
    var number: Int
    var squares: ManagerDictionary<Int, Int>
    var counts: ManagerDictionary<String, Int>
  }

  static func call(_ input: Input) async throws -> Nothing {
    try await input.squares.set(input.number, input.number * input.number)
    for _ in 0..<25 { _ = try await input.counts.increment("calls", by: 1) }
    return Nothing()
  }
}

enum ManagerExample: Example {
  static let name = "manager"
  static let summary = "four processes fill a manager's dictionary"

  static func run() async throws {
    let manager = try Manager()
    let squares = try await manager.dictionary(Int.self, Int.self)
    let counts = try await manager.dictionary(String.self, Int.self)
    let fillers = try (1...4).map { number in
      try ChildProcess(
        Filler.self, Filler.Input(number: number, squares: squares, counts: counts), name: "filler-\(number)")
    }
    for filler in fillers { try filler.start() }
    for filler in fillers { _ = try await filler.join() }
    for (number, square) in try await squares.copy().sorted(by: { $0.key < $1.key }) { print("\(number): \(square)") }
    print("calls: \(try await counts.get("calls") ?? 0)")
    manager.shutdown()
  }
}
