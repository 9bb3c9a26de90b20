// SPDX-License-Identifier: Apache-2.0
//
// The operands of a PairProgram while rows are run over: each keeps what it needs and says where a row finds it.

import CKernels
import Formula
import MatrixCore

/// One operand. `prepare` comes before the rows that are asked for, no more than the kernels have lanes.
class PairRowOperand {
  func prepare(rows: Range<Int>, columns: Range<Int>) {}
  /// Of a prepared row, from `column` of the prepared columns on, a multiple of the width.
  func operand(row: Int, column: Int) -> ck_pair_operand { preconditionFailure("every operand has its own") }
}

extension PairProgram.Operand {
  func rowOperand(
    _ maker: PairTableMaker, width: Int, lanes: Int, origin: Double, shape: Shape, panelColumns: Int
  ) -> PairRowOperand {
    switch self {
    case .table(let axis, let formula):
      let source = PairTableSource(maker: maker, formula: formula, origin: origin, rowCount: shape.rows, width: width)
      return switch axis {
      case .constant, .row: RowTable(source, lanes: lanes)
      case .column: ColumnTable(source)
      case .line(let line): LineTable(source, line)
      }
    case .rotation(let isCosine, let isNegated, let form, let zeroIsPositive):
      return RotationRows(
        maker, form, isCosine: isCosine, isNegated: isNegated, hasPlainZeros: zeroIsPositive, width: width,
        lanes: lanes,
        origin: origin, panelColumns: panelColumns)
    }
  }
}

/// Where a table's entries come from.
struct PairTableSource {
  let maker: PairTableMaker
  let formula: PairFormula
  /// What `i` is in row 0 and `j` in column 0.
  let origin: Double
  let rowCount: Int
  let width: Int
}

/// One value for the whole row, as a block of copies that serves every block of columns.
final class RowTable: PairRowOperand {
  private static let rowsAtATime = 64
  private let source: PairTableSource
  private var table = PairArrays(count: 1)
  private var rows = 0..<0
  /// The prepared rows, a block each.
  private let copies: PairArrays
  private var firstRow = 0

  init(_ source: PairTableSource, lanes: Int) {
    self.source = source
    copies = PairArrays(count: source.width * lanes)
  }

  override func prepare(rows wanted: Range<Int>, columns: Range<Int>) {
    if !rows.contains(wanted.lowerBound) || !rows.contains(wanted.upperBound - 1) {
      rows = wanted.lowerBound..<wanted.lowerBound + RowTable.rowsAtATime
      table = source.maker.table(
        source.formula, i: source.origin + Double(rows.lowerBound), iStep: 1, j: source.origin, count: rows.count)
    }
    firstRow = wanted.lowerBound
    for row in wanted {
      let (k, place) = (row - rows.lowerBound, (row - firstRow) * source.width)
      unsafe (copies.high + place).update(repeating: table.high[k], count: source.width)
      unsafe (copies.low + place).update(repeating: table.low[k], count: source.width)
    }
  }

  override func operand(row: Int, column: Int) -> ck_pair_operand {
    unsafe copies.operand(CK_PAIR_TABLE, from: (row - firstRow) * source.width, step: 0)
  }
}

/// One value for each column of the panel.
final class ColumnTable: PairRowOperand {
  private let source: PairTableSource
  private var table = PairArrays(count: 1)
  private var columns = 0..<0

  init(_ source: PairTableSource) { self.source = source }

  override func prepare(rows: Range<Int>, columns: Range<Int>) {
    guard columns != self.columns else { return }
    self.columns = columns
    table = source.maker.table(
      source.formula, i: source.origin, j: source.origin + Double(columns.lowerBound), jStep: 1, count: columns.count)
  }

  override func operand(row: Int, column: Int) -> ck_pair_operand {
    unsafe table.operand(CK_PAIR_TABLE, from: column, step: source.width)
  }
}

/// Values of p·i + q·j alone, in the tables of a window.
final class LineTable: PairRowOperand {
  private let source: PairTableSource
  private let line: Program.Line
  private var tables: [PairArrays] = []
  private var window: LineWindow?

  init(_ source: PairTableSource, _ line: Program.Line) {
    self.source = source
    self.line = line
  }

  override func prepare(rows: Range<Int>, columns: Range<Int>) {
    if let window, window.serves(rows: rows, columns: columns) { return }
    let window = LineWindow(line, rows: rows, of: source.rowCount, columns: columns)
    self.window = window
    tables = (0..<line.columns).map { table in
      guard let start = window.start(ofTable: table) else { return PairArrays(count: 1) }
      return source.maker.table(
        source.formula, i: source.origin + Double(start.row), j: source.origin + Double(start.column), jStep: 1,
        count: window.count)
    }
  }

  override func operand(row: Int, column: Int) -> ck_pair_operand {
    guard let window else { preconditionFailure("prepared before") }
    let (table, place) = window.place(ofRow: row)
    return unsafe tables[table].operand(CK_PAIR_TABLE, from: place + column, step: source.width)
  }
}
