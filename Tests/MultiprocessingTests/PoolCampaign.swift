// SPDX-License-Identifier: Apache-2.0
// Kills the workers of a pool at random while it works, and checks every result. Run by PoolFaultTests in a worker.

import Glibc
import Multiprocessing
import Synchronization

struct PoolCampaign: RemoteFunction {
  enum Kind: String, Codable, Sendable { case map, applyAsync, large, idle }

  struct Input: Codable, Sendable {
    var kind: Kind
    var seed: UInt64
    var killCount = 25
  }

  struct Report: Codable, Sendable {
    var killCount = 0
    var lostCount = 0
    var roundCount = 0
    var problems: [String] = []
  }

  /// A thread that kills one worker after the other.
  private final class Killer: Sendable {
    let killed = Atomic<Int>(0)
    let isDone = Atomic<Bool>(false)
    /// Results so far.
    let worked = Atomic<Int>(0)
    let pool: Pool

    init(_ pool: Pool, _ input: Input) {
      self.pool = pool
      var thread = pthread_t()
      let argument = unsafe Unmanaged.passRetained(Box { self.run(input) })
      unsafe pthread_create(
        &thread, nil,
        { argument in
          if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
          return nil
        }, argument.toOpaque())
    }

    private final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private func run(_ input: Input) {
      var state = input.seed
      var killedEarly = 0
      func random(_ bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
      }
      while killed.load(ordering: .relaxed) < input.killCount {
        // In the middle of the work, not before it has begun again.
        let goal = worked.load(ordering: .relaxed) + Int(random(60))
        let limit = Deadline.in(seconds: input.kind == .idle ? 0.01 : 0.5)
        while worked.load(ordering: .relaxed) < goal && !limit.hasPassed { usleep(100) }
        usleep(UInt32(random(1000)))
        // Some while they start: but a pool whose workers never get ready gives up.
        let ready = pool.readyWorkerIdentifiers.filter(isRunning)
        let isEarly = ready.isEmpty && killedEarly * 4 < killed.load(ordering: .relaxed)
        let workers = isEarly ? pool.workerIdentifiers.filter(isRunning) : ready
        guard !workers.isEmpty else { continue }
        if isEarly { killedEarly += 1 }
        // One that is reaped at this moment is a miss; its number is not anybody's again so soon.
        if kill(workers[Int(random(UInt64(workers.count)))], SIGKILL) == 0 { killed.add(1, ordering: .relaxed) }
      }
      isDone.store(true, ordering: .releasing)
    }
  }

  static func call(_ input: Input) throws -> Report {
    var report = Report()
    // Once without counting: what the first pool of a process opens for good.
    _ = try Pool(processes: 1).apply(PoolSquare.self, 1)
    let before = descriptors(of: getpid())
    var pids: [pid_t] = []
    do {
      let pool = try Pool(processes: 3)
      let killer = Killer(pool, input)
      while !killer.isDone.load(ordering: .acquiring) {
        report.roundCount += 1
        switch input.kind {
        case .map: try map(pool, killer, &report)
        case .applyAsync: try applyAsync(pool, killer, &report)
        case .large: try large(pool, killer, &report)
        case .idle: usleep(2000)
        }
      }
      report.killCount = killer.killed.load(ordering: .relaxed)
      if try pool.map(PoolSquare.self, [1, 2, 3], retries: 10) != [1, 4, 9] { report.problems.append("the last map") }
      pids = pool.workerIdentifiers
      pool.close()
      try pool.join(timeout: .seconds(20))
    }
    if pids.contains(where: isRunning) { report.problems.append("workers are left") }
    let children = shell("ps -o pid=,args= --ppid \(getpid())").output.split(separator: "\n")
      .filter { $0.contains("pool-worker") }
    if !children.isEmpty { report.problems.append("children are left: \(children)") }
    let left = descriptors(of: getpid()).filter { before[$0.key] != $0.value }
    if !left.isEmpty { report.problems.append("open: \(left)") }
    return report
  }

  /// Retries make up for every death.
  private static func map(_ pool: Pool, _ killer: Killer, _ report: inout Report) throws {
    let outputs = try pool.map(
      PoolWork.self, Array(0..<2000), chunkSize: 20, retries: 1000,
      progress: { _, _ in killer.worked.add(20, ordering: .relaxed) })
    if outputs != (0..<2000).map({ $0 * $0 }) { report.problems.append("a wrong map") }
  }

  /// Without retries: each call has its result or is lost, and each callback comes once.
  private static func applyAsync(_ pool: Pool, _ killer: Killer, _ report: inout Report) throws {
    let calls = Mutex<[Int: Int]>([:])
    let results = try (0..<200).map { k in
      try pool.applyAsync(PoolWork.self, k) { _ in
        calls.withLock { $0[k, default: 0] += 1 }
      } errorCallback: { _ in
        calls.withLock { $0[k, default: 0] += 1 }
      }
    }
    for (k, result) in results.enumerated() {
      defer { killer.worked.add(1, ordering: .relaxed) }
      do {
        if try result.get(timeout: .seconds(60)) != k * k { report.problems.append("a wrong result") }
      } catch let error as SystemError where error.code == .workerLost {
        report.lostCount += 1
      } catch { report.problems.append("\(error)") }
    }
    let haveCome = eventually(within: 20) { calls.withLock { $0.count == 200 } }
    if !haveCome { report.problems.append("a callback did not come") }
    if calls.withLock({ $0.values.contains { $0 != 1 } }) { report.problems.append("a callback came twice") }
  }

  /// Deaths in the middle of inputs and results.
  private static func large(_ pool: Pool, _ killer: Killer, _ report: inout Report) throws {
    let count = 300_000
    let numbers = (0..<count).map(Double.init)
    let results = try (0..<4).map { _ in try pool.applyAsync(PoolNumbers.self, count) }
    let reversed = try (0..<4).map { _ in try pool.applyAsync(PoolReverse.self, numbers, retries: 1000) }
    for result in results {
      defer { killer.worked.add(20, ordering: .relaxed) }
      do {
        if try result.get(timeout: .seconds(60)) != Array(0..<count) { report.problems.append("a wrong large result") }
      } catch let error as SystemError where error.code == .workerLost {
        report.lostCount += 1
      } catch { report.problems.append("\(error)") }
    }
    for result in reversed where try result.get(timeout: .seconds(60)) != numbers.reversed() {
      report.problems.append("a wrong reversal")
    }
  }
}
