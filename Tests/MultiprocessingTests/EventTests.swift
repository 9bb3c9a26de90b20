// SPDX-License-Identifier: Apache-2.0
// Events between processes that are killed.

import Glibc
import Multiprocessing
import Testing

@Suite struct EventTests {
  @Test(.timeLimit(.minutes(10))) func isSetAndCleared() async throws {
    try await onOwnThread {
      let event = try Event()
      try verify(!event.isSet)
      try verify(try !event.wait(timeout: .milliseconds(60)))
      try verify(try !event.wait(timeout: .zero))
      event.set()
      event.set()
      try verify(try event.isSet && event.wait() && event.wait(timeout: .zero))
      event.clear()
      event.clear()
      try verify(try !event.isSet && !event.wait(timeout: .milliseconds(1)))
    }
  }

  @Test(.timeLimit(.minutes(10))) func wakesEveryoneAlsoWhenOneWasKilled() async throws {
    try await onOwnThread {
      let event = try Event()
      let waiters = try (0..<4).map { _ in try player(Part(role: "event", event: event)) }
      for waiter in waiters { try verify(try waiter.word() == "ready") }
      usleep(100_000)
      try waiters[0].kill()
      try waiters[3].kill()
      event.set()
      // Cleared at once: those who waited go on all the same.
      event.clear()
      try verify(try waiters[1].word() == "set" && waiters[2].word() == "set")
      try verify(try !event.wait(timeout: .milliseconds(10)))
    }
  }

  @Test(.timeLimit(.minutes(10))) func isSetFromAnotherProcess() async throws {
    let event = try Event()
    let task = Task { try await event.wait() }
    let setter = try player(Part(role: "set", event: event))
    #expect(try await task.value)
    _ = setter
  }

  @Test(.timeLimit(.minutes(10))) func tasksWaitAndAreCancelled() async throws {
    let event = try Event()
    #expect(try await !event.wait(timeout: .milliseconds(30)))
    let waiting = Task { try await event.wait() }
    try await Task.sleep(for: .milliseconds(50))
    let start = ContinuousClock.now
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(start.duration(to: .now) < .seconds(5))
    let many = (0..<30).map { _ in Task { try await event.wait() } }
    try await Task.sleep(for: .milliseconds(20))
    event.set()
    for task in many { #expect(try await task.value) }
  }
}
