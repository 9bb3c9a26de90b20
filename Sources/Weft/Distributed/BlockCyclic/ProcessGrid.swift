// SPDX-License-Identifier: Apache-2.0
//
// How ranks stand to each other where each owns blocks of rows and of columns.

/// Ranks in rows and columns, rank 0 first, row by row.
package struct ProcessGrid: Hashable, Sendable, CustomStringConvertible {
  package let rows: Int
  package let columns: Int

  package init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }

  /// As near to a square as all ranks allow, no taller than wide. What is sent goes along rows and columns of the grid, so that
  /// the shorter they are, the less it is; and a tall panel is factored by few. (Rejected: to leave ranks idle where their number
  /// is prime. Who asked for them may leave them out.)
  package init(nearSquareOf count: Int) {
    var rows = max(1, Int(Double(count).squareRoot()))
    while count % rows != 0 { rows -= 1 }
    self.init(rows: rows, columns: count / rows)
  }

  /// All in one column: each owns whole rows.
  package static func column(of count: Int) -> ProcessGrid { ProcessGrid(rows: count, columns: 1) }

  /// "4x2".
  package init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let rows = parts[0], let columns = parts[1], rows > 0, columns > 0 else { return nil }
    self.init(rows: rows, columns: columns)
  }

  package var count: Int { rows * columns }

  package func place(of rank: Int) -> (row: Int, column: Int) { (rank / columns, rank % columns) }

  package var description: String { "\(rows)x\(columns)" }
}
