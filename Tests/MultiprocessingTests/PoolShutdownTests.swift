// SPDX-License-Identifier: Apache-2.0
// What close and join mean while there is still work, or somebody still waits.

import Glibc
import Multiprocessing
import Synchronization
import Testing

@Suite struct PoolShutdownTests {
  /// Between two of them the pool has no worker for a moment, and is not over all the same.
  @Test(.timeLimit(.minutes(10))) func aClosedPoolOutlivesDeathsInARow() throws {
    let pool = try Pool(processes: 1)
    let deadly = PoolDie.Input(number: 1, deadly: 1, signal: SIGKILL)
    let dead = try (0..<4).map { _ in try pool.applyAsync(PoolDie.self, deadly) }
    let last = try pool.applyAsync(PoolSquare.self, 3)
    pool.close()
    #expect(try last.get(timeout: .seconds(60)) == 9)
    #expect(dead.allSatisfy { $0.isReady && !$0.isSuccessful })
    try pool.join(timeout: .seconds(60))
  }
}
