// SPDX-License-Identifier: Apache-2.0
// Conditions whose waiters and notifiers are killed (faults.md F34).

import Glibc
import Multiprocessing
import Testing

@Suite struct ConditionTests {
  /// Processes that wait, certainly, when this returns.
  private static func waiting(_ count: Int, _ condition: Condition) throws -> [WorkerProcess] {
    try (0..<count).map { _ in
      let waiter = try player(Part(role: "notified", condition: condition))
      try verify(try waiter.word() == "waiting")
      // One after the other: each has released the lock in its wait.
      try condition.lock.withLock {}
      return waiter
    }
  }

  private static func isSilent(_ worker: WorkerProcess) throws -> Bool {
    try waitForAny(descriptors: [worker.channel.descriptorNumber], deadline: .in(seconds: 0.3)).isEmpty
  }

  @Test(.timeLimit(.minutes(10))) func notifiesAsManyAsAsked() async throws {
    try await onOwnThread {
      let condition = try Condition()
      let waiters = try ConditionTests.waiting(5, condition)
      condition.notify()
      try verify(try waiters[0].word() == "notified", "the first in line")
      try verify(try ConditionTests.isSilent(waiters[1]))
      try condition.lock.withLock { condition.notify(2) }
      try verify(try waiters[1].word() == "notified" && waiters[2].word() == "notified")
      try verify(try ConditionTests.isSilent(waiters[3]))
      condition.notifyAll()
      try verify(try waiters[3].word() == "notified" && waiters[4].word() == "notified")
      condition.notifyAll()
    }
  }

  /// Notified without the lock, those who are woken look and wait again meanwhile: they are not notified once more.
  @Test(.timeLimit(.minutes(10))) func notifyAllIsForThoseWhoWaitAlready() async throws {
    try await onOwnThread {
      let condition = try Condition()
      let looks = try SharedArray(repeating: 0, count: 9)
      let waiters = try (1...8).map { number in
        let waiter = try player(Part(role: "look", number: number, condition: condition, array: looks))
        try verify(try waiter.word() == "waiting")
        try condition.lock.withLock {}
        return waiter
      }
      condition.notifyAll()
      try verify(eventually(within: 20) { looks.elements.dropFirst().allSatisfy { $0 >= 2 } })
      usleep(100_000)
      try verify(looks.elements.dropFirst().allSatisfy { $0 == 2 }, "\(looks.elements)")
      looks[0] = 1
      condition.notifyAll()
      for waiter in waiters { try verify(try waiter.word() == "done") }
    }
  }

  @Test(.timeLimit(.minutes(10))) func timesOutWithTheLock() async throws {
    try await onOwnThread {
      let condition = try Condition(lock: Lock())
      try condition.lock.acquire()
      condition.notify()
      try verify(try !condition.wait(timeout: .milliseconds(30)), "a notification is for those who wait")
      try verify(try !condition.wait(timeout: .milliseconds(5)) { false })
      try verify(try condition.wait { true })
      condition.lock.release()
      try verifyError(.timedOut) { try condition.withLock(when: { false }, timeout: .milliseconds(20)) {} }
      try verify(try condition.withLock(when: { true }) { 3 } == 3)
      try condition.lock.withLock {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDeadWaiterTakesNoNotification() async throws {
    try await onOwnThread {
      let condition = try Condition()
      let waiters = try ConditionTests.waiting(3, condition)
      try waiters[0].kill()
      condition.notify()
      try verify(try waiters[1].word() == "notified")
      // Notified, and killed before it could act: it cannot take the lock. The next one gets the notification.
      try condition.lock.acquire()
      let late = try player(Part(role: "notified", condition: condition))
      condition.notify()
      usleep(100_000)
      try waiters[2].kill()
      condition.lock.release()
      try verify(try late.word() == "waiting")
      try verify(try late.word() == "notified")
    }
  }

  @Test(.timeLimit(.minutes(10))) func aHolderThatDiesIsReportedToWaiters() async throws {
    try await onOwnThread {
      let condition = try Condition()
      let waiters = try ConditionTests.waiting(2, condition)
      let holder = try player(Part(role: "hold", lock: condition.lock))
      try verify(try holder.word() == "held")
      condition.notifyAll()
      try holder.kill()
      let answers = try [waiters[0].word(), waiters[1].word()].sorted()
      try verify(answers == ["notified", "ownerDied"], "\(answers)")
      try condition.lock.withLock {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func tasksWaitForState() async throws {
    let condition = try Condition()
    let state = try SharedValue(0)
    let tasks = (1...10).map { wanted in
      Task { try await condition.withLock(when: { state.value == wanted }) { state.value += 1 } }
    }
    try await Task.sleep(for: .milliseconds(50))
    state.value = 1
    condition.notifyAll()
    for task in tasks {
      try await task.value
      condition.notifyAll()
    }
    #expect(state.value == 11)
    let waiting = Task { try await condition.withLock(when: { false }) {} }
    try await Task.sleep(for: .milliseconds(20))
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    await #expect(throws: SystemError.self) {
      try await condition.withLock(when: { false }, timeout: .milliseconds(20)) {}
    }
  }
  /// A task that is notified and then cancelled while it waits for the lock leaves the notification to the next in line.
  @Test(.timeLimit(.minutes(10))) func aCancelledTaskTakesNoNotification() async throws {
    let condition = try Condition()
    let state = try SharedValue(0)
    let first = Task { try await condition.withLock(when: { state.value == 1 }) {} }
    try await Task.sleep(for: .milliseconds(100))
    let second = Task {
      try await condition.withLock(when: { state.value == 1 }, timeout: .seconds(5)) { state.value = 2 }
    }
    try await Task.sleep(for: .milliseconds(100))
    try await onOwnThread {
      try condition.lock.withLock {
        state.value = 1
        condition.notify()
        usleep(200_000)
        first.cancel()
        usleep(200_000)
      }
    }
    await #expect(throws: CancellationError.self) { try await first.value }
    try await second.value
    #expect(state.value == 2)
  }
}
