// SPDX-License-Identifier: Apache-2.0
// Deaths around a manager: the server's is known to every client at once; a client's, in the middle of whatever, costs
// the server nothing, and what it had been told was done is done, exactly once.

import Glibc
import Multiprocessing
import Synchronization
import Testing

@Suite(.serialized) struct ManagerKillTests {
  @Test(.timeLimit(.minutes(10))) func everyClientLearnsOfTheServersDeathAtOnce() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      let numbers = try manager.dictionary(String.self, Int.self)
      let visitors = try (0..<3).map { _ in try visitor() }
      for one in visitors { try tell(one, ManagerVisitorOrder(command: "slow", numbers: numbers)) }
      let ends = Mutex<[SystemError]>([])
      let threads = (0..<3).map { _ in
        PlainThreads.start {
          do {
            _ = try numbers.update("slow", SlowUpdate.self, 30)
          } catch let error as SystemError {
            ends.withLock { $0.append(error) }
          } catch {}
        }
      }
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.5))
      let start = Deadline.now.nanoseconds
      kill(pid, SIGKILL)
      for one in visitors { #expect(try answer(of: one).hasPrefix("disconnected")) }
      for thread in threads { pthread_join(thread, nil) }
      #expect(Deadline.now.nanoseconds - start < 2_000_000_000)
      #expect(ends.withLock { $0.map(\.code) } == [.disconnected, .disconnected, .disconnected])
      expectError({ _ = try numbers.get("later") }) {
        #expect($0.code == .disconnected && $0.message.contains("start another Manager"))
      }
    }
  }

  /// A stopped server is not dead: calls wait, and go on.
  @Test(.timeLimit(.minutes(10))) func aPauseOfTheServerIsWaitedFor() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      var numbers = try manager.dictionary(String.self, Int.self)
      numbers.timeout = .milliseconds(200)
      kill(pid, SIGSTOP)
      #expect(eventually(within: 10) { state(of: pid) == "T" })
      expectError({ _ = try numbers.get("a") }) { #expect($0.code == .timedOut) }
      kill(pid, SIGCONT)
      numbers.timeout = .seconds(30)
      #expect(try numbers.get("a") == nil)
    }
  }

  @Test(.timeLimit(.minutes(10))) func shutdownEndsTheServer() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      let list = try manager.list(Int.self)
      manager.shutdown()
      #expect(!isRunning(pid))
      expectError({ try list.append(1) }) { #expect($0.code == .disconnected) }
      expectError({ _ = try manager.list(Int.self) }) { #expect($0.code == .disconnected) }
    }
  }

  /// Killed in the middle of 8 MB: the rest of the message never comes, and what has come is freed.
  @Test(.timeLimit(.minutes(10))) func aClientKilledMidCallLeavesNothing() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      let arrays = try manager.dictionary(String.self, [Double].self)
      var resident: [Int] = []
      for round in 0..<20 {
        let one = try visitor()
        try tell(one, ManagerVisitorOrder(command: "flood", count: 1_000_000, arrays: arrays))
        #expect(eventually(within: 30) { (try? arrays.contains("flood")) ?? false })
        _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.001 * Double(round % 7)))
        one.send(signal: SIGKILL)
        _ = try one.reap(deadline: .in(seconds: 10))
        let value = try arrays.remove("flood")
        #expect(value?.count == 1_000_000 || value == nil)
        resident.append(residentByteCount(of: pid))
      }
      #expect(eventually(within: 10) { descriptors(of: pid).count < 20 })
      // 8 MB each: 160 MB if what they left had stayed.
      #expect(residentByteCount(of: pid) < resident[4] + 40 << 20)
      // A call that had arrived whole is carried out, and the last client's perhaps only after the `remove` above.
      #expect(
        eventually(within: 10) {
          _ = try? arrays.remove("flood")
          return (try? arrays.count()) == 0
        })
    }
  }

  /// The count in the server is what the client was told, or one more: the call that it did not live to see answered.
  @Test(.timeLimit(.minutes(10))) func clientsKilledAtRandomUnderLoad() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      let numbers = try manager.dictionary(String.self, Int.self)
      let list = try manager.list(Int.self)
      var random = SystemRandomNumberGenerator()
      var total = 0
      var running: [Counter] = try (0..<3).map { _ in try Counter(numbers) }
      for round in 0..<(isLongManagerRun() ? 2000 : 100) {
        _ = try waitForAny(descriptors: [], deadline: .in(seconds: Double.random(in: 0...0.02, using: &random)))
        let victim = running.remove(at: Int.random(in: 0..<running.count, using: &random))
        victim.process.send(signal: SIGKILL)
        _ = try victim.process.reap(deadline: .in(seconds: 10))
        let answered = victim.answered
        total += answered
        // The server may still be at its last request.
        let key = "\(victim.process.pid)"
        var counted = 0
        let isExact = eventually(within: 5) {
          counted = (try? numbers.get(key)) ?? 0
          return counted == answered || counted == answered + 1
        }
        #expect(isExact, "round \(round): \(String(describing: counted)) counted, \(answered) answered")
        running.append(try Counter(numbers))
        try list.append(round)
      }
      #expect(total > 100)
      #expect(try list.count() == (isLongManagerRun() ? 2000 : 100))
      #expect(isRunning(pid))
      running = []
      #expect(eventually(within: 10) { descriptors(of: pid).count < 20 })
    }
  }

  /// A visitor that counts, and the memory in which it says how far it has come.
  private struct Counter {
    let process: WorkerProcess
    private let memory: SharedMemoryBox

    private final class SharedMemoryBox {
      let memory: SharedMemory
      init() throws { memory = try SharedMemory(byteCount: 8) }
    }

    init(_ numbers: ManagerDictionary<String, Int>) throws {
      memory = try SharedMemoryBox()
      process = try visitor()
      try tell(process, ManagerVisitorOrder(command: "count", numbers: numbers), memory: memory.memory.descriptorNumber)
    }

    var answered: Int { Int(unsafe SharedWord(memory.memory.baseAddress).load()) }
  }
}
