// SPDX-License-Identifier: Apache-2.0
//
// Four processes add to one number. Reading, adding and writing are three steps: without the lock, some of the twelve
// additions would be lost.

import Multiprocessing

struct Adder: RemoteFunction {
  struct Input: Codable, Sendable {
    var lock: Lock
    var total: SharedValue<Int>
  }

  static func call(_ input: Input) async throws -> Nothing {
    for _ in 0..<3 {
      try await input.lock.withLock {
        let before = input.total.value
        input.total.value = before + 1
      }
    }
    return Nothing()
  }
}

enum LockExample: Example {
  static let name = "lock"
  static let summary = "four processes add to a shared value under a lock: 12, always"

  static func run() async throws {
    let input = Adder.Input(lock: try Lock(), total: try SharedValue(0))
    let adders = try (1...4).map { try ChildProcess(Adder.self, input, name: "adder-\($0)") }
    for adder in adders { try adder.start() }
    for adder in adders { _ = try await adder.join() }
    print("final value \(input.total.value)")
  }
}
