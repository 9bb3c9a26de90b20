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
  /// Elements a pass handles where there is scratch or a buffer between: a few of them stay in L1.
  static let stretch = 256

  private let shape: Shape
  private let elementType: ElementType
  private let bypassesCache: Bool
  private let kernels: UnsafePointer<ck_table>
  private let operands: [PairRowOperand]
  private let passes: PairPasses
  private let scratch: [PairArrays]
  /// One stretch of elements, where they cannot go straight into the matrix.
  private let buffer: PairArrays
  private let width: Int
  private let lanes: Int
  private let resolver: PairResolver
  private let beat: () -> Bool

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
    self.beat = beat
    let maker = unsafe PairTableMaker(kernels: table.kernels)
    let panel = min(PairEvaluator.panelColumns, shape.columns)
    operands = program.operands.map {
      $0.rowOperand(
        maker, width: width, lanes: table.lanes, origin: Double(program.origin), shape: shape,
        panelColumns: panel)
    }
  }

  @unsafe public func evaluate(
    rows: Range<Int>, from firstColumn: Int, into destination: UnsafeMutableRawPointer, wantsChecksum: Bool
  ) throws(EvaluationStop) -> ElementSummary {
    precondition(firstColumn == 0, "an element as pairs costs less than copying it")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= shape.rows)
    guard !rows.isEmpty, shape.columns > 0 else { return ElementSummary() }
    var sink = unsafe ck_sink()
    unsafe sink.is_float32 = elementType == .float32
    unsafe sink.wants_checksum = wantsChecksum
    unsafe sink.bypasses_cache = bypassesCache
    unsafe sink.first_nonfinite = .max
    defer { if bypassesCache { unsafe kernels.pointee.drain() } }
    // Elements are finite (PairLowering sees to it): where nothing else is to be learnt of them they need no look.
    let isDirect = elementType == .float64 && !wantsChecksum
    let step = isDirect && scratch.isEmpty ? PairEvaluator.panelColumns : PairEvaluator.stretch
    for panel in stride(from: 0, to: shape.columns, by: PairEvaluator.panelColumns) {
      let columns = panel..<min(panel + PairEvaluator.panelColumns, shape.columns)
      for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: lanes) {
        let group = firstRow..<min(firstRow + lanes, rows.upperBound)
        for operand in operands { operand.prepare(rows: group, columns: columns) }
        for row in group {
          for operand in operands { operand.move(toRow: row) }
          for first in stride(from: columns.lowerBound, to: columns.upperBound, by: step) {
            let count = min(step, columns.upperBound - first)
            let index = row * shape.columns + first
            let place = unsafe destination + (index - rows.lowerBound * shape.columns) * elementType.byteCount
            resolver.move(row: row, column: first)
            if isDirect {
              unsafe run(first - panel, count, place.assumingMemoryBound(to: Double.self))
            } else {
              unsafe run(first - panel, count, buffer.high)
              unsafe sink.destination = place
              unsafe sink.index = UInt64(index)
              unsafe kernels.pointee.chain_into(
                ck_operand(base: UnsafePointer(buffer.high), stride: 1), nil, 0, &sink, count)
            }
          }
          guard beat() else { throw .cancelled }
        }
      }
    }
    return unsafe ElementSummary(sink)
  }

  /// All passes over `count` elements from `column` of the panel on.
  private func run(_ column: Int, _ count: Int, _ values: UnsafeMutablePointer<Double>) {
    for pass in passes.passes {
      let x = unsafe operand(pass.x, column)
      let y = unsafe pass.operation == CK_PAIR_NONE ? x : operand(pass.y, column)
      var result = unsafe pass.destination.map { unsafe scratch[$0].result(width: width) } ?? ck_pair_result()
      unsafe result.width = width
      if pass.destination == nil {
        unsafe result.values = values
        unsafe result.bypasses_cache = bypassesCache && values != buffer.high
      }
      unsafe result.resolve = PairResolver.resolve
      unsafe result.context = resolver.context
      unsafe withUnsafePointer(to: x) { x in
        unsafe withUnsafePointer(to: y) { y in
          unsafe kernels.pointee.pair_pass(x, pass.operation, y, &result, count)
        }
      }
    }
  }

  private func operand(_ place: PairPass.Place, _ column: Int) -> ck_pair_operand {
    switch place {
    case .operand(let index): unsafe operands[index].operand(column: column)
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

  /// Where element 0 of the next pass stands.
  func move(row: Int, column: Int) {
    self.row = row
    firstColumn = column
  }

  /// For C; the context is `context`.
  static let resolve: @convention(c) (UnsafeMutableRawPointer?, Int) -> Double = { context, index in
    guard let context = unsafe context else { return .nan }
    let resolver = unsafe Unmanaged<PairResolver>.fromOpaque(context).takeUnretainedValue()
    do throws(EvaluationFault) {
      return try resolver.evaluator.value(row: resolver.row, column: resolver.firstColumn + index)
    } catch {
      preconditionFailure("formulas of pairs have neither inputs nor loops, the only things that fail")
    }
  }
}
