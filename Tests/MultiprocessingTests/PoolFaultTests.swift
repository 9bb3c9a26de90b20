// SPDX-License-Identifier: Apache-2.0
// What a pool does when workers die, hang, or never start. The campaign runs in a worker of its own, where descriptors can
// be counted and threads may block.

import Glibc
import Multiprocessing
import Testing

@Suite struct PoolFaultTests {
  @Test(.timeLimit(.minutes(10))) func aDeathFailsWithSignalCauseAndPosition() throws {
    let pool = try Pool(processes: 2)
    func inputs(_ signal: Int32) -> [PoolDie.Input] {
      (0..<50).map { PoolDie.Input(number: $0, deadly: 31, signal: signal) }
    }
    for (signal, words) in [(SIGKILL, "SIGKILL"), (SIGXCPU, "SIGXCPU"), (0, "exit code 3")] {
      for chunkSize in [1, 8] {
        expectError {
          _ = try pool.map(PoolDie.self, inputs(signal), chunkSize: chunkSize)
        } satisfies: { error in
          #expect(error.code == .workerLost && error.message.contains(words) && error.message.contains("position 31"))
        }
      }
    }
    #expect(try pool.map(PoolSquare.self, [1, 2, 3]) == [1, 4, 9], "the pool goes on")
  }

  @Test(.timeLimit(.minutes(10))) func onlyTheStartedTaskIsLost() throws {
    let pool = try Pool(processes: 1)
    let dead = try pool.applyAsync(PoolDie.self, PoolDie.Input(number: 1, deadly: 1, signal: SIGKILL))
    let others = try (0..<5).map { try pool.applyAsync(PoolSquare.self, $0) }
    for (k, result) in others.enumerated() { #expect(try result.get(timeout: .seconds(30)) == k * k) }
    expectError {
      _ = try dead.get(timeout: .zero)
    } satisfies: { error in
      #expect(error.code == .workerLost && error.message.contains("this call"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func imapDeliversAllOthers() throws {
    let pool = try Pool(processes: 2)
    let inputs = (0..<40).map { PoolDie.Input(number: $0 % 10, deadly: 7, signal: SIGKILL) }
    var failed: [Int] = []
    for (index, result) in pool.imap(PoolDie.self, inputs).results.enumerated() {
      do {
        #expect(try result.get() == index % 10)
      } catch { failed.append(index) }
    }
    #expect(failed == [7, 17, 27, 37])
  }

  @Test(.timeLimit(.minutes(10))) func retriesRunItAgain() async throws {
    let pool = try Pool(processes: 2)
    let folder = TemporaryFolder()
    let twice = PoolDieTimes.Input(path: folder.path + "/a", times: 2)
    #expect(try await pool.apply(PoolDieTimes.self, twice, retries: 2) == 2)
    let often = PoolDieTimes.Input(path: folder.path + "/b", times: 100)
    do {
      _ = try await pool.apply(PoolDieTimes.self, often, retries: 2)
      Issue.record("no error")
    } catch let error as SystemError { #expect(error.code == .workerLost && error.message.contains("as 2 before it")) }
    #expect(text(ofFile: often.path) == "xxx", "three attempts, no more")
    #expect(try await pool.apply(PoolSquare.self, 5) == 25)
  }

  @Test(.timeLimit(.minutes(10))) func timeoutsStopTheWork() async throws {
    let pool = try Pool(processes: 1)
    let start = Deadline.now
    var pid: pid_t = 0
    var keptCount = 0
    // On a busy machine a worker may not get its turn within the grace period: not every time.
    for _ in 0..<5 where keptCount == 0 {
      pid = try await pool.apply(PoolProcess.self, 0)
      await #expect(throws: SystemError.self) {
        try await pool.apply(PoolSleep.self, 60_000, timeout: .milliseconds(50))
      }
      if try await pool.apply(PoolProcess.self, 0) == pid { keptCount += 1 }
    }
    #expect(keptCount == 1, "what can be cancelled costs no worker")
    let spinning = try pool.applyAsync(PoolSpin.self, 60_000, timeout: .milliseconds(50))
    let behind = try pool.applyAsync(PoolProcess.self, 0)
    do {
      _ = try await spinning.get()
      Issue.record("no error")
    } catch let error as SystemError { #expect(error.code == .timedOut) }
    #expect(try await behind.get() != pid)
    #expect(!isRunning(pid))
    #expect(Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9 < 20)
    // Each input by itself, and not the chunk.
    #expect(
      try await pool.map(PoolSpin.self, [60, 60, 60, 60], chunkSize: 4, timeout: .seconds(30)) == [60, 60, 60, 60])
    do {
      _ = try await pool.map(PoolSpin.self, [1, 1, 60_000, 1], chunkSize: 4, timeout: .milliseconds(200))
      Issue.record("no error")
    } catch let error as SystemError {
      #expect(error.code == .timedOut && error.message.contains("position 2"), "\(error)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func aStoppedWorkerIsOvercomeByItsTimeout() async throws {
    let pool = try Pool(processes: 1)
    let pid = try await pool.apply(PoolProcess.self, 0)
    kill(pid, SIGSTOP)
    // Not started, it would wait for ever: the timeout counts from the start.
    let result = try pool.applyAsync(PoolSpin.self, 1, timeout: .milliseconds(50))
    #expect(try await !result.wait(timeout: .milliseconds(300)))
    kill(pid, SIGKILL)
    #expect(try await result.get() == 1)
    let sleeping = try pool.applyAsync(PoolSleep.self, 300, timeout: .milliseconds(400))
    _ = try await sleeping.wait(timeout: .milliseconds(100))
    for worker in pool.workerIdentifiers { kill(worker, SIGSTOP) }
    await #expect(throws: SystemError.self) { try await sleeping.get() }
    #expect(try await pool.apply(PoolSquare.self, 6) == 36)
  }

  @Test(.timeLimit(.minutes(10))) func cancellingASwiftTaskCancelsItsWork() async throws {
    let pool = try Pool(processes: 2)
    var pids: Set<pid_t> = []
    var keptCount = 0
    for _ in 0..<5 where keptCount == 0 {
      pids = Set(pool.workerIdentifiers)
      _ = try await pool.map(PoolProcess.self, [1, 1, 1, 1], chunkSize: 1)
      let sleeping = Task { try await pool.map(PoolSleep.self, Array(repeating: 60_000, count: 10), chunkSize: 1) }
      try await Task.sleep(for: .milliseconds(100))
      sleeping.cancel()
      await #expect(throws: CancellationError.self) { try await sleeping.value }
      #expect(try await pool.map(PoolSquare.self, [1, 2, 3]) == [1, 4, 9])
      try await Task.sleep(for: .milliseconds(300))
      if Set(pool.workerIdentifiers) == pids { keptCount += 1 }
    }
    #expect(keptCount == 1, "sleeping functions end by themselves")
    _ = try await pool.map(PoolProcess.self, [1, 1, 1, 1], chunkSize: 1)
    let spinning = Task { try await pool.apply(PoolSpin.self, 60_000) }
    try await Task.sleep(for: .milliseconds(100))
    spinning.cancel()
    await #expect(throws: CancellationError.self) { try await spinning.value }
    #expect(eventually(within: 20) { pids.count(where: isRunning) == 1 }, "a spinning one is killed")
    #expect(try await pool.map(PoolSquare.self, [1, 2, 3]) == [1, 4, 9])
    let result = try pool.applyAsync(PoolSleep.self, 60_000)
    result.cancel()
    await #expect(throws: CancellationError.self) { try await result.get() }
    let stream = Task {
      for try await _ in pool.imap(PoolSleep.self, Array(repeating: 60_000, count: 10)) {}
    }
    try await Task.sleep(for: .milliseconds(50))
    stream.cancel()
    await #expect(throws: CancellationError.self) { try await stream.value }
    #expect(try await pool.apply(PoolSquare.self, 7) == 49)
  }

  @Test(.timeLimit(.minutes(10))) func aFailingInitializerEndsThePool() async throws {
    let pool = try Pool(processes: 2, initializer: PoolSet.self, "")
    do {
      _ = try await pool.apply(PoolText.self, Nothing())
      Issue.record("no error")
    } catch let error as SystemError {
      #expect(error.code == .workerNotStarted && error.message.contains("no odd numbers"), "\(error)")
    }
    expectError {
      _ = try pool.applyAsync(PoolText.self, Nothing())
    } satisfies: {
      #expect($0.code == .workerNotStarted)
    }
    try await pool.join(timeout: .seconds(20))
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      "worker.hello:*:kill", "worker.hello:*:exit=5", "pool.ready:*:kill",
      "coordinator.spawned:*:sleep=0.01,pool.ready:*:exit=7",
      // Gone before anything was said to them.
      "coordinator.spawned:*:sleep=0.2,worker.hello:*:exit=5",
    ])
  func workersThatNeverStartEndThePool(fault: String) async {
    await #expect(processExitsWith: .success) { [fault] in
      unsafe setenv("WEFT_FAULT", fault, 1)
      let pool = try Pool(processes: 2)
      do {
        _ = try await pool.apply(PoolSquare.self, 1)
        Issue.record("no error")
      } catch let error as SystemError {
        #expect(error.code == .workerNotStarted && error.message.contains("workers in a row"), "\(error)")
      }
      try await pool.join(timeout: .seconds(20))
    }
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      "worker.hello:1:kill", "pool.ready:1:kill", "pool.task.begin:3:kill", "pool.task.end:5:kill",
      "pool.task.end:2:stop",
      "coordinator.spawn:2:errno=EAGAIN", "coordinator.spawn:2:errno=EMFILE",
    ])
  func numberedFaultsAreOvercome(fault: String) async {
    await #expect(processExitsWith: .success) { [fault] in
      unsafe setenv("WEFT_FAULT", fault, 1)
      let pool = try Pool(processes: 2)
      if fault.hasSuffix("stop") {
        // Whoever stands still is found by its timeout, and that input fails.
        await #expect(throws: SystemError.self) {
          try await pool.map(PoolSquare.self, Array(0..<100), chunkSize: 5, timeout: .milliseconds(100))
        }
      }
      let outputs = try await pool.map(PoolSquare.self, Array(0..<100), chunkSize: 5, retries: 2)
      #expect(outputs == (0..<100).map { $0 * $0 })
    }
  }

  @Test(.timeLimit(.minutes(10))) func aPoolThatCannotStartSaysWhy() async {
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_FAULT", "coordinator.spawn:*:errno=EAGAIN", 1)
      expectError {
        _ = try Pool(processes: 2)
      } satisfies: { error in
        #expect(error.code == .resourceLimit && error.message.contains("ulimit -u"))
      }
    }
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      PoolCampaign.Input(kind: .map, seed: 1), PoolCampaign.Input(kind: .applyAsync, seed: 2),
      PoolCampaign.Input(kind: .large, seed: 3), PoolCampaign.Input(kind: .idle, seed: 4),
    ])
  func randomKills(input: PoolCampaign.Input) async throws {
    var input = input
    input.killCount = environment("WEFT_LONG") == nil ? 25 : 500
    let pool = try Pool(processes: 1)
    let report = try await pool.apply(PoolCampaign.self, input)
    #expect(report.killCount == input.killCount && report.problems == [], "\(report)")
    print("campaign \(input.kind): \(report.killCount) kills, \(report.lostCount) lost, \(report.roundCount) rounds")
  }
}
