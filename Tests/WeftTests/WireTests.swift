// SPDX-License-Identifier: Apache-2.0

import MatrixCore
import Multiprocessing
import Testing

@testable import Weft

@Suite(.timeLimit(.minutes(20)))
struct WireTests {
  private func job() throws -> JobDescription {
    JobDescription(
      source: .formula(text: "a*X[i, j] + π"), shape: try Shape(rows: 3, columns: 1 << 40), elementType: .float32,
      origin: 1, accuracy: .best,
      parameters: ["a": -0.0, "b": .nan],
      inputs: [
        .init(name: "X", shape: try Shape(rows: 5, columns: 7), elementType: .float64, segment: 9)
      ], matrix: 1,
      file: .init(
        data: 3, ledger: 4, layout: .init(dataOffset: 128, recordOffset: 1 << 40), stopsAtNonfinite: true),
      ledger: .max, partition: RowPartition(shape: try Shape(rows: 3, columns: 4), chunkRows: 2),
      slotCount: 4,
      wantsChecksum: true, bypassesCache: true, kernels: "avx2", spinMicroseconds: 50)
  }

  @Test func ordersArriveAsTheyWereSent() throws {
    guard case .run(let job, let slot) = try WorkerOrder(WorkerOrder.run(try job(), slot: 3).bytes) else {
      Issue.record("not a run order")
      return
    }
    #expect(slot == 3)
    #expect(WorkerOrder.run(job, slot: 3).bytes == WorkerOrder.run(try self.job(), slot: 3).bytes)
    guard
      case .attach(7, 4096, true) = try WorkerOrder(
        WorkerOrder.attach(segment: 7, byteCount: 4096, isWritable: true).bytes)
    else {
      Issue.record("not an attach order")
      return
    }
  }

  @Test func errorsArriveAsTheyWereThrown() throws {
    for error in [EngineError(.evaluation, rows: 5..<9, "größer als X"), EngineError(.mismatch, "")] {
      guard case .failed(let arrived) = try WorkerAnswer(WorkerAnswer.failed(error).bytes) else {
        Issue.record("not a failure")
        continue
      }
      #expect(arrived == error)
    }
  }

  /// Cut short anywhere, or with any byte changed: an error or another order, never a trap.
  @Test func damagedOrdersAreRefused() throws {
    let bytes = WorkerOrder.run(try job(), slot: 3).bytes
    for length in 0..<bytes.count {
      #expect(throws: SystemError.self) { _ = try WorkerOrder(Array(bytes[..<length])) }
    }
    let seed = UInt64.random(in: 0...UInt64.max)
    print("damagedOrdersAreRefused: seed \(seed)")
    var state = seed
    for _ in 0..<100_000 {
      var damaged = bytes
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int((state >> 33) % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: state >> 25)
      }
      _ = try? WorkerOrder(damaged)
      _ = try? WorkerAnswer(damaged)
    }
  }
}
