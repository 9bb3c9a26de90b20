// SPDX-License-Identifier: Apache-2.0
//
// The operands of a PairProgram while rows are run over: each keeps what it needs and says where a row finds it.

import CKernels
import Formula

/// One operand. `prepare` comes before the rows it names, `move` before a row's passes.
class PairRowOperand {
  func prepare(rows: Range<Int>, columns: Range<Int>) {}
  func move(toRow row: Int) {}
  /// From `column` of the prepared columns on, a multiple of the width.
  func operand(column: Int) -> ck_pair_operand { preconditionFailure("every operand has its own") }
}

extension PairProgram.Operand {
  func rowOperand(
    _ maker: PairTableMaker, width: Int, lanes: Int, origin: Double, panelColumns: Int
  ) -> PairRowOperand {
    switch self {
    case .table(let axis, let formula):
      let source = PairTableSource(maker: maker, formula: formula, origin: origin, width: width)
      return switch axis {
      case .constant, .row: RowTable(source)
      case .column: ColumnTable(source)
      case .line(let rows, let columns): LineTable(source, rowStep: rows, columnStep: columns)
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
  let width: Int
}

/// One value for the whole row, as a block of copies that serves every block of columns.
final class RowTable: PairRowOperand {
  private static let rowsAtATime = 64
  private let source: PairTableSource
  private var table = PairArrays(count: 1)
  private var rows = 0..<0
  private let copies: PairArrays

  init(_ source: PairTableSource) {
    self.source = source
    copies = PairArrays(count: source.width)
  }

  override func move(toRow row: Int) {
    if !rows.contains(row) {
      rows = row..<row + RowTable.rowsAtATime
      table = source.maker.table(
        source.formula, i: source.origin + Double(row), iStep: 1, j: source.origin, count: rows.count)
    }
    let k = row - rows.lowerBound
    unsafe copies.high.update(repeating: table.high[k], count: source.width)
    unsafe copies.low.update(repeating: table.low[k], count: source.width)
  }

  override func operand(column: Int) -> ck_pair_operand { unsafe copies.operand(CK_PAIR_TABLE, step: 0) }
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

  override func operand(column: Int) -> ck_pair_operand {
    unsafe table.operand(CK_PAIR_TABLE, from: column, step: source.width)
  }
}

/// Values of p·i + q·j alone. The numbers p·i + q·j of one row are q apart: with p·row = q·m + r, column j stands in table r
/// at place m + j. So there are q tables, one for each r.
final class LineTable: PairRowOperand {
  /// Rows whose values are kept together: with that many a table costs next to nothing beside its uses.
  private static let rowsAtATime = 4096
  private let source: PairTableSource
  private let p: Int
  private let q: Int
  private var tables: [PairArrays] = []
  private var rows = 0..<0
  private var columns = 0..<0
  /// The smallest m of the kept rows.
  private var firstPlace = 0
  private var current = (table: 0, place: 0)

  init(_ source: PairTableSource, rowStep: Int, columnStep: Int) {
    self.source = source
    p = rowStep
    q = columnStep
  }

  override func prepare(rows: Range<Int>, columns: Range<Int>) {
    guard self.columns != columns || !self.rows.contains(rows.lowerBound) || !self.rows.contains(rows.upperBound - 1)
    else { return }
    self.columns = columns
    // Aligned, so that chunks in any order find the same rows; and the group itself, where it lies across.
    let first = rows.lowerBound / LineTable.rowsAtATime * LineTable.rowsAtATime
    self.rows = first..<max(first + LineTable.rowsAtATime, rows.upperBound)
    let ends = [place(ofRow: self.rows.lowerBound).place, place(ofRow: self.rows.upperBound - 1).place]
    firstPlace = min(ends[0], ends[1])
    let count = abs(ends[1] - ends[0]) + columns.count
    tables = (0..<q).map { remainder in
      // Any row with this remainder: the entries are the same for all.
      guard let row = (0..<q).first(where: { place(ofRow: $0).table == remainder }) else { return PairArrays(count: 1) }
      let column = firstPlace + columns.lowerBound - place(ofRow: row).place
      return source.maker.table(
        source.formula, i: source.origin + Double(row), j: source.origin + Double(column), jStep: 1, count: count)
    }
  }

  /// p·row = q·place + table.
  private func place(ofRow row: Int) -> (table: Int, place: Int) {
    let table = ((p * row) % q + q) % q
    return (table, (p * row - table) / q)
  }

  override func move(toRow row: Int) {
    let place = place(ofRow: row)
    current = (place.table, place.place - firstPlace)
  }

  override func operand(column: Int) -> ck_pair_operand {
    unsafe tables[current.table].operand(CK_PAIR_TABLE, from: current.place + column, step: source.width)
  }
}
