// SPDX-License-Identifier: Apache-2.0
//
// Runs a PairProgram over rows: tables once, rotations for a few rows at a time, then the passes along each row.

import CKernels
import Formula
import MatrixCore

/// Elements that are the formula's value rounded once, at the speed of memory (see `pair_pass.inc` in CKernels).
@safe public final class PairEvaluator: RowEvaluation {
  /// Columns whose tables are kept at a time: 1 MiB a table of columns.
  static let panelColumns = 65_536
  /// Elements a pass handles where there is scratch or a buffer between: a few such stretches stay in L1.
  static let stretch = 512

  public let shape: Shape
  private let elementType: ElementType
  private let bypassesCache: Bool
  private let kernels: UnsafePointer<ck_table>
  private let operands: [PairRowOperand]
  private let passes: PairPasses
  private let scratch: [PairArrays]
  /// One stretch of elements, where they cannot go straight into the matrix.
  private let buffer: PairArrays
  /// The operands of a pass, one for each row of a group.
  private let firstOperands: UnsafeMutablePointer<ck_pair_operand>
  private let secondOperands: UnsafeMutablePointer<ck_pair_operand>
  private let width: Int
  private let lanes: Int
  private let resolver: PairResolver
  private let beat: () -> Bool
  /// What the operands are prepared for.
  private var prepared = (rows: 0..<0, columns: 0..<0)

  public init(
    _ program: PairProgram, formula: BoundFormula, shape: Shape, elementType: ElementType, kernels table: KernelTable,
    bypassesCache: Bool = false, beat: @escaping () -> Bool = { true }
  ) {
    self.shape = shape
    self.elementType = elementType
    self.bypassesCache = bypassesCache
    unsafe kernels = table.kernels
    lanes = table.lanes
    // A row's tables cost `width` rotations, its starts columns / width: about equal at 1,000 columns and at 4,000.
    let width = shape.columns <= 2048 ? 32 : 64
    self.width = width
    passes = PairPasses(program)
    scratch = (0..<passes.scratchCount).map { _ in PairArrays(count: PairEvaluator.stretch) }
    buffer = PairArrays(count: PairEvaluator.stretch)
    resolver = PairResolver(formula)
    unsafe firstOperands = .allocate(capacity: table.lanes)
    unsafe secondOperands = .allocate(capacity: table.lanes)
    self.beat = beat
    let maker = unsafe PairTableMaker(kernels: table.kernels)
    let panel = min(PairEvaluator.panelColumns, shape.columns)
    operands = program.operands.map {
      $0.rowOperand(
        maker, width: width, lanes: table.lanes, origin: Double(program.origin), shape: shape,
        panelColumns: panel)
    }
  }

  deinit {
    unsafe firstOperands.deallocate()
    unsafe secondOperands.deallocate()
  }

  @unsafe public func evaluate(
    rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutableRawPointer, rowStride: Int,
    wantsChecksum: Bool
  ) throws(EvaluationStop) -> ElementSummary {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= shape.rows)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= shape.columns)
    guard !rows.isEmpty, !columns.isEmpty else { return ElementSummary() }
    var sink = unsafe ck_sink()
    unsafe sink.is_float32 = elementType == .float32
    unsafe sink.wants_checksum = wantsChecksum
    unsafe sink.bypasses_cache = bypassesCache
    unsafe sink.first_nonfinite = .max
    let isWhole = columns.count == shape.columns && rowStride == shape.columns
    defer { if bypassesCache { unsafe kernels.pointee.drain() } }
    for first in stride(from: 0, to: shape.columns, by: PairEvaluator.panelColumns) {
      let panel = first..<min(first + PairEvaluator.panelColumns, shape.columns)
      let wanted = columns.clamped(to: panel)
      guard !wanted.isEmpty else { continue }
      for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: lanes) {
        let group = firstRow..<min(firstRow + lanes, rows.upperBound)
        prepare(rows: group, columns: panel)
        let offset = (firstRow - rows.lowerBound) * rowStride + wanted.lowerBound - columns.lowerBound
        let place = unsafe destination + offset * elementType.byteCount
        if isWhole && scratch.isEmpty && elementType == .float64 && !(wantsChecksum && bypassesCache) {
          let index = firstRow * shape.columns + panel.lowerBound
          unsafe evaluateWhole(group, panel, place.assumingMemoryBound(to: Double.self), index, &sink)
        } else {
          unsafe evaluateInStretches(group, wanted, of: panel, place, rowStride, &sink)
        }
        guard beat() else { throw .cancelled }
      }
    }
    return unsafe ElementSummary(sink)
  }

  private func prepare(rows: Range<Int>, columns: Range<Int>) {
    guard rows != prepared.rows || columns != prepared.columns else { return }
    for operand in operands { operand.prepare(rows: rows, columns: columns) }
    prepared = (rows, columns)
  }

  /// The only pass of the program, straight into the matrix. Elements are finite (PairLowering sees to it), so their checksum
  /// is all that can be learnt of them, and a row is still in L1 or L2 for that.
  private func evaluateWhole(
    _ rows: Range<Int>, _ columns: Range<Int>, _ values: UnsafeMutablePointer<Double>, _ index: Int,
    _ sink: inout ck_sink
  ) {
    resolver.move(row: rows.lowerBound, column: columns.lowerBound)
    unsafe run(passes.passes[0], rows, 0, columns.count, values)
    guard unsafe sink.wants_checksum else { return }
    for row in 0..<rows.count {
      unsafe sink.checksum &+= kernels.pointee.checksum(
        values + row * shape.columns, false, UInt64(index + row * shape.columns), columns.count)
    }
  }

  /// All passes, a stretch of a row at a time, by way of a buffer. Passes begin at whole widths, so that there may be elements
  /// before the first that is wanted.
  private func evaluateInStretches(
    _ rows: Range<Int>, _ wanted: Range<Int>, of panel: Range<Int>, _ destination: UnsafeMutableRawPointer,
    _ rowStride: Int, _ sink: inout ck_sink
  ) {
    let start = wanted.lowerBound - (wanted.lowerBound - panel.lowerBound) % width
    for row in rows {
      for first in stride(from: start, to: wanted.upperBound, by: PairEvaluator.stretch) {
        let count = min(PairEvaluator.stretch, wanted.upperBound - first)
        let skipped = max(0, wanted.lowerBound - first)
        resolver.move(row: row, column: first)
        for pass in passes.passes {
          unsafe run(pass, row..<row + 1, first - panel.lowerBound, count, buffer.high)
        }
        let offset = (row - rows.lowerBound) * rowStride + first + skipped - wanted.lowerBound
        unsafe sink.destination = destination + offset * elementType.byteCount
        unsafe sink.index = UInt64(row * shape.columns + first + skipped)
        unsafe kernels.pointee.chain_into(
          ck_operand(base: UnsafePointer(buffer.high + skipped), stride: 1), nil, 0, &sink, count - skipped)
      }
    }
  }

  /// One pass over `count` elements of each row, from `column` of the panel on.
  private func run(
    _ pass: PairPass, _ rows: Range<Int>, _ column: Int, _ count: Int, _ values: UnsafeMutablePointer<Double>
  ) {
    for row in rows {
      unsafe firstOperands[row - rows.lowerBound] = operand(pass.x, row, column)
      if pass.operation != CK_PAIR_NONE {
        unsafe secondOperands[row - rows.lowerBound] = operand(pass.y, row, column)
      }
    }
    var result = unsafe pass.destination.map { unsafe scratch[$0].result(width: width) } ?? ck_pair_result()
    unsafe result.width = width
    if pass.destination == nil {
      unsafe result.values = values
      unsafe result.row_stride = shape.columns
      unsafe result.bypasses_cache = bypassesCache && values != buffer.high
    }
    unsafe result.resolve = PairResolver.resolve
    unsafe result.context = resolver.context
    unsafe kernels.pointee.pair_pass(firstOperands, pass.operation, secondOperands, &result, count, rows.count)
  }

  private func operand(_ place: PairPass.Place, _ row: Int, _ column: Int) -> ck_pair_operand {
    switch place {
    case .operand(let index): unsafe operands[index].operand(row: row, column: column)
    case .scratch(let index): unsafe scratch[index].operand(CK_PAIR_VALUE, step: width)
    }
  }
}

/// Computes the elements that no certificate decides, in quadruple precision.
@safe private final class PairResolver {
  private let evaluator: ReferenceEvaluator<QuadWithoutInputs>
  private var row = 0
  private var firstColumn = 0

  init(_ formula: BoundFormula) { evaluator = ReferenceEvaluator(formula, context: QuadWithoutInputs()) }

  var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  /// Where element 0 of the next pass's first row stands.
  func move(row: Int, column: Int) {
    self.row = row
    firstColumn = column
  }

  /// For C; the context is `context`.
  static let resolve: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Double = { context, row, index in
    guard let context = unsafe context else { return .nan }
    let resolver = unsafe Unmanaged<PairResolver>.fromOpaque(context).takeUnretainedValue()
    do throws(EvaluationFault) {
      return try resolver.evaluator.value(row: resolver.row + row, column: resolver.firstColumn + index)
    } catch {
      preconditionFailure("formulas of pairs have neither inputs nor loops, the only things that fail")
    }
  }
}
