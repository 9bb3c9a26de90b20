// SPDX-License-Identifier: Apache-2.0
// The corner of a matrix as text: `description` of every matrix type, and what the command line shows after a run.

extension StridedReadable {
  /// Shape, type and the first four rows and columns, one line a row; "…" stands for what is left out.
  public var description: String { corner(rows: 4, columns: 4) }

  /// The same with another extent. Numbers have the shortest digits that read back to the same bits, right-aligned.
  public func corner(rows rowLimit: Int, columns columnLimit: Int) -> String {
    precondition(rowLimit >= 0 && columnLimit >= 0, "a corner has no negative side")
    let title = "\(shape) \(elementType)"
    let rows = min(rowLimit, self.rows)
    let columns = min(columnLimit, self.columns)
    guard rows > 0, columns > 0 else { return title }
    var cells: [[String]] = []
    for i in 0..<rows { cells.append((0..<columns).map { self[i, $0].description }) }
    let widths = (0..<columns).map { j in cells.map { $0[j].utf8.count }.max() ?? 0 }
    var lines = [title]
    for row in cells {
      let padded = zip(row, widths).map { String(repeating: " ", count: $1 - $0.utf8.count) + $0 }
      lines.append("  " + padded.joined(separator: "  ") + (columns < self.columns ? "  …" : ""))
    }
    if rows < self.rows { lines.append("  …") }
    return lines.joined(separator: "\n")
  }
}
