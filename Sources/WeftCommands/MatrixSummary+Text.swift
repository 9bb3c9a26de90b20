// SPDX-License-Identifier: Apache-2.0
//
// What is known of a matrix' elements, for people and for programs.

import Weft

extension MatrixSummary {
  /// Labels and texts, to be aligned.
  var lines: [(String, String)] {
    [
      ("min", text(of: minimum)),
      ("max", text(of: maximum)),
      ("mean", mean.map { "\($0)" } ?? "none"),
      ("deviation", deviation.map { "\($0)" } ?? "none"),
      ("norm", "\(norm)"),
      ("symmetric", isSymmetric.map { $0 ? "yes" : "no" } ?? notAsked),
      ("finite", finite),
      ("checksum", "\(checksum)"),
    ]
  }

  private var notAsked: String {
    shape.rows == shape.columns ? "not asked of what is not finite" : "no, it is not square"
  }

  private var finite: String {
    guard let first = firstNonfinite else { return "all" }
    return "all but \(nonfiniteCount), the first of them in row \(first.row), column \(first.column)"
  }

  private func text(of extreme: Extreme?) -> String {
    guard let extreme else { return "none" }
    // With the digits of its type, as in the corner.
    let value = elementType == .float32 ? "\(Float(extreme.value))" : "\(extreme.value)"
    return "\(value) in row \(extreme.row), column \(extreme.column)"
  }

  /// For a JSON object.
  var members: [(String, JSON)] {
    [
      ("min", json(of: minimum)), ("max", json(of: maximum)), ("mean", .optional(mean)),
      ("deviation", .optional(deviation)), ("norm", .number(norm)),
      ("symmetric", isSymmetric.map(JSON.bool) ?? .null), ("finite", .bool(nonfiniteCount == 0)),
      ("nonfinite", .integer(nonfiniteCount)), ("checksum", .text("\(checksum)")),
    ]
  }

  private func json(of extreme: Extreme?) -> JSON {
    guard let extreme else { return .null }
    return .object([
      ("value", .number(extreme.value)), ("row", .integer(extreme.row)), ("column", .integer(extreme.column)),
    ])
  }
}
