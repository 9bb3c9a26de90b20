// SPDX-License-Identifier: Apache-2.0
//
// JSON by hand: an ordered tree and its text, on one line. Foundation's encoder would cost more start time than a small matrix.

import Weft

/// A JSON value. Objects keep their order.
enum JSON {
  case null
  case bool(Bool)
  case integer(Int)
  /// Shortest digits that read back to the same bits; infinities and NaN, which JSON does not have, become null.
  case number(Double)
  /// A finite number in digits of its own.
  case decimal(String)
  case text(String)
  case array([JSON])
  case object([(String, JSON)])

  static func optional(_ text: String?) -> JSON { text.map(JSON.text) ?? .null }
  static func optional(_ number: Double?) -> JSON { number.map(JSON.number) ?? .null }

  var rendered: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .decimal(let digits): digits
    case .text(let value): quotedJSON(value)
    case .array(let values): "[" + values.map(\.rendered).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { quotedJSON($0.0) + ": " + $0.1.rendered }.joined(separator: ", ") + "}"
    }
  }
}
