// SPDX-License-Identifier: Apache-2.0
//
// The table of rooms as README.md shows it: `| folder | what lives there | may import | … |`.

/// Reads the table; people may write into its cells what they like around the names.
struct ReadmeTable {
  struct Row: Equatable {
    var name: String
    /// Modules and libraries named in the third column. "all above" means every Swift room in the rows before.
    var mayImport: Set<String>
    var line: Int
  }

  /// Empty where the text has no such table.
  let rows: [Row]

  init(_ text: String) {
    var rows: [Row] = []
    var isInside = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.hasPrefix("|") else {
        isInside = false
        continue
      }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map(ReadmeTable.names)
      if cells.count > 2, cells[0].first == "folder", cells[2] == ["may", "import"] {
        isInside = true
      } else if isInside, cells.count > 2, let name = cells[0].first, House.room(name) != nil {
        let above = cells[2].starts(with: ["all", "above"]) ? rows.map(\.name).filter { !ReadmeTable.isC($0) } : []
        let named = cells[2].filter { ReadmeTable.known.contains($0) }
        rows.append(Row(name: name, mayImport: Set(above + named), line: index + 1))
      } else if isInside, cells.count > 2, let name = cells[0].first, name.contains(where: \.isLetter) {
        // A room that the house does not have: kept, so that the comparison names it.
        rows.append(Row(name: name, mayImport: [], line: index + 1))
      }
    }
    self.rows = rows
  }

  /// What the test's own table says, in the same form.
  static var expected: [Row] {
    House.rooms.map { Row(name: $0.name, mayImport: $0.mayImport.union($0.mayInclude.intersection(known)), line: 0) }
  }

  /// Differences, each as a sentence.
  var differences: [String] {
    let expected = ReadmeTable.expected
    return expected.flatMap { room -> [String] in
      guard let row = rows.first(where: { $0.name == room.name }) else { return ["README.md: no row for \(room.name)"] }
      return row.mayImport.subtracting(room.mayImport).sorted().map {
        "README.md:\(row.line): \(room.name) may import \($0), says the table there and not House.rooms"
      }
        + room.mayImport.subtracting(row.mayImport).sorted().map {
          "README.md:\(row.line): \(room.name) may import \($0), says House.rooms and not the table there"
        }
    } + rows.filter { House.room($0.name) == nil }.map { "README.md:\($0.line): \($0.name) is no room of House.rooms" }
  }

  // OpenBLAS is opened while the program runs: COpenBLAS needs no header of it, and its row may leave it out.
  private static let known: Set<String> = Set(House.rooms.map(\.name)).union(House.packages + ["SLEEF"])

  private static func isC(_ name: String) -> Bool { House.soleImporter[name] != nil }

  /// The words of a cell, without what stands in parentheses.
  private static func names(_ cell: Substring) -> [String] {
    var depth = 0
    let plain = cell.filter { character in
      if character == "(" { depth += 1 }
      defer { if character == ")" { depth -= 1 } }
      return depth == 0
    }
    return plain.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }.map(String.init)
  }
}
