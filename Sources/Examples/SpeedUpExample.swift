// SPDX-License-Identifier: Apache-2.0
//
// What processes are for: twenty tasks that keep a CPU busy, by 1, 2, 4, as many as there are CPUs, and twice as many
// processes. The speed-up is against the time of one process.

import Multiprocessing

/// Counts the primes below a number by trial division: nothing but CPU time.
struct CountPrimes: RemoteFunction {
  static func call(_ limit: Int) -> Int {
    (2..<limit).count { candidate in
      var divisor = 2
      while divisor * divisor <= candidate {
        if candidate % divisor == 0 { return false }
        divisor += 1
      }
      return true
    }
  }
}

enum SpeedUpExample: Example {
  static let name = "speed-up"
  static let summary = "twenty CPU-bound tasks by 1, 2, 4 and more processes: times and speed-ups"

  private static let tasks = [Int](repeating: 100_000, count: 20)

  static func run() async throws {
    let cpus = Machine.cpuCount()
    print("\(tasks.count) tasks; \(cpus.reason)")
    print("processes       time   speed-up")
    var one: Duration?
    for count in Set([1, 2, 4, cpus.count, 2 * cpus.count]).sorted() {
      let time = try await time(of: count)
      one = one ?? time
      let speedUp = (one ?? time) / time
      print(
        "\(padded("\(count)", 9)) \(padded(time.milliseconds, 10)) \(padded("\((speedUp * 100).rounded() / 100)", 10))")
    }
  }

  /// The tasks by `count` processes, which are there before the clock starts.
  private static func time(of count: Int) async throws -> Duration {
    let pool = try Pool(processes: count)
    _ = try await pool.map(CountPrimes.self, [Int](repeating: 10, count: 4 * count), chunkSize: 1)
    let clock = ContinuousClock()
    let start = clock.now
    let counts = try await pool.map(CountPrimes.self, tasks, chunkSize: 1)
    let time = clock.now - start
    pool.close()
    try await pool.join()
    // 9592 primes lie below 100,000.
    guard counts.allSatisfy({ $0 == 9592 }) else {
      throw SystemError(code: .protocolMismatch, message: "A worker has counted \(counts) primes, not 9592.")
    }
    return time
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
