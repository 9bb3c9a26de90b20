// SPDX-License-Identifier: Apache-2.0
// Semaphores whose permit holders are killed (faults.md F34).

import Glibc
import Multiprocessing
import Testing

import struct Multiprocessing.Semaphore

@Suite struct SemaphoreTests {
  @Test(.timeLimit(.minutes(10))) func counts() async throws {
    try await onOwnThread {
      let semaphore = try Semaphore(value: 2)
      try semaphore.acquire()
      try verify(try semaphore.tryAcquire() && !semaphore.tryAcquire() && semaphore.value == 0)
      try verifyError(.timedOut) { try semaphore.acquire(timeout: .milliseconds(20)) }
      for _ in 0..<3 { try semaphore.release() }
      try verify(semaphore.value == 3)
      try semaphore.withPermit { try verify(semaphore.value == 2) }
      try verify(semaphore.value == 3)
      let bounded = try Semaphore(value: 1, isBounded: true)
      try verifyError(.outOfRange) { try bounded.release() }
      try bounded.acquire()
      try bounded.release()
      try verifyError(.timedOut) {
        try Semaphore(value: 0).withPermit(timeout: .milliseconds(5)) {}
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDeadHoldersPermitComesBack() async throws {
    try await onOwnThread {
      let semaphore = try Semaphore(value: 2)
      let holders = try (0..<2).map { _ in try player(Part(role: "permit", semaphore: semaphore)) }
      for holder in holders { try verify(try holder.word() == "held") }
      try verify(semaphore.value == 0)
      let waiter = try player(Part(role: "acquire", semaphore: semaphore))
      try verify(try waitForAny(descriptors: [waiter.channel.descriptorNumber], deadline: .in(seconds: 0.3)).isEmpty)
      holders[0].send(signal: SIGKILL)
      let waited = try seconds { try verify(try waiter.word() == "taken") }
      try verify(waited < 1, "\(waited)")
      try holders[1].kill()
      // Without a wait, too.
      try verify(try semaphore.tryAcquire() && !semaphore.tryAcquire())
      // What `acquire` took stays taken: any process may release it.
      try waiter.kill()
      try verify(try !semaphore.tryAcquire())
      try semaphore.release()
      try verify(try semaphore.tryAcquire())
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDeadWaiterTakesNothing() async throws {
    try await onOwnThread {
      let semaphore = try Semaphore(value: 0)
      let waiters = try (0..<3).map { _ in try player(Part(role: "acquire", semaphore: semaphore)) }
      usleep(200_000)
      try waiters[0].kill()
      try waiters[1].kill()
      try semaphore.release()
      try verify(try waiters[2].word() == "taken")
      try verify(semaphore.value == 0)
    }
  }

  @Test(.timeLimit(.minutes(10))) func killsLoseNoPermit() async throws {
    try await onOwnThread {
      let semaphore = try Semaphore(value: 2)
      for round in 0..<40 {
        let worker = try player(Part(role: "permit", number: round % 2, semaphore: semaphore))
        if round % 3 != 0 { try verify(try worker.word() == "held") } else { usleep(UInt32.random(in: 0..<4000)) }
        try worker.kill()
      }
      try semaphore.acquire(timeout: .seconds(5))
      try semaphore.acquire(timeout: .seconds(5))
      try verify(try !semaphore.tryAcquire())
    }
  }

  @Test(.timeLimit(.minutes(10))) func tasksSuspendWithAPermit() async throws {
    let semaphore = try Semaphore(value: 3)
    let event = try Event()
    let tasks = (0..<10).map { index in
      Task {
        try await semaphore.withPermit {
          try await Task.sleep(for: .milliseconds(2))
          return index
        }
      }
    }
    var sum = 0
    for task in tasks { sum += try await task.value }
    #expect(sum == 45 && semaphore.value == 3)
    for _ in 0..<3 { try await semaphore.acquire() }
    let waiting = Task { try await semaphore.acquire() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    await #expect(throws: SystemError.self) { try await semaphore.acquire(timeout: .milliseconds(10)) }
    event.set()
    try semaphore.release()
    try await semaphore.acquire()
  }
}
