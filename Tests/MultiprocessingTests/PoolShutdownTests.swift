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

  @Test(.timeLimit(.minutes(10))) func joinWaitsForCallbacksOnlySoLong() async throws {
    let pool = try Pool(processes: 1)
    let isReleased = Atomic(false)
    let result = try pool.applyAsync(PoolSquare.self, 1) { _ in
      _ = eventually(within: 30) { isReleased.load(ordering: .relaxed) }
    }
    pool.close()
    #expect(try await result.get() == 1)
    #expect(eventually(within: 30) { pool.workerIdentifiers.isEmpty })
    let start = Deadline.now
    func blocking() throws { try pool.join(timeout: .milliseconds(100)) }
    expectError {
      try blocking()
    } satisfies: {
      #expect($0.code == .timedOut)
    }
    await #expect(throws: SystemError.self) { try await pool.join(timeout: .milliseconds(100)) }
    let joining = Task { try await pool.join() }
    try await Task.sleep(for: .milliseconds(50))
    joining.cancel()
    await #expect(throws: CancellationError.self) { try await joining.value }
    #expect(Deadline.now.nanoseconds - start.nanoseconds < 20_000_000_000)
    isReleased.store(true, ordering: .relaxed)
    try await pool.join(timeout: .seconds(60))
  }

  @Test(.timeLimit(.minutes(10))) func closingLetsAMapFinish() throws {
    let pool = try Pool(processes: 2)
    let inputs = Array(0..<60)
    let outputs = try pool.map(PoolWork.self, inputs, chunkSize: 1) { done, _ in
      if done == 1 { pool.close() }
    }
    #expect(outputs == inputs.map { $0 * $0 })
    expectError {
      _ = try pool.map(PoolSquare.self, [1])
    } satisfies: {
      #expect($0.code == .closed)
    }
    try pool.join(timeout: .seconds(60))
  }

  @Test(.timeLimit(.minutes(10))) func aMapCannotJoinItsOwnPool() throws {
    let pool = try Pool(processes: 2)
    let code = Mutex<SystemError.Code?>(nil)
    let outputs = try pool.map(PoolSquare.self, Array(0..<20), chunkSize: 1) { done, _ in
      guard done == 1 else { return }
      pool.close()
      do throws(SystemError) { try pool.join() } catch { code.withLock { $0 = error.code } }
    }
    #expect(code.withLock { $0 } == .deadlock && outputs.count == 20)
    try pool.join(timeout: .seconds(60))
  }

  /// What an iteration has sent ahead still comes; then the error that ends it.
  @Test(.timeLimit(.minutes(10)), arguments: [true, false]) func closingEndsAnIteration(inOrder: Bool) async throws {
    let pool = try Pool(processes: 2)
    let sequence =
      inOrder
      ? pool.imap(PoolSquare.self, 0..<1000, lookAhead: 6) : pool.imapUnordered(PoolSquare.self, 0..<1000, lookAhead: 6)
    var iterator = sequence.makeAsyncIterator()
    var outputs: Set<Int> = []
    for _ in 0..<3 { outputs.insert(try #require(try await iterator.next())) }
    pool.close()
    do {
      while let output = try await iterator.next() { outputs.insert(output) }
      Issue.record("no error")
    } catch let error as SystemError { #expect(error.code == .closed) }
    #expect(outputs == Set((0..<8).map { $0 * $0 }))
    #expect(try await iterator.next() == nil, "it stays at its end")
    try await pool.join(timeout: .seconds(60))
  }
}
