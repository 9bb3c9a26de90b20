// SPDX-License-Identifier: Apache-2.0
// What a pool does while nothing goes wrong, and what it does with errors.

import Glibc
import Multiprocessing
import Synchronization
import Testing

@Suite struct PoolTests {
  @Test(.timeLimit(.minutes(10))) func mapKeepsTheOrder() throws {
    let pool = try Pool(processes: 3)
    for count in [0, 1, 2, 7, 100, 10_000] {
      #expect(try pool.map(PoolSquare.self, Array(0..<count)) == (0..<count).map { $0 * $0 })
    }
    for chunkSize in [1, 3, 64, 1000] {
      #expect(try pool.map(PoolSquare.self, Array(0..<500), chunkSize: chunkSize) == (0..<500).map { $0 * $0 })
    }
    let words = (0..<300).map { "word \($0)" }
    #expect(try pool.map(PoolUppercase.self, words) == words.map { $0.uppercased() })
  }

  @Test(.timeLimit(.minutes(10))) func mapIsAsyncToo() async throws {
    let pool = try Pool(processes: 2)
    let seen = Mutex<[Int]>([])
    let outputs = try await pool.map(PoolSquare.self, Array(0..<100), chunkSize: 10) { done, all in
      #expect(all == 100)
      seen.withLock { $0.append(done) }
    }
    #expect(outputs == (0..<100).map { $0 * $0 })
    #expect(seen.withLock { $0 } == Array(stride(from: 10, through: 100, by: 10)))
    #expect(try await pool.apply(PoolUppercase.self, "äpfel") == "ÄPFEL")
  }

  @Test(.timeLimit(.minutes(10))) func applyReturnsOrThrows() throws {
    let pool = try Pool(processes: 2)
    for k in 0..<200 { #expect(try pool.apply(PoolSquare.self, k) == k * k) }
    do {
      _ = try pool.apply(PoolHalf.self, 3)
      Issue.record("no error")
    } catch let error as RemoteError {
      #expect(error.typeName.hasSuffix("PoolTestError") && error.message == "no odd numbers")
      #expect(error.processName.contains("pool-worker") && error.position == nil)
      #expect(error.stackTrace.contains { $0.contains("PoolHalf") }, "\(error)")
    }
    #expect(try pool.apply(PoolHalf.self, 4) == 2, "the worker goes on")
  }

  @Test(.timeLimit(.minutes(10))) func mapNamesThePositionOfAnError() throws {
    let pool = try Pool(processes: 2)
    var inputs = Array(repeating: 2, count: 100)
    inputs[77] = 1
    for chunkSize in [1, 10, 100] {
      do {
        _ = try pool.map(PoolHalf.self, inputs, chunkSize: chunkSize)
        Issue.record("no error")
      } catch let error as RemoteError {
        #expect(error.position == 77 && error.message == "no odd numbers")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func applyAsyncCallsBack() throws {
    let pool = try Pool(processes: 2)
    let outputs = Mutex<[Int]>([])
    let errors = Mutex<[String]>([])
    let results = try (0..<20).map { input in
      try pool.applyAsync(PoolHalf.self, input) { output in
        outputs.withLock { $0.append(output) }
      } errorCallback: { error in
        errors.withLock { $0.append("\(type(of: error))") }
      }
    }
    for (input, result) in results.enumerated() {
      #expect(result.wait(timeout: .seconds(30)))
      #expect(result.isReady && result.isSuccessful == (input % 2 == 0))
      #expect((try? result.get()) == (input % 2 == 0 ? input / 2 : nil))
    }
    pool.close()
    try pool.join(timeout: .seconds(30))
    #expect(outputs.withLock { $0.sorted() } == Array(0..<10))
    #expect(errors.withLock { $0 } == Array(repeating: "RemoteError", count: 10))
  }

  @Test(.timeLimit(.minutes(10))) func aCallbackMayUseThePool() throws {
    let pool = try Pool(processes: 1)
    let answer = Mutex(0)
    let join = Mutex("")
    _ = try pool.applyAsync(PoolSquare.self, 3) { [weak pool] nine in
      let output = try? pool?.apply(PoolSquare.self, nine)
      answer.withLock { $0 = output ?? -1 }
      pool?.close()
      do {
        try pool?.join()
      } catch { join.withLock { $0 = "\((error as? SystemError)?.code as Any)" } }
    }
    #expect(eventually(within: 30) { join.withLock { !$0.isEmpty } })
    try pool.join(timeout: .seconds(30))
    #expect(answer.withLock { $0 } == 81 && join.withLock { $0 }.contains("deadlock"))
  }

  @Test(.timeLimit(.minutes(10))) func getWaitsOnlySoLong() async throws {
    let pool = try Pool(processes: 1)
    func blocking(_ result: AsyncResult<Int>) throws -> Int { try result.get(timeout: .milliseconds(20)) }
    let result = try pool.applyAsync(PoolSleep.self, 60_000)
    expectError {
      _ = try blocking(result)
    } satisfies: {
      #expect($0.code == .timedOut)
    }
    await #expect(throws: SystemError.self) { try await result.get(timeout: .milliseconds(20)) }
    #expect(try await !result.wait(timeout: .zero))
    #expect(!result.isReady && !result.isSuccessful)
    result.cancel()
    let other = try pool.applyAsync(PoolSleep.self, 10)
    #expect(try await other.get() == 10)
    #expect(try await other.get(timeout: .zero) == 10, "as often as one likes")
  }

  @Test(.timeLimit(.minutes(10))) func imapGoesThroughOneByOne() async throws {
    let pool = try Pool(processes: 2)
    var outputs: [Int] = []
    for try await output in pool.imap(PoolSquare.self, 0..<1000, chunkSize: 7) { outputs.append(output) }
    #expect(outputs == (0..<1000).map { $0 * $0 })
    var unordered: Set<Int> = []
    for try await output in pool.imapUnordered(PoolSquare.self, 0..<1000, chunkSize: 7) { unordered.insert(output) }
    #expect(unordered == Set(outputs))
    var none = pool.imap(PoolSquare.self, []).makeAsyncIterator()
    #expect(try await none.next() == nil)
    #expect(try await none.next() == nil, "it stays at its end")
  }

  @Test(.timeLimit(.minutes(10)), arguments: [1, 4]) func imapGoesOnAfterAnError(chunkSize: Int) async throws {
    let pool = try Pool(processes: 2)
    let sequence = pool.imap(PoolHalf.self, 0..<20, chunkSize: chunkSize)
    var blocking: [Int] = []
    func check(_ index: Int, _ result: Result<Int, any Error>) {
      switch result {
      case .success(let output): #expect(output * 2 == index)
      case .failure(let error): #expect((error as? RemoteError)?.position == index && index % 2 == 1)
      }
    }
    func block() {
      for (index, result) in sequence.results.enumerated() {
        check(index, result)
        blocking.append(index)
      }
    }
    block()
    #expect(blocking == Array(0..<20))
    var index = 0
    for await result in sequence.results {
      check(index, result)
      index += 1
    }
    #expect(index == 20)
    var iterator = sequence.makeAsyncIterator()
    #expect(try await iterator.next() == 0)
    await #expect(throws: RemoteError.self) { _ = try await iterator.next() }
    #expect(try await iterator.next() == 1)
  }

  /// Counts what was asked of it.
  private final class Counter: Sequence, Sendable {
    let asked = Atomic<Int>(0)
    func makeIterator() -> AnyIterator<Int> {
      AnyIterator { self.asked.add(1, ordering: .relaxed).oldValue }
    }
  }

  @Test(.timeLimit(.minutes(10))) func imapLooksAheadOnlySoFar() async throws {
    let pool = try Pool(processes: 2)
    let endless = Counter()
    var iterator = pool.imap(PoolSquare.self, endless, lookAhead: 5).makeAsyncIterator()
    for k in 0..<20 { #expect(try await iterator.next() == k * k) }
    #expect(endless.asked.load(ordering: .relaxed) <= 25)
  }

  @Test(.timeLimit(.minutes(10))) func initializersRunInEveryWorker() throws {
    let pool = try Pool(processes: 2, initializer: PoolSet.self, "ready", maxTasksPerChild: 3)
    let texts = try pool.map(PoolText.self, Array(repeating: Nothing(), count: 40), chunkSize: 1)
    #expect(texts == Array(repeating: "ready", count: 40))
  }

  @Test(.timeLimit(.minutes(10))) func workersAreReplacedAfterTheirTasks() throws {
    let pool = try Pool(processes: 2, maxTasksPerChild: 5)
    let pids = try pool.map(PoolProcess.self, Array(repeating: 0, count: 50), chunkSize: 1)
    let counts = Dictionary(grouping: pids) { $0 }.mapValues(\.count)
    #expect(counts.values.allSatisfy { $0 <= 5 } && counts.count >= 10)
    #expect(eventually(within: 10) { counts.keys.count(where: isRunning) <= 2 })
  }

  @Test(.timeLimit(.minutes(10))) func closingFinishesWhatIsThere() throws {
    let pool = try Pool(processes: 2)
    let results = try (0..<30).map { try pool.applyAsync(PoolProcess.self, $0 % 3) }
    expectError {
      try pool.join()
    } satisfies: {
      #expect($0.code == .deadlock)
    }
    let pids = pool.workerIdentifiers
    #expect(pids.count == 2)
    pool.close()
    expectError {
      _ = try pool.apply(PoolSquare.self, 1)
    } satisfies: {
      #expect($0.code == .closed)
    }
    try pool.join(timeout: .seconds(30))
    #expect(results.allSatisfy { $0.isReady && $0.isSuccessful })
    #expect(!pids.contains(where: isRunning) && pool.workerIdentifiers.isEmpty)
  }

  @Test(.timeLimit(.minutes(10))) func terminatingEndsEverything() async throws {
    let pool = try Pool(processes: 2)
    let results = try (0..<10).map { _ in try pool.applyAsync(PoolSpin.self, 60_000) }
    _ = try? await Task.sleep(for: .milliseconds(50))
    let pids = pool.workerIdentifiers
    pool.terminate()
    try await pool.join(timeout: .seconds(10))
    for result in results {
      do {
        _ = try await result.get(timeout: .zero)
        Issue.record("no error")
      } catch let error as SystemError { #expect(error.code == .closed) }
    }
    #expect(!pids.contains(where: isRunning))
  }

  @Test(.timeLimit(.minutes(10))) func aDroppedPoolLeavesNothing() throws {
    var pids: [pid_t] = []
    do {
      let pool = try Pool(processes: 3)
      _ = try pool.applyAsync(PoolSpin.self, 60_000)
      pids = pool.workerIdentifiers
    }
    #expect(pids.count == 3 && !pids.contains(where: isRunning))
  }

  /// Swift lets go of a variable after its last use.
  @Test(.timeLimit(.minutes(10))) func resultsAndSequencesKeepTheirPool() async throws {
    let result = try Pool(processes: 1).applyAsync(PoolProcess.self, 50)
    let pid = try await result.get()
    var iterator = try Pool(processes: 1).imap(PoolProcess.self, [1, 2, 3]).makeAsyncIterator()
    for _ in 0..<3 { #expect(try await iterator.next() != pid) }
    let output = Mutex(0)
    _ = try Pool(processes: 1).applyAsync(PoolSleep.self, 50) { value in output.withLock { $0 = value } }
    #expect(eventually(within: 30) { output.withLock { $0 == 50 } })
  }

  @Test(.timeLimit(.minutes(10))) func unknownNamesAreRefused() throws {
    let pool = try Pool(processes: 1)
    expectError {
      _ = try applyPrivateFunction(pool)
    } satisfies: {
      #expect($0.code == .programNotFound)
    }
  }

  @Test(.timeLimit(.minutes(10))) func largeValuesTravel() async throws {
    let pool = try Pool(processes: 2)
    let numbers = (0..<2_000_000).map(Double.init)
    #expect(try await pool.apply(PoolReverse.self, numbers) == numbers.reversed())
    // Several at once, more than the rings hold, both ways.
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<6 { group.addTask { try await pool.apply(PoolReverse.self, numbers).last == 0 } }
      for try await isRight in group { #expect(isRight) }
    }
  }

  @Test(.timeLimit(.minutes(10))) func descriptorsTravel() throws {
    let pool = try Pool(processes: 2)
    let memory = try SharedMemory(byteCount: 100)
    for _ in 0..<20 {
      let segment = PoolIncrement.Segment(OwnedDescriptor(try Descriptor(duplicating: memory.descriptorNumber)))
      #expect(try pool.apply(PoolIncrement.self, segment) == 100)
    }
    #expect(unsafe memory.baseAddress.assumingMemoryBound(to: UInt8.self)[99] == 20)
  }

  @Test(.timeLimit(.minutes(10))) func aResultDoesNotKeepItsInput() throws {
    let pool = try Pool(processes: 1)
    let memory = try SharedMemory(byteCount: 100)
    weak var kept: OwnedDescriptor?
    let result: AsyncResult<Int>
    do {
      let descriptor = OwnedDescriptor(try Descriptor(duplicating: memory.descriptorNumber))
      kept = descriptor
      result = try pool.applyAsync(PoolIncrement.self, PoolIncrement.Segment(descriptor))
    }
    #expect(try result.get() == 100)
    #expect(eventually(within: 10) { kept == nil })
    #expect(try result.get() == 100)
  }

  @Test(.timeLimit(.minutes(10))) func poolsMayBeNested() async throws {
    let pool = try Pool(processes: 2)
    #expect(try await pool.map(PoolNested.self, [[1, 2], [3], []], chunkSize: 1) == [[1, 4], [9], []])
  }

  @Test(.timeLimit(.minutes(10))) func manyTasksAtOnce() async throws {
    let pool = try Pool(processes: 3)
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for k in 0..<2000 { group.addTask { try await pool.apply(PoolSquare.self, k) } }
      var sum = 0
      for try await square in group { sum += square }
      return sum
    }
    #expect(sum == (0..<2000).map { $0 * $0 }.reduce(0, +))
  }

  /// A worker never keeps a task that another, idle one could run.
  @Test(.timeLimit(.minutes(10))) func shortTasksDoNotWaitBehindLongOnes() throws {
    let pool = try Pool(processes: 2)
    _ = try pool.map(PoolProcess.self, [1, 1, 1, 1], chunkSize: 1)
    let long = try pool.applyAsync(PoolSleep.self, 60_000)
    let short = try (0..<9).map { _ in try pool.applyAsync(PoolProcess.self, 1) }
    for result in short { #expect(result.wait(timeout: .seconds(20))) }
    #expect(!long.isReady)
  }

  @Test(.timeLimit(.minutes(10))) func anIdlePoolUsesNoCPU() throws {
    let pool = try Pool(processes: 2)
    _ = try pool.map(PoolSquare.self, Array(0..<100))
    _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.2))
    func ticks() -> Int {
      pool.workerIdentifiers.map { pid in
        let fields = text(ofFile: "/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 1000
      }.reduce(0, +)
    }
    let before = ticks()
    _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.5))
    #expect(ticks() - before <= 1)
  }
}
