// SPDX-License-Identifier: Apache-2.0
//
// Linear algebra over ranks: a grid, a block size, and what can be had with them.

import Evaluation
import MatrixCore
import Multiprocessing

/// What all ranks do together with matrices that are spread over them. Every method is collective.
package final class BlockCyclicAlgebra {
  package let ranks: any BlockCyclicRanks
  package let block: Int
  package let routines: any BlockCyclicRoutines
  /// Whose kernels compute, for people.
  package let library: String
  let watch: RunWatch
  let memoryLimit: Int?
  /// Of the operands that were loaded, by name: the same as `weft` has for them.
  package internal(set) var checksums: [String: Checksum] = [:]

  /// Rows and columns of a block where nothing else is asked for. Large enough for the matrix products inside of factorizations,
  /// small enough that ranks have alike to do (PETSc's MATSCALAPACK has the same).
  package static let usualBlock = 64

  /// - Parameters:
  ///   - memoryLimit: bytes of each rank; nil: what the machine has, shared by the ranks on it.
  ///   - timeLimit: seconds until operands that are being computed are given up.
  /// - Throws: on all ranks: `resources` and `LinearAlgebraError` where there are no routines, or no such grid.
  package init(
    _ ranks: any BlockCyclicRanks, grid: ProcessGrid? = nil, block: Int = usualBlock, memoryLimit: Int? = nil,
    timeLimit: Double? = nil
  ) throws {
    self.ranks = ranks
    self.block = block
    self.memoryLimit = memoryLimit
    var library = ""
    try ranks.agree { library = try ranks.openRoutines() }
    self.library = library
    routines = try ranks.routines(on: grid ?? ProcessGrid(nearSquareOf: ranks.count))
    watch = RunWatch(interrupt: nil, deadline: timeLimit.map { .in(seconds: $0) }, ranks: ranks)
  }

  /// Seconds of what was done, in order: "operands", "compute", "check", and what a caller adds.
  package private(set) var seconds: [(String, Double)] = []
  private var last = Deadline.now

  /// Counts the time since the last lap for a phase.
  package func lap(_ phase: String) {
    let now = Deadline.now
    let time = Double(now.nanoseconds - last.nanoseconds) / 1e9
    last = now
    if let index = seconds.firstIndex(where: { $0.0 == phase }) {
      seconds[index].1 += time
    } else {
      seconds.append((phase, time))
    }
  }

  package var grid: ProcessGrid { routines.grid }

  func layout(_ shape: Shape) -> BlockCyclicLayout {
    BlockCyclicLayout(shape, block: block, grid: grid, rank: ranks.rank)
  }

  /// - Throws: on all ranks, where one has no memory for it.
  package func zeros(_ shape: Shape) throws -> BlockCyclicMatrix {
    var matrix: BlockCyclicMatrix?
    try ranks.agree { matrix = try BlockCyclicMatrix(layout(shape)) }
    guard let matrix else { preconditionFailure("an error of one is one of all") }
    return matrix
  }

  /// A few columns of numbers from -1 to 1, the same whatever the grid: to see through them what a matrix does.
  func probes(rows: Int) throws -> BlockCyclicMatrix {
    let probes = try zeros(try Shape(rows: rows, columns: 4))
    probes.update { _, row, column in
      var random = SplitMix64(seed: UInt64(row) &* 4 &+ UInt64(column))
      return Double(Int64(bitPattern: random.next())) * 0x1p-63
    }
    return probes
  }

  /// op(A)·B, of new memory.
  func product(_ a: BlockCyclicMatrix, transposed: Bool = false, _ b: BlockCyclicMatrix) throws -> BlockCyclicMatrix {
    let c = try zeros(try Shape(rows: transposed ? a.shape.columns : a.shape.rows, columns: b.shape.columns))
    routines.multiply(a, transposed: transposed, b, transposed: false, by: 1, plus: 0, c)
    return c
  }
}

extension RankGroup {
  /// What all ranks have seen together, on every one of them.
  func merge(_ own: ElementSummary) throws -> ElementSummary {
    var all = ElementSummary()
    for part in try gather(own.bytes) { all.merge(ElementSummary(bytes: part)) }
    return ElementSummary(bytes: try broadcast(all.bytes))
  }

  /// The largest of all ranks' numbers, on every one of them.
  package func largest(_ own: Double) throws -> Double {
    try collect { LittleEndian.bytes([own.bitPattern]) }
      .map { Double(bitPattern: LittleEndian.words($0).first ?? 0) }.max() ?? own
  }
}

extension ElementSummary {
  fileprivate var bytes: [UInt8] { LittleEndian.bytes([checksum, nonfiniteCount, firstNonfinite]) }

  fileprivate init(bytes: [UInt8]) {
    self.init()
    let words = LittleEndian.words(bytes)
    guard words.count == 3 else { return }
    (checksum, nonfiniteCount, firstNonfinite) = (words[0], words[1], words[2])
  }
}
