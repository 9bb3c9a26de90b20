// SPDX-License-Identifier: Apache-2.0
//
// Operands of linear algebra over ranks: each rank computes its own blocks of a formula, or reads its own rows of a file.

import Evaluation
import MatrixCore
import MatrixFiles

/// A matrix that is to be spread over ranks; can be had several times, and is not kept.
package struct BlockCyclicOperand {
  /// Where the elements come from.
  package enum Source {
    /// Computed on every rank, its own blocks and no others: nothing is sent.
    case formula(Job)
    /// Read by every rank, a piece of whole rows each, and then exchanged. Binary formats are read where the rows stand; of text
    /// every rank reads all that stands before.
    case file(String)
  }

  /// As in messages: "A".
  package let name: String
  package let source: Source
  package let shape: Shape

  /// - Throws: `ShapeError`; `FileError` where a file's header cannot be read.
  package init(_ name: String, _ source: Source) throws {
    self.name = name
    self.source = source
    switch source {
    case .formula(let job): shape = try Shape(rows: job.rows, columns: job.columns)
    case .file(let path): shape = try MatrixFile.inspect(path).shape
    }
  }
}

extension BlockCyclicOperand {
  /// All of it, on the rank that asks.
  ///
  /// - Throws: what computing or reading throws.
  package func whole() throws -> Matrix<Double> {
    switch source {
    case .formula(let job): try Matrix(BlockingEngine(.inProcess).compute(job, as: Double.self).matrix)
    case .file(let path): try Matrix<Double>(contentsOf: path)
    }
  }
}

extension Plan {
  /// Of a rank that computes parts of the matrix, and holds none of it as such.
  init(ofRank job: Job) throws {
    try self.init(
      job, elementType: .float64, engineWorkers: 0, workersReason: "a rank is a worker", isStreamed: true)
  }
}

extension BlockCyclicAlgebra {
  /// The operand, spread over the ranks; finite throughout.
  ///
  /// - Throws: on all ranks, what fails on one; `LinearAlgebraError`, `notFinite`.
  package func load(_ operand: BlockCyclicOperand) throws -> BlockCyclicMatrix {
    let matrix = try zeros(operand.shape)
    try load(operand, into: matrix)
    return matrix
  }

  /// The same again, where a routine has overwritten it.
  func load(_ operand: BlockCyclicOperand, into matrix: BlockCyclicMatrix) throws {
    let summary =
      switch operand.source {
      case .formula(let job): try fill(matrix, with: job)
      case .file(let path): try fill(matrix, from: path)
      }
    guard summary.nonfiniteCount == 0 else {
      let (row, column) = Int(summary.firstNonfinite).quotientAndRemainder(dividingBy: operand.shape.columns)
      throw LinearAlgebraError(
        .notFinite,
        "\(operand.name) has an element that is not finite in row \(row), column \(column) (counted from 0): "
          + "linear algebra needs finite numbers")
    }
    checksums[operand.name] = Checksum(summary.checksum)
    lap("operands")
  }

  // MARK: Formulas

  /// Rows that are computed together, as many as the widest kernels have lanes; and columns, so that the strip stays in the
  /// second-level cache while it is turned.
  private static let stripRows = 8
  private static let stripColumns = 2048

  private func fill(_ matrix: BlockCyclicMatrix, with job: Job) throws -> ElementSummary {
    var summary = ElementSummary()
    try ranks.agree {
      let plan = try Plan(ofRank: job)
      let inputs = try SharedInputs(job.inputs)
      summary = try compute(plan, inputs, into: matrix)
    }
    return try ranks.merge(summary)
  }

  private func compute(
    _ plan: Plan, _ inputs: SharedInputs, into matrix: BlockCyclicMatrix
  ) throws(EngineError) -> ElementSummary {
    let heartbeat = Heartbeat(watch)
    let width = min(matrix.localColumns, max(Self.stripColumns, block))
    let strip = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(1, Self.stripRows * width))
    defer { unsafe strip.deallocate() }
    guard let base = UnsafeMutableRawPointer(strip.baseAddress) else { return ElementSummary() }
    let computer = unsafe ChunkComputer(plan, inputs: inputs.memory, wantsChecksum: true, base: base) {
      heartbeat.beat()
    }
    let blocks = matrix.layout.columns.blocks
    var summary = ElementSummary()
    do {
      for (localRow, rows) in matrix.layout.rows.blocks {
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.stripRows) {
          let some = first..<min(first + Self.stripRows, rows.upperBound)
          var start = 0, end = 0
          for (local, columns) in blocks {
            summary.merge(
              try unsafe computer.compute(
                rows: some, columns: columns, into: base + (local - start) * 8, rowStride: width))
            end = local + columns.count
            if end - start + block > width || end == matrix.localColumns {
              unsafe turn(
                strip, some.count, end - start, width, into: matrix, row: localRow + first - rows.lowerBound,
                column: start)
              start = end
            }
          }
        }
      }
    } catch { throw heartbeat.cause(of: error) }
    return summary
  }

  /// Rows that stand one after the other into columns that do.
  private func turn(
    _ strip: UnsafeMutableBufferPointer<Double>, _ rows: Int, _ columns: Int, _ stride: Int,
    into matrix: BlockCyclicMatrix, row: Int, column: Int
  ) {
    let place = column * matrix.localRows + row
    let from = unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: strip[..<((rows - 1) * stride + columns)]))
    var to = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: matrix.elements[place...]))
    copyTransposed(from, rowStride: stride, rows: rows, columns: columns, into: &to, rowStride: matrix.localRows)
  }

  // MARK: Files

  private func fill(_ matrix: BlockCyclicMatrix, from path: String) throws -> ElementSummary {
    var summary = ElementSummary()
    let reader = RowReader(path)
    try ranks.agree { try reader.open() }
    let table = try Plan.chooseKernels()
    try forEachBand(of: matrix.shape) { rows, whole, own in
      try ranks.agree {
        var elements = [Double](repeating: 0, count: own.count * matrix.shape.columns)
        try reader.read(own, into: &elements)
        let index = own.lowerBound * matrix.shape.columns
        summary.merge(
          unsafe elements.withUnsafeMutableBufferPointer { elements in
            guard let base = elements.baseAddress else { return ElementSummary() }
            // Onto themselves: a look at each, and the checksum.
            return unsafe table.store(
              base, count: elements.count, into: base, elementType: .float64, index: index, wantsChecksum: true)
          })
        guard !own.isEmpty else { return }
        unsafe elements.withUnsafeMutableBufferPointer {
          unsafe turn($0, own.count, matrix.shape.columns, matrix.shape.columns, into: whole, row: 0, column: 0)
        }
      }
      routines.copyRows(of: whole, into: matrix, rows)
    }
    return try ranks.merge(summary)
  }

  /// Calls `body` for a band of rows after the other, with a matrix that has them as whole rows on every rank, and those that are
  /// this rank's own.
  func forEachBand(
    of shape: Shape, _ body: (_ rows: Range<Int>, _ whole: BlockCyclicMatrix, _ own: Range<Int>) throws -> Void
  ) throws {
    guard !shape.isEmpty else { return }
    let rowsPerRank = max(1, Self.bandByteCount / (8 * shape.columns))
    for first in stride(from: 0, to: shape.rows, by: rowsPerRank * ranks.count) {
      let rows = first..<min(first + rowsPerRank * ranks.count, shape.rows)
      let layout = BlockCyclicLayout(
        rowsOf: try Shape(rows: rows.count, columns: shape.columns), among: ranks.count, rank: ranks.rank)
      var whole: BlockCyclicMatrix?
      try ranks.agree { whole = try BlockCyclicMatrix(layout) }
      guard let whole else { return }
      let own = first + ranks.rank * layout.rows.block
      try body(rows, whole, min(own, rows.upperBound)..<min(own + layout.rows.block, rows.upperBound))
    }
  }

  /// Bytes of a rank's part of a band: what is exchanged at a time, and held besides the matrix.
  private static let bandByteCount = 16 << 20
}
