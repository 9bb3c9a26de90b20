// SPDX-License-Identifier: Apache-2.0
// One field of text as a number, to the nearest element: the grammar, for fields of every kind. What most fields are
// is read by PlainNumber, faster. No call here looks at the locale: a decimal comma of the user's must not reach a
// file (F47).

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
    if let decimal = DecimalField(field) {
      let value: Element
      if let magnitude = decimal.nearest(Element.self) {
        let bits = Element(bitPattern: Element.BitPattern(truncatingIfNeeded: magnitude))
        value = decimal.isNegative ? -bits : bits
      } else {
        // Swift's own parser is exact for any number of digits, takes any number of them that the grammar does, and
        // looks at no locale. 137 ns: digits past the 19th that decide, and ties of more than 53 bits.
        value = Element(Self.text(field)) ?? .nan
      }
      self = value.isInfinite ? .tooLarge : .value(value)
      return
    }
    let hasSign = field.count > 0 && (field[0] == UInt8(ascii: "+") || field[0] == UInt8(ascii: "-"))
    let word = field.extracting((hasSign ? 1 : 0)..<field.count)
    func says(_ text: StaticString) -> Bool {
      guard word.count == text.utf8CodeUnitCount else { return false }
      for k in word.indices where unsafe word[k] | 0x20 != text.utf8Start[k] { return false }
      return true
    }
    if says("nan") {
      self = .value(.nan)
    } else if says("inf") || says("infinity") {
      self = .value(field[0] == UInt8(ascii: "-") ? -.infinity : .infinity)
    } else {
      self = .notANumber(Self.text(field))
    }
  }

  private static func text(_ field: Span<UInt8>) -> String {
    unsafe field.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

/// A field that is a number with digits.
private struct DecimalField {
  private(set) var isNegative = false
  /// The first 19 digits that count, and what power of ten they are multiplied by.
  private var decimal = DecimalDigits(digits: 0, exponent: 0)
  /// A digit behind them is not 0.
  private var isCut = false

  /// Nil where the grammar has no such number.
  init?(_ field: Span<UInt8>) {
    var position = 0
    func skips(_ a: Unicode.Scalar, _ b: Unicode.Scalar) -> Bool {
      guard position < field.count, field[position] == UInt8(ascii: a) || field[position] == UInt8(ascii: b) else {
        return false
      }
      position += 1
      return true
    }
    func nextDigit() -> UInt64? {
      guard position < field.count, field[position] &- UInt8(ascii: "0") < 10 else { return nil }
      position += 1
      return UInt64(field[position - 1] &- UInt8(ascii: "0"))
    }
    isNegative = position < field.count && field[position] == UInt8(ascii: "-")
    _ = skips("+", "-")
    let first = position
    while let digit = nextDigit() { append(digit, isFraction: false) }
    var count = position - first
    if skips(".", ".") {
      while let digit = nextDigit() {
        append(digit, isFraction: true)
        count += 1
      }
    }
    guard count > 0 else { return nil }
    if skips("e", "E") {
      let isNegative = position < field.count && field[position] == UInt8(ascii: "-")
      _ = skips("+", "-")
      var exponent = 0
      guard let first = nextDigit() else { return nil }
      exponent = Int(first)
      while let digit = nextDigit() { exponent = min(exponent * 10 + Int(digit), 1_000_000) }
      decimal.exponent += isNegative ? -exponent : exponent
    }
    guard position == field.count else { return nil }
  }

  private mutating func append(_ digit: UInt64, isFraction: Bool) {
    if decimal.digits < 1_000_000_000_000_000_000 {
      decimal.digits = decimal.digits * 10 + digit
      decimal.exponent -= isFraction ? 1 : 0
    } else {
      isCut = isCut || digit != 0
      decimal.exponent += isFraction ? 0 : 1
    }
  }

  /// The bits of the nearest element above zero; nil, where that takes more than a look at 19 digits. Where digits were
  /// cut, the number is between what 19 digits say and one more in the last: it is known if both are the same.
  func nearest<Element: MatrixElement>(_: Element.Type) -> UInt64? {
    PowersOfTen.shared.withTable { powers in
      let low = decimal.nearest(Element.self, powers)
      guard isCut else { return low }
      let next = DecimalDigits(digits: decimal.digits + 1, exponent: decimal.exponent)
      return low == next.nearest(Element.self, powers) ? low : nil
    }
  }
}
