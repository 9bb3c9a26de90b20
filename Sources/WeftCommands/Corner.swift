// SPDX-License-Identifier: Apache-2.0
//
// The corner of a matrix, as wide as the terminal takes. MatrixCore draws it; here is how much of it.

import Weft

enum Corner {
  /// Rows shown, and columns at most.
  static let side = 8

  /// Up to eight rows and columns, fewer columns where the lines would pass `width`; "…" for what is left out. Empty for an
  /// empty matrix.
  static func text(of matrix: any MatrixReadable, width: Int, rows: Int = side, columns limit: Int = side) -> String {
    guard matrix.shape.count > 0 else { return "" }
    var columns = min(limit, matrix.shape.columns)
    var lines = lines(of: matrix, rows, columns)
    while columns > 1, lines.contains(where: { $0.count > width }) {
      columns -= 1
      lines = self.lines(of: matrix, rows, columns)
    }
    return lines.joined(separator: "\n")
  }

  /// Without the title: the summary has shape and type already.
  private static func lines(of matrix: any MatrixReadable, _ rows: Int, _ columns: Int) -> [Substring] {
    Array(matrix.corner(rows: rows, columns: columns).split(separator: "\n").dropFirst())
  }
}
