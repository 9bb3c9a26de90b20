// SPDX-License-Identifier: Apache-2.0
//
// All rows of a matrix that is never stored, each seen by one rank: what reductions are made of.

import Evaluation
import MatrixCore
import MatrixFiles
import Multiprocessing

/// A matrix in pieces of whole rows, which go around the ranks. How it is cut depends on the shape alone: what is learnt piece by
/// piece and put together in order has the same bits whatever the number of ranks.
package struct RowPieces {
  package let shape: Shape
  package let ranks: any RankGroup
  private let source: BlockCyclicOperand.Source
  private let watch: RunWatch
  private let rowsPerPiece: Int
  /// Rows that are seen at a time.
  private let rowsPerBlock: Int

  /// Elements of a block: in the second-level cache.
  private static let blockCount = 65_536
  /// A root that gathers a line for each has no more of them.
  private static let pieceLimit = 16_384

  /// - Parameter timeLimit: seconds until it is given up.
  package init(_ operand: BlockCyclicOperand, among ranks: any RankGroup, timeLimit: Double? = nil) {
    (shape, source, self.ranks) = (operand.shape, operand.source, ranks)
    rowsPerBlock = max(1, Self.blockCount / max(1, shape.columns))
    let blocks = (shape.rows + rowsPerBlock - 1) / rowsPerBlock
    rowsPerPiece = rowsPerBlock * max(1, (blocks + Self.pieceLimit - 1) / Self.pieceLimit)
    watch = RunWatch(interrupt: nil, deadline: timeLimit.map { .in(seconds: $0) }, ranks: ranks)
  }

  var count: Int { (shape.rows + rowsPerPiece - 1) / rowsPerPiece }

  /// Calls `body` for each of this rank's pieces, block by block. Collective.
  ///
  /// - Throws: on all ranks, what fails on one.
  func forEachOwn(
    _ body: (_ piece: Int, _ rows: Range<Int>, _ elements: UnsafeBufferPointer<Double>) -> Void
  ) throws {
    try ranks.agree {
      guard !shape.isEmpty else { return }
      let heartbeat = Heartbeat(watch)
      var block = [Double](repeating: 0, count: rowsPerBlock * shape.columns)
      let fill = try filler(heartbeat)
      for piece in stride(from: ranks.rank, to: count, by: ranks.count) {
        let all = piece * rowsPerPiece..<min((piece + 1) * rowsPerPiece, shape.rows)
        for first in stride(from: all.lowerBound, to: all.upperBound, by: rowsPerBlock) {
          let rows = first..<min(first + rowsPerBlock, all.upperBound)
          guard heartbeat.beat() else {
            throw heartbeat.cause(of: EngineError.cancelledByCaller)
          }
          try fill(rows, &block)
          unsafe block.withUnsafeBufferPointer {
            unsafe body(piece, rows, UnsafeBufferPointer(rebasing: $0[..<(rows.count * shape.columns)]))
          }
        }
      }
    }
  }

  private typealias Filler = (_ rows: Range<Int>, _ block: inout [Double]) throws -> Void

  private func filler(_ heartbeat: Heartbeat) throws -> Filler {
    switch source {
    case .file(let path):
      let reader = RowReader(path)
      try reader.open()
      return { rows, block in try reader.read(rows, into: &block) }
    case .formula(let job):
      let plan = try Plan(ofRank: job)
      let inputs = try SharedInputs(job.inputs)
      var computer: ChunkComputer?
      return { rows, block in
        try unsafe block.withUnsafeMutableBytes { bytes in
          guard let base = bytes.baseAddress else { return }
          let one =
            unsafe computer
            ?? ChunkComputer(plan, inputs: inputs.memory, wantsChecksum: false, base: base) { heartbeat.beat() }
          computer = one
          do throws(EngineError) { _ = try unsafe one.compute(rows: rows, into: base) } catch {
            throw heartbeat.cause(of: error)
          }
        }
        _ = inputs
      }
    }
  }
}

/// One rank's view of a file whose rows go to all ranks.
final class RowReader {
  private let path: String
  private var reader: MatrixReader<Double>?

  init(_ path: String) { self.path = path }

  func open() throws(FileError) { reader = try MatrixReader<Double>(contentsOf: path) }

  /// Fills the first of `elements` with `rows`, which follow those of the call before, perhaps at some distance.
  func read(_ rows: Range<Int>, into elements: inout [Double]) throws(FileError) {
    guard !rows.isEmpty, var reader = reader.take() else { return }
    try reader.skipRows(rows.lowerBound - reader.rowsRead)
    let count = rows.count * reader.shape.columns
    try unsafe elements.withUnsafeMutableBufferPointer { (elements) throws(FileError) in
      var part = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: elements[..<count]))
      _ = try reader.readRows(into: &part)
    }
    self.reader = consume reader
  }
}
