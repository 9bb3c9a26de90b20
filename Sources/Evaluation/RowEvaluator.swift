// SPDX-License-Identifier: Apache-2.0
//
// What a worker runs: a Program over whole rows, written straight into the matrix. Row-only values once per row,
// column-only values once per column, the rest block by block.

import CKernels
import Formula
import MatrixCore

/// What was learnt of the elements while they were written. Adds up over any cut of the matrix, in any order.
public struct ElementSummary: Sendable, Hashable {
  /// Position-keyed sum of the elements' bits (see `sink.inc`); the same however the matrix was cut.
  public var checksum: UInt64 = 0
  /// Elements that are infinite or NaN.
  public var nonfiniteCount: UInt64 = 0
  /// The smallest row · columns + column of one, or `UInt64.max`.
  public var firstNonfinite: UInt64 = .max

  public init() {}

  init(_ sink: ck_sink) {
    checksum = unsafe sink.checksum
    nonfiniteCount = unsafe sink.nonfinite_count
    firstNonfinite = unsafe sink.first_nonfinite
  }

  public mutating func merge(_ other: ElementSummary) {
    checksum &+= other.checksum
    nonfiniteCount += other.nonfiniteCount
    firstNonfinite = min(firstNonfinite, other.firstNonfinite)
  }
}

/// An input matrix as the kernels read it. The memory must outlive the evaluator.
@safe public struct InputElements {
  let matrix: ck_matrix

  @unsafe public init(elements: UnsafeRawPointer?, shape: Shape, elementType: ElementType, origin: Int) {
    unsafe matrix = ck_matrix(
      elements: elements, rows: Int64(shape.rows), columns: Int64(shape.columns), is_float32: elementType == .float32,
      origin: Double(origin))
  }
}

/// Why `evaluate` stopped.
public enum EvaluationStop: Error, Equatable {
  /// The element at this 0-based place cannot be computed; `ReferenceEvaluator` says why.
  case fault(row: Int, column: Int)
  /// The caller's `beat` asked to stop.
  case cancelled
}

/// Runs one Program over rows of one shape. Holds scratch memory: one per thread.
@safe public final class RowEvaluator: RowEvaluation {
  private let machine: BlockMachine
  public let shape: Shape
  private let elementType: ElementType
  private let bypassesCache: Bool
  private let origin: Double
  private let constantStop: BlockFault?
  private let isFinite: Bool
  private var preparedPanel: Int? = nil
  private var preparedRows: Range<Int>? = nil
  private var lines: [LineTables]

  /// `inputs` in the order of `program.inputs`. `bypassesCache`: the matrix is too large for the
  /// caches. `beat` is called every ten thousand or so elements or loop turns; false
  /// stops the evaluation.
  public init(
    _ program: Program, shape: Shape, elementType: ElementType, inputs: [InputElements], kernels: KernelTable,
    bypassesCache: Bool = false, beat: @escaping () -> Bool = { true }
  ) {
    precondition(inputs.count == program.inputs.count)
    self.shape = shape
    self.elementType = elementType
    origin = Double(program.origin)
    isFinite = program.isSurelyFinite(rows: shape.rows, columns: shape.columns)
    let schedule = Schedule(program)
    machine = unsafe BlockMachine(
      schedule, kernels: kernels.kernels, rows: shape.rows, columns: shape.columns, inputs: inputs.map(\.matrix),
      beat: beat)
    lines = schedule.lineSections.map { LineTables(line: $0.line, rowIndex: $0.rowIndex) }
    self.bypassesCache = bypassesCache && machine.program.streamsOperands
    constantStop = machine.stop(machine.program.constantSection, row: 0, column: 0, count: 1)
  }

  @unsafe public func evaluate(
    rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutableRawPointer, rowStride: Int,
    wantsChecksum: Bool
  ) throws(EvaluationStop) -> ElementSummary {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= shape.rows)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= shape.columns)
    guard !rows.isEmpty, !columns.isEmpty else { return ElementSummary() }
    if let constantStop { throw constantStop.at(row: rows.lowerBound, column: columns.lowerBound, laneIsRow: false) }
    var sink = unsafe ck_sink()
    unsafe sink.is_float32 = elementType == .float32
    unsafe sink.wants_checksum = wantsChecksum
    unsafe sink.bypasses_cache = bypassesCache
    unsafe sink.is_finite = isFinite
    unsafe sink.first_nonfinite = .max
    let hasElementSteps = !machine.program.elementSection.isEmpty
    defer { if bypassesCache { machine.drain() } }
    for panel in stride(from: 0, to: shape.columns, by: machine.memory.panelColumns) {
      let panelColumns = min(machine.memory.panelColumns, shape.columns - panel)
      let wanted = columns.clamped(to: panel..<panel + panelColumns)
      guard !wanted.isEmpty else { continue }
      try prepare(panel: panel, columns: panelColumns, row: rows.lowerBound)
      for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: BlockMemory.rowBlock) {
        let rowCount = min(BlockMemory.rowBlock, rows.upperBound - firstRow)
        try prepare(rows: firstRow..<firstRow + rowCount, column: panel)
        prepareLines(rows: firstRow..<firstRow + rowCount, columns: panel..<panel + panelColumns)
        // Rows outside, blocks inside: the matrix is written in the order of memory. (Rejected: block by block, which
        // keeps the block's column tables in L1 for all rows; stores that jump from row to row took 1.6 times as
        // long.)
        for row in 0..<rowCount {
          for section in lines.indices { move(line: section, toRow: firstRow + row) }
          for column in stride(
            from: wanted.lowerBound - panel, to: wanted.upperBound - panel, by: machine.memory.blockLength)
          {
            let count = min(machine.memory.blockLength, wanted.upperBound - panel - column)
            let place = (firstRow + row - rows.lowerBound) * rowStride + panel + column - columns.lowerBound
            unsafe sink.destination = destination + place * elementType.byteCount
            unsafe sink.index = UInt64((firstRow + row) * shape.columns + panel + column)
            if hasElementSteps,
              let stop = machine.stop(machine.program.elementSection, row: row, column: column, count: count)
            {
              throw stop.at(row: firstRow + row, column: panel + column, laneIsRow: false)
            }
            unsafe machine.finish(into: &sink, row: row, column: column, count: count)
            if !machine.beat(after: count) { throw .cancelled }
          }
        }
      }
    }
    return unsafe ElementSummary(sink)
  }

  /// Column-only values of the panel, unless they are there from the call before.
  private func prepare(panel: Int, columns: Int, row: Int) throws(EvaluationStop) {
    guard preparedPanel != panel else { return }
    preparedPanel = nil
    machine.firstColumn = origin + Double(panel)
    for column in stride(from: 0, to: columns, by: machine.memory.blockLength) {
      let count = min(machine.memory.blockLength, columns - column)
      let stop = machine.stop(machine.program.columnSection, row: 0, column: column, count: count)
      if let stop { throw stop.at(row: row, column: panel + column, laneIsRow: false) }
    }
    preparedPanel = panel
  }

  private func prepare(rows: Range<Int>, column: Int) throws(EvaluationStop) {
    guard preparedRows != rows else { return }
    preparedRows = nil
    machine.firstRow = origin + Double(rows.lowerBound)
    let stop = machine.stop(machine.program.rowSection, row: 0, column: 0, count: rows.count)
    if let stop { throw stop.at(row: rows.lowerBound, column: column, laneIsRow: true) }
    preparedRows = rows
  }
}

// MARK: Values along lines

/// The tables of one line, and for which rows and columns they are filled.
private struct LineTables {
  let line: Program.Line
  /// The constant that holds `i`.
  let rowIndex: Int
  var window: LineWindow?
}

extension RowEvaluator {
  private func prepareLines(rows: Range<Int>, columns: Range<Int>) {
    for section in lines.indices {
      if let window = lines[section].window, window.serves(rows: rows, columns: columns) { continue }
      let window = LineWindow(lines[section].line, rows: rows, of: shape.rows, columns: columns)
      for table in 0..<window.line.columns {
        guard let start = window.start(ofTable: table) else { continue }
        machine.memory.moveLine(section, toTable: table, place: 0)
        machine.memory.setConstant(lines[section].rowIndex, to: origin + Double(start.row))
        machine.firstColumn = origin + Double(start.column)
        for first in stride(from: 0, to: window.count, by: machine.memory.blockLength) {
          let count = min(machine.memory.blockLength, window.count - first)
          let stop = machine.stop(machine.program.lineSections[section], row: 0, column: first, count: count)
          precondition(stop == nil, "nothing along a line can fail")
        }
      }
      machine.firstColumn = origin + Double(columns.lowerBound)
      lines[section].window = window
    }
  }

  private func move(line section: Int, toRow row: Int) {
    guard let place = lines[section].window?.place(ofRow: row) else { preconditionFailure("prepared before") }
    machine.memory.moveLine(section, toTable: place.table, place: place.place)
  }
}

extension BlockMachine {
  /// Runs a section; what stopped it, if anything did.
  fileprivate func stop(_ steps: Range<Int>, row: Int, column: Int, count: Int) -> BlockFault? {
    do throws(BlockFault) {
      try run(steps, row: row, column: column, count: count)
      return nil
    } catch {
      return error
    }
  }
}

extension BlockFault {
  /// The stop as the caller knows it: lanes of the block that begins at (`row`, `column`) are rows or columns.
  fileprivate func at(row: Int, column: Int, laneIsRow: Bool) -> EvaluationStop {
    switch self {
    case .cancelled: .cancelled
    case .lane(let lane): laneIsRow ? .fault(row: row + lane, column: column) : .fault(row: row, column: column + lane)
    }
  }
}
