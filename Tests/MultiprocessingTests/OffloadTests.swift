// SPDX-License-Identifier: Apache-2.0
// Threads for waits, and who is alive.

import Glibc
import Multiprocessing
import Testing

@Suite struct OffloadTests {
  @Test(.timeLimit(.minutes(10))) func carriesResultsErrorsAndCancellation() async throws {
    #expect(try await Offload.run { _ in 7 } == 7)
    await #expect(throws: Unexpected.self) { try await Offload.run { _ in throw Unexpected(description: "no") } }
    let task = Task {
      try await Offload.run { isCancelled in
        while !isCancelled() { usleep(1000) }
        throw CancellationError()
      }
    }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test(.timeLimit(.minutes(10))) func manyWaitsBlockNobody() async throws {
    let event = try Event()
    let waits = (0..<200).map { _ in Task { try await event.wait() } }
    // The pool's threads are free all the while.
    for _ in 0..<100 { await Task.yield() }
    event.set()
    for wait in waits { #expect(try await wait.value) }
  }
}

@Suite struct ProcessIdentityTests {
  @Test(.timeLimit(.minutes(10))) func knowsTheLivingTheDeadAndTheReplaced() async throws {
    try await onOwnThread {
      let own = ProcessIdentity.current
      try verify(own.isAlive && own.pid == getpid() && own.startTime > 0)
      try verify(!ProcessIdentity(pid: own.pid, startTime: own.startTime - 1).isAlive, "an earlier process")
      // A name with parentheses and spaces does not confuse it.
      let worker = try puppet("a) Z (b c")
      try worker.waitUntilReady(deadline: .in(seconds: 30))
      let stat = text(ofFile: "/proc/\(worker.pid)/stat") ?? ""
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      let identity = ProcessIdentity(pid: worker.pid, startTime: UInt64(fields[19]) ?? 0)
      try verify(identity.isAlive)
      worker.send(signal: SIGKILL)
      // Dead at once, though nobody has reaped it.
      try verify(eventually(within: 10) { !identity.isAlive })
      try verify(text(ofFile: "/proc/\(worker.pid)/stat") != nil)
    }
  }

  @Test(.timeLimit(.minutes(10))) func takesNobodyForDeadWithoutLooking() async {
    await #expect(processExitsWith: .success) {
      let own = ProcessIdentity.current
      var limit = rlimit(rlim_cur: 0, rlim_max: 0)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      #expect(text(ofFile: "/proc/self/stat") == nil && own.isAlive)
    }
  }
}
