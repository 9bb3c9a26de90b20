// SPDX-License-Identifier: Apache-2.0
//
// Where the values along a line p·i + q·j stand in tables, so that a row reads them one after the other.
//
// The numbers p·i + q·j of one row are q apart. With p·row = q·place + remainder, column j of the row has the number
// q·(place + j) + remainder: it stands in table `remainder` at `place` + j. So there are q tables, and a row is a
// stretch of one of them.

import Formula

/// The tables of one line for some rows and columns.
struct LineWindow {
  /// Rows kept together where a matrix has more: with that many, a table costs next to nothing beside its uses.
  private static let rowsAtATime = 4096

  let line: Program.Line
  let rows: Range<Int>
  let columns: Range<Int>
  /// The smallest place of the rows.
  private let firstPlace: Int
  /// Entries of each table.
  let count: Int

  /// A window over `columns` with the rows `wanted`, of a matrix with `rowCount` rows.
  init(_ line: Program.Line, rows wanted: Range<Int>, of rowCount: Int, columns: Range<Int>) {
    self.line = line
    self.columns = columns
    // Aligned, so that chunks in any order find the same rows; longer where the wanted rows lie across.
    let first = wanted.lowerBound / LineWindow.rowsAtATime * LineWindow.rowsAtATime
    rows = first..<max(min(first + LineWindow.rowsAtATime, rowCount), wanted.upperBound)
    let ends = [rows.lowerBound, rows.upperBound - 1].map { LineWindow.place(ofRow: $0, line).place }
    firstPlace = min(ends[0], ends[1])
    count = abs(ends[1] - ends[0]) + columns.count
  }

  /// At most the entries of a window of that many columns.
  static func countLimit(_ line: Program.Line, rowCount: Int, columnCount: Int) -> Int {
    min(rowsAtATime, max(1, rowCount)) * (abs(line.rows) + line.columns) / line.columns + columnCount + 2
  }

  func serves(rows wanted: Range<Int>, columns wantedColumns: Range<Int>) -> Bool {
    columns == wantedColumns && rows.contains(wanted.lowerBound) && rows.contains(wanted.upperBound - 1)
  }

  /// The table of a row, and where in it the first column stands.
  func place(ofRow row: Int) -> (table: Int, place: Int) {
    let (table, place) = LineWindow.place(ofRow: row, line)
    return (table, place - firstPlace)
  }

  /// A row and the column, possibly beside the matrix, whose number is the first entry of a table; nil for a table that no row has.
  func start(ofTable table: Int) -> (row: Int, column: Int)? {
    for row in 0..<line.columns {
      let (itsTable, place) = LineWindow.place(ofRow: row, line)
      if itsTable == table { return (row, firstPlace + columns.lowerBound - place) }
    }
    return nil
  }

  private static func place(ofRow row: Int, _ line: Program.Line) -> (table: Int, place: Int) {
    let remainder = (line.rows * row) % line.columns
    let table = remainder < 0 ? remainder + line.columns : remainder
    return (table, (line.rows * row - table) / line.columns)
  }
}
