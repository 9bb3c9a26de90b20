// SPDX-License-Identifier: Apache-2.0
// Locks between processes that are killed (faults.md F32, F33).

import Glibc
import Multiprocessing
import Testing

@Suite struct LockTests {
  @Test(.timeLimit(.minutes(10))) func excludesThreadsAndProcesses() async throws {
    try await onOwnThread {
      let lock = try Lock()
      try lock.acquire()
      try verifyError(.deadlock) { try lock.acquire() }
      try verifyError(.deadlock) { _ = try lock.tryAcquire() }
      let waiter = try player(Part(role: "lock", lock: lock))
      try verify(try waitForAny(descriptors: [waiter.channel.descriptorNumber], deadline: .in(seconds: 0.3)).isEmpty)
      lock.release()
      try verify(try waiter.word() == "taken")
      try verify(try lock.tryAcquire())
      lock.release()
      try verify(try lock.withLock { 5 } == 5)
    }
  }

  @Test(.timeLimit(.minutes(10))) func timesOut() async throws {
    try await onOwnThread {
      let lock = try Lock()
      let holder = try player(Part(role: "hold", lock: lock))
      try verify(try holder.word() == "held")
      try verify(try !lock.tryAcquire())
      let waited = try seconds { try verifyError(.timedOut) { try lock.acquire(timeout: .milliseconds(100)) } }
      try verify(waited >= 0.1 && waited < 5, "\(waited)")
      try verifyError(.timedOut) { try lock.acquire(timeout: .zero) }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDeadHolderIsReportedOnce() async throws {
    try await onOwnThread {
      let lock = try Lock()
      let holder = try player(Part(role: "hold", lock: lock))
      try verify(try holder.word() == "held")
      // Somebody waits already when it dies.
      let waiter = try player(Part(role: "lock", lock: lock))
      try verify(try waitForAny(descriptors: [waiter.channel.descriptorNumber], deadline: .in(seconds: 0.3)).isEmpty)
      holder.send(signal: SIGKILL)
      let waited = try seconds { try verify(try waiter.word() == "ownerDied") }
      try verify(waited < 1, "\(waited)")
      try lock.acquire(timeout: .seconds(5))
      lock.release()
      // Dead before anyone asks.
      let second = try player(Part(role: "hold", lock: lock))
      try verify(try second.word() == "held")
      try second.kill()
      try verifyError(.ownerDied) { try lock.withLock {} }
      try lock.withLock {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDeadHolderCanBeIgnored() async throws {
    try await onOwnThread {
      let lock = try Lock(onOwnerDeath: .recover)
      let holder = try player(Part(role: "hold", lock: lock))
      try verify(try holder.word() == "held")
      try holder.kill()
      try lock.acquire(timeout: .seconds(5))
      lock.release()
    }
  }

  @Test(.timeLimit(.minutes(10))) func aRepairComesFirstAndUntilItSucceeds() async throws {
    try await onOwnThread {
      let lock = try Lock()
      let holder = try player(Part(role: "hold", lock: lock))
      try verify(try holder.word() == "held")
      try holder.kill()
      var steps: [String] = []
      do {
        try lock.withLock(repair: { throw Unexpected(description: "the repair's own") }) { steps.append("body") }
        try verify(false)
      } catch let error as Unexpected { try verify(error.description == "the repair's own") }
      try lock.withLock(repair: { steps.append("repair") }) { steps.append("body") }
      try lock.withLock(repair: { steps.append("repair") }) { steps.append("body") }
      try verify(steps == ["repair", "body", "body"], "\(steps)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDeadWaiterChangesNothing() async throws {
    try await onOwnThread {
      let lock = try Lock()
      try lock.acquire()
      let waiters = try (0..<3).map { _ in try player(Part(role: "lock", lock: lock)) }
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.3))
      try waiters[0].kill()
      try waiters[1].kill()
      lock.release()
      try verify(try waiters[2].word() == "taken")
      try lock.acquire(timeout: .seconds(5))
      lock.release()
    }
  }

  @Test(.timeLimit(.minutes(10))) func recursiveLocksCount() async throws {
    try await onOwnThread {
      let lock = try RecursiveLock()
      try lock.acquire()
      try lock.withLock { try verify(try lock.tryAcquire()) }
      lock.release()
      lock.release()
      let holder = try player(Part(role: "hold", recursiveLock: lock))
      try verify(try holder.word() == "held")
      try verifyError(.timedOut) { try lock.acquire(timeout: .milliseconds(20)) }
      try holder.kill()
      try verifyError(.ownerDied) { try lock.acquire() }
      try lock.withLock {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func onlyTheHolderReleases() async {
    await #expect(processExitsWith: .signal(SIGILL)) {
      let lock = try Lock()
      func release() { lock.release() }
      release()
    }
  }

  @Test(.timeLimit(.minutes(10))) func aHeldLockStaysMapped() async throws {
    try await onOwnThread {
      func takeAndForget() throws { try Lock().acquire() }
      for _ in 0..<50 { try takeAndForget() }
      // The list of held mutexes leads through all of them: unmapped ones would end the process here.
      let lock = try Lock()
      for _ in 0..<50 { try lock.withLock {} }
    }
  }

  @Test(.timeLimit(.minutes(10))) func arrivingTwiceIsTheSameLock() async throws {
    try await onOwnThread {
      let lock = try Lock()
      let payload = try Payload(lock)
      var bytes: [UInt8] = []
      unsafe payload.forEachPart { unsafe bytes.append(contentsOf: $0) }
      let descriptors = try payload.descriptors.map { OwnedDescriptor(try Descriptor(duplicating: $0)) }
      let second = try PayloadDecoding.decode(Lock.self, bytes: bytes, descriptors: descriptors)
      try lock.acquire()
      try verifyError(.deadlock) { try second.acquire() }
      second.release()
      try second.withLock {}
      // Another object does not pass for a lock.
      try verifyError(.protocolMismatch) {
        _ = try PayloadDecoding.decode(Event.self, bytes: bytes, descriptors: descriptors)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func tasksWaitWithoutThreads() async throws {
    let lock = try Lock()
    let holder = try player(Part(role: "hold", lock: lock))
    #expect(try holder.word() == "held")
    let tasks = (0..<20).map { _ in Task { try await lock.withLock(timeout: .seconds(60)) { 1 } } }
    let cancelled = Task { try await lock.withLock {} }
    try await Task.sleep(for: .milliseconds(100))
    cancelled.cancel()
    let start = ContinuousClock.now
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    #expect(start.duration(to: .now) < .seconds(5))
    await #expect(throws: SystemError.self) { try await lock.withLock(timeout: .milliseconds(30)) {} }
    holder.send(signal: SIGKILL)
    var taken = 0
    var deaths = 0
    for task in tasks {
      do { taken += try await task.value } catch let error as SystemError {
        #expect(error.code == .ownerDied)
        deaths += 1
      }
    }
    #expect(taken == 19 && deaths == 1)
  }

  @Test(.timeLimit(.minutes(10))) func tasksCountCorrectly() async throws {
    let lock = try Lock()
    let array = try SharedArray(repeating: 0, count: 1)
    await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<500 { try await lock.withLock { array[0] += 1 } } }
      }
    }
    #expect(array[0] == 4000)
  }

  /// 200 kills (2,000 with WEFT_LONG) of processes that count under a lock as fast as they can.
  @Test(.timeLimit(.minutes(10))) func killsLeaveTheCounterConsistent() async throws {
    try await onOwnThread {
      let lock = try Lock()
      let array = try SharedArray(repeating: 0, count: 4)
      let rounds = environment("WEFT_LONG") == nil ? 200 : 2000
      var random = SystemRandomNumberGenerator()
      func start() throws -> WorkerProcess {
        try player(Part(role: "count", number: .max, lock: lock, array: array))
      }
      var workers = [try start(), try start(), try start()]
      for round in 0..<rounds {
        usleep(UInt32.random(in: 0..<6000, using: &random))
        let victim = round % workers.count
        try workers[victim].kill()
        workers[victim] = try start()
        if round % 20 == 0 {
          let before = array[0]
          try verify(eventually(within: 30) { array[0] > before }, "nobody counts after \(round) kills")
        }
      }
      for worker in workers { try worker.kill() }
      try lock.withLock(repair: { array[1] = array[0] }) { try verify(array[0] == array[1]) }
      try verify(array[2] == 0, "\(array[2]) deaths that nobody was told of")
      try verify(array[0] > rounds && array[3] > 0, "counted to \(array[0]), \(array[3]) repairs")
    }
  }
}

@Suite struct RobustMutexTests {
  @Test(.timeLimit(.minutes(10))) func unlockedWithoutRepairIsUnusable() async throws {
    try await onOwnThread {
      let memory = try SharedMemory(byteCount: 64)
      let mutex = unsafe try RobustMutex(creatingAt: memory.baseAddress)
      // A thread that ends with the mutex is a dead holder too.
      let address = unsafe UInt(bitPattern: memory.baseAddress)
      try onAnEndedThread {
        guard let place = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
        _ = try? unsafe RobustMutex(attachingAt: place).lock()
      }
      try verify(try mutex.lock(deadline: .in(seconds: 10)), "the death is told")
      mutex.unlock()
      try verifyError(.unusable) { _ = try mutex.lock() }
      try verifyError(.unusable) { _ = try mutex.tryLock() }
      try onAnEndedThread {
        guard let place = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
        _ = try? unsafe RobustMutex(attachingAt: place).tryLock()
      }
      try verifyError(.unusable) { _ = try mutex.lock() }
    }
  }

  /// Runs `body` on a thread that is gone when this returns.
  private func onAnEndedThread(_ body: @escaping @Sendable () -> Void) throws {
    let done = try WakeUp()
    try Offload.startThread {
      body()
      done.raise()
    }
    _ = try waitForAny(descriptors: [done.descriptorNumber], deadline: .in(seconds: 30))
    usleep(20_000)
  }
}
