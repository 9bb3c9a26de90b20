// SPDX-License-Identifier: Apache-2.0

import MatrixCore
import Testing

@testable import Weft

@Suite(.timeLimit(.minutes(20)))
struct RowPartitionTests {
  /// The table of the documentation.
  @Test(arguments: [
    (1000, 1000, 32, 32), (1, 5, 1, 1), (5, 1, 1, 5), (0, 7, 0, 1), (7, 0, 0, 1), (1_000_000, 1_000_000, 62_500, 16),
    (4000, 4000, 500, 8),
  ])
  func documentedTable(rows: Int, columns: Int, chunks: Int, rowsPerChunk: Int) throws {
    let partition = RowPartition(shape: try Shape(rows: rows, columns: columns))
    #expect(partition.chunkCount == chunks)
    #expect(partition.rowsPerChunk == rowsPerChunk)
  }

  /// Disjoint, covering, in order, none empty: for 100,000 random shapes and chunk sizes.
  @Test func chunksCoverTheRowsOnce() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("chunksCoverTheRowsOnce: seed \(seed)")
    var state = seed
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    for _ in 0..<100_000 {
      let shape = try Shape(rows: next(1 << (1 + next(9))), columns: next(1 << (1 + next(20))))
      let partition = RowPartition(shape: shape, chunkRows: next(3) == 0 ? nil : 1 + next(1 << (1 + next(9))))
      var end = 0
      var isRight = partition.chunkCount <= RowPartition.chunkLimit
      for chunk in 0..<partition.chunkCount {
        let rows = partition.rows(ofChunk: chunk)
        isRight = isRight && rows.lowerBound == end && !rows.isEmpty && rows.count <= partition.rowsPerChunk
        end = rows.upperBound
      }
      isRight = isRight && end == (shape.isEmpty ? 0 : shape.rows)
      if !isRight { Issue.record("\(shape) in \(partition)") }
    }
  }
}
