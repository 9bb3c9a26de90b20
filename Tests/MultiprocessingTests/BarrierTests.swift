// SPDX-License-Identifier: Apache-2.0
// Barriers whose parties are killed before and after they arrive (faults.md F34).

import Glibc
import Multiprocessing
import Testing

@Suite struct BarrierTests {
  @Test(.timeLimit(.minutes(10))) func letsAllPassTogetherManyTimes() async throws {
    try await onOwnThread {
      let barrier = try Barrier(parties: 4)
      let others = try (0..<3).map { _ in try player(Part(role: "meet", number: 200, barrier: barrier)) }
      for _ in 0..<200 { try verify((0..<4).contains(try barrier.wait(timeout: .seconds(60)))) }
      for other in others {
        try verify(try other.word() == "ready")
        try verify(try other.word().hasPrefix("passed "))
      }
      try verify(barrier.waitingCount == 0 && !barrier.isBroken)
    }
  }

  @Test(.timeLimit(.minutes(10))) func numbersItsParties() async throws {
    let barrier = try Barrier(parties: 6)
    let tasks = (0..<6).map { _ in Task { try await barrier.wait() } }
    var positions: [Int] = []
    for task in tasks { positions.append(try await task.value) }
    #expect(positions.sorted() == Array(0..<6))
  }

  @Test(.timeLimit(.minutes(10))) func aPartyKilledBeforeItArrivesBreaksIt() async throws {
    try await onOwnThread {
      let barrier = try Barrier(parties: 3)
      let victim = try player(Part(role: "know the barrier", barrier: barrier))
      try verify(try victim.word() == "ready")
      let other = try player(Part(role: "meet", barrier: barrier))
      try verify(try other.word() == "ready")
      try verify(eventually(within: 30) { barrier.waitingCount == 1 })
      victim.send(signal: SIGKILL)
      let waited = try seconds { try verifyError(.broken) { try barrier.wait() } }
      try verify(waited < 1, "\(waited)")
      try verify(try other.word() == "broken")
      try verify(barrier.isBroken)
      try verifyError(.broken) { try barrier.wait() }
      try victim.kill()
      try barrier.reset()
      try verify(!barrier.isBroken)
      let pair = try (0..<2).map { _ in try player(Part(role: "meet", barrier: barrier)) }
      try barrier.wait(timeout: .seconds(30))
      for worker in pair { try verify(try worker.word() == "ready" && worker.word().hasPrefix("passed")) }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aPartyKilledAfterItArrivedBreaksIt() async throws {
    try await onOwnThread {
      let barrier = try Barrier(parties: 3)
      let parties = try (0..<2).map { _ in try player(Part(role: "meet", barrier: barrier)) }
      for party in parties { try verify(try party.word() == "ready") }
      try verify(eventually(within: 30) { barrier.waitingCount == 2 })
      parties[0].send(signal: SIGKILL)
      let waited = try seconds { try verify(try parties[1].word() == "broken") }
      try verify(waited < 1, "\(waited)")
      try verifyError(.broken) { try barrier.wait() }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aPartyThatGivesUpBreaksIt() async throws {
    try await onOwnThread {
      let barrier = try Barrier(parties: 2)
      try verifyError(.timedOut) { try barrier.wait(timeout: .milliseconds(30)) }
      try verifyError(.broken) { try barrier.wait() }
      try barrier.reset()
      let other = try player(Part(role: "meet", barrier: barrier))
      try verify(try other.word() == "ready")
      try verify(eventually(within: 30) { barrier.waitingCount == 1 })
      try barrier.abort()
      try verify(try other.word() == "broken")
      try barrier.reset()
      let third = try player(Part(role: "meet", barrier: barrier))
      try verify(try third.word() == "ready")
      try verify(eventually(within: 30) { barrier.waitingCount == 1 })
      try barrier.reset()
      try verify(try third.word() == "broken" && !barrier.isBroken)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aCancelledTaskBreaksIt() async throws {
    let barrier = try Barrier(parties: 3)
    let waiting = Task { try await barrier.wait() }
    let other = Task { try await barrier.wait() }
    try await Task.sleep(for: .milliseconds(30))
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    await #expect(throws: SystemError.self) { try await other.value }
    #expect(barrier.isBroken)
  }
}
