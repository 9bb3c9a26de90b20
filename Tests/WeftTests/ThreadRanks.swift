// SPDX-License-Identifier: Apache-2.0
//
// A group of ranks that are threads of one process: what an engine of ranks does, on one machine or on several that are made up,
// without MPI.

import Glibc
import MatrixCore
import Synchronization

@testable import Weft

/// What the ranks of a group have in common.
final class Meeting: Sendable {
  private struct State {
    /// By round: what each rank has brought, and how many have taken it.
    var rounds: [Int: (brought: [Int: [UInt8]], taken: Int)] = [:]
  }

  let count: Int
  private let state = Mutex(State())

  init(count: Int) { self.count = count }

  /// What `parties` ranks bring to a round, when all have.
  func exchange(
    _ bytes: [UInt8], rank: Int, round: Int, parties: Int, _ meanwhile: () -> Void = {}
  ) throws(EngineError) -> [Int: [UInt8]] {
    state.withLock { $0.rounds[round, default: ([:], 0)].brought[rank] = bytes }
    for _ in 0..<300_000 {
      let all: [Int: [UInt8]]? = state.withLock { state in
        guard let there = state.rounds[round], there.brought.count == parties else { return nil }
        state.rounds[round]?.taken += 1
        if there.taken + 1 == parties { state.rounds[round] = nil }
        return there.brought
      }
      if let all { return all }
      meanwhile()
      usleep(100)
    }
    throw EngineError(.resources, "Another rank does not come to round \(round).")
  }
}

/// One of them.
final class ThreadRank: RankGroup {
  let rank: Int
  var count: Int { meeting.count }
  let place: String
  private let meeting: Meeting
  private let others: Mutex<[ThreadRank]> = Mutex([])
  private let rounds = Mutex((all: 0, leaders: 1 << 40))
  private let heard = Atomic(0)

  private init(_ rank: Int, _ meeting: Meeting, place: String) {
    (self.rank, self.meeting, self.place) = (rank, meeting, place)
  }

  /// - Parameter nodes: of each rank, its node.
  static func group(nodes: [Int]) -> [ThreadRank] {
    let meeting = Meeting(count: nodes.count)
    let ranks = nodes.enumerated().map { ThreadRank($0.offset, meeting, place: "node \($0.element)") }
    for rank in ranks { rank.others.withLock { $0 = ranks.filter { $0 !== rank } } }
    return ranks
  }

  private func exchange(
    _ bytes: [UInt8], _ meanwhile: () -> Void = {}
  ) throws(EngineError) -> [Int: [UInt8]] {
    let round = rounds.withLock { rounds in
      rounds.all += 1
      return rounds.all
    }
    return try meeting.exchange(bytes, rank: rank, round: round, parties: count, meanwhile)
  }

  func broadcast(_ bytes: [UInt8]) throws(EngineError) -> [UInt8] { try exchange(isRoot ? bytes : [])[0] ?? [] }

  func gather(_ bytes: [UInt8]) throws(EngineError) -> [[UInt8]] {
    let all = try exchange(bytes)
    return isRoot ? (0..<count).map { all[$0] ?? [] } : []
  }

  func meet(_ meanwhile: () -> Void) throws(EngineError) { _ = try exchange([], meanwhile) }

  func tellOfFailure() {
    for other in others.withLock({ $0 }) { other.heard.add(1, ordering: .sequentiallyConsistent) }
  }
  var hasHeardOfFailure: Bool { heard.load(ordering: .sequentiallyConsistent) > 0 }
  func forgetFailures(_ count: Int) throws(EngineError) { heard.subtract(count, ordering: .sequentiallyConsistent) }

  private let leaders = Mutex<[Int]>([])

  func formLeaders(isLeader: Bool) throws(EngineError) {
    let all = try exchange([isLeader ? 1 : 0])
    leaders.withLock { $0 = all.filter { $0.value == [1] }.keys.sorted() }
  }

  func broadcastAmongLeaders(_ bytes: UnsafeMutableRawBufferPointer, from leader: Int) throws(EngineError) {
    let leaders = leaders.withLock { $0 }
    let round = rounds.withLock { rounds in
      rounds.leaders += 1
      return rounds.leaders
    }
    let isSource = leaders[leader] == rank
    let all = try meeting.exchange(
      isSource ? unsafe Array(bytes) : [], rank: rank, round: round, parties: leaders.count)
    guard !isSource, let sent = all[leaders[leader]] else { return }
    unsafe bytes.copyBytes(from: sent)
  }

  /// Calls `body` for all ranks at once, with the mode of each one's engines.
  static func all<R: Sendable>(
    nodes: [Int], _ body: @escaping @Sendable (ThreadRank, EngineMode) async throws -> R
  ) async throws -> [R] {
    let members = group(nodes: nodes)
    let modes = members.map { member in Ranks { member } }
    // Each waits for all others: on Swift's own threads, as few as there are CPUs, they would wait for ever.
    Threads.forEach(modes.count, threads: modes.count) { _ = try? modes[$0].joinedOnce() }
    return try await withThrowingTaskGroup(of: (Int, R).self) { tasks in
      for (member, ranks) in zip(members, modes) {
        tasks.addTask { (member.rank, try await body(member, .ranks(ranks))) }
      }
      var results: [Int: R] = [:]
      for try await (rank, result) in tasks { results[rank] = result }
      return members.compactMap { results[$0.rank] }
    }
  }
}
