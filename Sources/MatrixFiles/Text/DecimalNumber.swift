// SPDX-License-Identifier: Apache-2.0
// One number as text, to the nearest element and back. Used by the CSV and TSV reader and writer.
// No call here looks at the locale: a decimal comma of the user's must not reach a file (F47).

import MatrixCore

/// What a field of text says.
package enum DecimalNumber<Element: MatrixElement> {
  case value(Element)
  /// Not a number by the grammar below; the text, for the error.
  case notANumber(String)
  /// A number past the largest element: "1e999". Text that means infinity says so.
  case tooLarge

  /// Reads a field, without spaces around it:
  ///
  ///     number   = [sign] (digits ["." [digits]] | "." digits) [("e" | "E") [sign] digits]
  ///              | [sign] ("inf" | "infinity" | "nan")                            in any case of letters
  ///
  /// Rounds to the nearest element, once; a value below the smallest subnormal becomes a zero of its sign. Hexadecimal
  /// numbers, thousands separators, decimal commas, and `1_000` are no numbers.
  package init(_ field: Span<UInt8>) {
    if Self.isDecimal(field) {
      // 137 ns a number (facts.md): exact for any number of digits. A faster exact parser is issue 6.
      let text = Self.text(field)
      guard let value = Element(text) else {
        self = .notANumber(text)
        return
      }
      self = value.isInfinite ? .tooLarge : .value(value)
      return
    }
    let text = Self.text(field)
    switch text.lowercased() {
    case "inf", "+inf", "infinity", "+infinity": self = .value(.infinity)
    case "-inf", "-infinity": self = .value(-.infinity)
    case "nan", "+nan", "-nan": self = .value(.nan)
    default: self = .notANumber(text)
    }
  }

  private static func isDecimal(_ field: Span<UInt8>) -> Bool {
    var position = 0
    func digits() -> Int {
      let start = position
      while position < field.count, field[position] &- UInt8(ascii: "0") < 10 { position += 1 }
      return position - start
    }
    func skip(_ a: Unicode.Scalar, _ b: Unicode.Scalar) -> Bool {
      guard position < field.count, field[position] == UInt8(ascii: a) || field[position] == UInt8(ascii: b) else {
        return false
      }
      position += 1
      return true
    }
    _ = skip("+", "-")
    var mantissa = digits()
    if skip(".", ".") { mantissa += digits() }
    guard mantissa > 0 else { return false }
    if skip("e", "E") {
      _ = skip("+", "-")
      guard digits() > 0 else { return false }
    }
    return position == field.count
  }

  private static func text(_ field: Span<UInt8>) -> String {
    unsafe field.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
