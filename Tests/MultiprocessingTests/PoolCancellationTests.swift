// SPDX-License-Identifier: Apache-2.0
// Cancellation reaches whoever waits and whatever runs, however busy both are.

import Glibc
import Multiprocessing
import Testing

@Suite struct PoolCancellationTests {
  /// A function that yields has jobs at any time: the worker looks for cancellations, and serves the main actor, in
  /// between.
  @Test(.timeLimit(.minutes(10))) func aFunctionThatOnlyYieldsIsServed() async throws {
    let pool = try Pool(processes: 1)
    #expect(try await pool.apply(PoolYieldToMainActor.self, 5000))
    var keptCount = 0
    // On a busy machine a worker may not get its turn within the grace period: not every time.
    for _ in 0..<5 where keptCount == 0 {
      let pid = try await pool.apply(PoolProcess.self, 0)
      let yielding = try pool.applyAsync(PoolYield.self, 60_000)
      _ = try await yielding.wait(timeout: .milliseconds(50))
      yielding.cancel()
      if try await pool.apply(PoolProcess.self, 0) == pid { keptCount += 1 }
    }
    #expect(keptCount == 1, "what can be cancelled costs no worker")
  }

  /// Until a cancelled function has ended or its worker is killed, nobody counts the moments.
  @Test(.timeLimit(.minutes(10))) func aCancelledFunctionWithATimeoutCostsNoCPU() async {
    await #expect(processExitsWith: .success) {
      let pool = try Pool(processes: 1)
      _ = try await pool.apply(PoolSquare.self, 1)
      func used() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
      }
      let before = used()
      for _ in 0..<5 {
        let spinning = try pool.applyAsync(PoolSpin.self, 60_000, timeout: .milliseconds(60))
        _ = try await spinning.wait(timeout: .milliseconds(40))
        spinning.cancel()
        // Comes when the worker was killed.
        _ = try await pool.apply(PoolSquare.self, 1)
      }
      #expect(used() - before < 0.4)
    }
  }
}
