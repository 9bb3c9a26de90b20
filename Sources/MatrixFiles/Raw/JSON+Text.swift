// SPDX-License-Identifier: Apache-2.0
// JSON as text again: one line, keys in alphabetical order, so that equal values have equal texts.

extension JSON {
  package var text: String {
    switch self {
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { quotedJSON($0.key) + ": " + $0.value.text }.joined(separator: ", ")
        + "}"
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .string(let value): quotedJSON(value)
    case .number(let digits): digits
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    }
  }
}

/// A string as JSON writes it (RFC 8259, section 7).
package func quotedJSON(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 32:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
