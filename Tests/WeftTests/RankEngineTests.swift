// SPDX-License-Identifier: Apache-2.0
//
// Engines of ranks, where the ranks are threads: on one machine, and on several that are made up. (Under MPI:
// EndToEndTests/MPIConformanceTests.swift.)

import EngineConformance
import Glibc
import MatrixCore
import Synchronization
import Testing

@testable import Weft

@Suite(.timeLimit(.minutes(20)), .serialized)
struct RankEngineTests {
  @Test(arguments: [[0], [0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1, 2]], EngineCheck.all)
  func conforms(nodes: [Int], check: EngineCheck) async throws {
    let found = try await ThreadRank.all(nodes: nodes) { _, mode in await check.violations(mode) }
    #expect(found.count == nodes.count)
    for (rank, violations) in found.enumerated() {
      for violation in violations { Issue.record("\(check), rank \(rank) of \(nodes): \(violation)") }
    }
  }

  @Test func ranksOfANodeHaveOneCopyAndAReportInCommon() async throws {
    struct Found: Sendable {
      var inode: UInt64
      var checksum: Checksum?
      var workers: Int
    }
    let nodes = [0, 0, 1, 1, 1]
    let found = try await ThreadRank.all(nodes: nodes) { _, mode in
      let job = Job(.formula(try Formula("sin(i*j)")), rows: 300, columns: 200)
      let (matrix, report) = try await Engine(mode).run(job, as: Double.self)
      var status = stat()
      _ = unsafe fstat(matrix.descriptorNumber, &status)
      return (matrix, Found(inode: UInt64(status.st_ino), checksum: report.checksum, workers: report.workers))
    }
    for rank in nodes.indices {
      for other in nodes.indices {
        #expect((found[rank].1.inode == found[other].1.inode) == (nodes[rank] == nodes[other]), "\(rank), \(other)")
      }
      #expect(found[rank].1.checksum == found[0].1.checksum && found[rank].1.workers == nodes.count)
    }
  }

  /// Jobs that differ are refused on all ranks, in words, and do not leave anybody waiting.
  @Test func ranksRunTheSameJobs() async throws {
    let sentences = try await ThreadRank.all(nodes: [0, 0, 1]) { rank, mode in
      let engine = try Engine(mode)
      var sentences: [String] = []
      for kind in 0..<3 {
        var job = Job(.formula(try Formula(rank.rank == 1 && kind == 0 ? "i+j" : "i-j")), rows: 9, columns: 9)
        if rank.rank == 1, kind == 1 { job.chunkRows = 2 }
        if rank.rank == 1, kind == 2 { job.inputs = ["X": Matrix(rows: 1, columns: 1) { _, _ in 0 }] }
        do {
          _ = try await engine.run(job, as: Double.self)
          sentences.append("nothing")
        } catch { sentences.append("\(error)") }
      }
      #expect(try await engine.compute("i", rows: 2, columns: 2)[1, 0] == 1)
      return sentences
    }
    for told in sentences {
      #expect(told == sentences[0])
      #expect(
        told[0].contains("Rank 1 was asked for another matrix than rank 0 (its formula is i+j, not i-j)"), "\(told[0])")
      #expect(told[1].contains("Rank 1 was asked for another matrix than rank 0 (its chunks"), "\(told[1])")
    }
  }

  /// An error of one rank, which ends the others' work, is told, and not that they were ended.
  @Test func theCauseIsToldAndNotItsConsequence() async throws {
    let told = try await ThreadRank.all(nodes: [0, 0, 0]) { rank, mode in
      let engine = try Engine(mode)
      var job = Job(.kernel(SlowRows.self), rows: 900, columns: 3)
      job.chunkRows = 1
      let stop = Task { try await engine.run(job, as: Double.self) }
      if rank.rank == 2 {
        try await Task.sleep(for: .milliseconds(300))
        stop.cancel()
      }
      let start = ContinuousClock.now
      do { _ = try await stop.value } catch {
        #expect(ContinuousClock.now - start < .seconds(3))
        return "\(type(of: error))"
      }
      return "nothing"
    }
    #expect(told == ["CancellationError", "CancellationError", "CancellationError"])
  }

  /// A rank that has done its share stops the others: rank 0 alone has work, for minutes.
  @Test func aRankThatWaitsCanCancel() async throws {
    let told = try await ThreadRank.all(nodes: [0, 0]) { rank, mode in
      let engine = try Engine(mode)
      var job = Job(.kernel(SlowRows.self), rows: 9000, columns: 3)
      job.chunkRows = 9000
      let run = Task { try await engine.run(job, as: Double.self) }
      let start = ContinuousClock.now
      if rank.rank == 1 {
        try await Task.sleep(for: .milliseconds(300))
        run.cancel()
      }
      do { _ = try await run.value } catch {
        #expect(ContinuousClock.now - start < .seconds(3))
        return "\(type(of: error))"
      }
      return "nothing"
    }
    #expect(told == ["CancellationError", "CancellationError"])
  }

  /// A rank that ends, while others begin another job, leaves nobody waiting.
  @Test func aRankThatEndsIsAnErrorOfTheOthers() async throws {
    let modes = try await ThreadRank.all(nodes: [0, 0, 1]) { _, mode in mode }
    let sentences = Mutex<[String]>([])
    // On threads: they wait for one another.
    Threads.forEach(modes.count, threads: modes.count) { rank in
      guard case .ranks(let ranks) = modes[rank] else { return }
      do {
        let engine = try BlockingEngine(modes[rank])
        _ = try engine.compute(Job(.formula(try Formula("i")), rows: 9, columns: 9))
        for _ in 0..<2 where rank != 1 {
          do { _ = try engine.compute(Job(.formula(try Formula("j")), rows: 9, columns: 9)) } catch {
            sentences.withLock { $0.append("\(error)") }
          }
        }
      } catch { sentences.withLock { $0.append("rank \(rank): \(error)") } }
      ranks.end { _ in sentences.withLock { $0.append("left") } }
    }
    let found = sentences.withLock { $0 }
    #expect(found.count == 7 && found.suffix(3) == ["left", "left", "left"], "\(found)")
    #expect(found.prefix(4).allSatisfy { $0.hasPrefix("Rank 1 has come to the end of its program") }, "\(found)")
  }

  @Test func nodesAreNumberedByTheirFirstRanks() {
    let nodes = RankNodes(places: ["b", "a", "b", "c", "a"].map { Array($0.utf8) })
    #expect(nodes.node == [0, 1, 0, 2, 1] && nodes.count == 3)
    #expect((0..<5).map { nodes.leader(of: $0) } == [0, 1, 0, 3, 1])
    #expect((0..<5).map { nodes.place(of: $0).index } == [0, 0, 1, 0, 1])
    #expect((0..<5).map { nodes.place(of: $0).count } == [2, 2, 2, 1, 2])
  }

  @Test func errorsKeepWhatTheySayOnTheirWay() {
    let engine = RankFailure(encoded: RankFailure.encoded(EngineError(.nonfinite, rows: 3..<5, "a\nb"), rank: 7))
    #expect(engine.rank == 7 && engine.error == EngineError(.nonfinite, rows: 3..<5, "a\nb") && engine.fileError == nil)
    let error = FileError(.exists, "m.npy", "is there")
    let file = RankFailure(encoded: RankFailure.encoded(error, rank: 0))
    #expect(file.cause as? FileError == error && file.fileExitCode == 73)
    #expect(RankFailure(encoded: [1, 2, 3]).error.code == .mismatch)
  }

  @Test func numbersAsBytes() {
    let words: [UInt64] = [0, 1, 0x0102_0304_0506_0708, .max]
    #expect(LittleEndian.bytes(words)[16..<24] == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(LittleEndian.words(LittleEndian.bytes(words)) == words)
    #expect(LittleEndian.words(LittleEndian.bytes(words)[8...]) == Array(words.dropFirst()))
    #expect(LittleEndian.words([1, 2, 3]).isEmpty && LittleEndian.numbers(LittleEndian.bytes([-5])) == [-5])
  }
}
