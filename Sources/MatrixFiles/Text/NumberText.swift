// SPDX-License-Identifier: Apache-2.0
// A number's digits as bytes of a file. The form is that of Swift's `description`, and so of Python's `repr` but for
// where exponents begin, with one exception: a NaN is `nan`, whatever its sign and payload, for which no text format
// has a place.

import MatrixCore

/// Writes numbers with `digits` significant digits, rounded once, a tie to even, or with as few as read back to the
/// same bits (nil):
///
///     0.1  1.0  -0.0  1234567.25  0.0001  1e-05  9007199254740992.0  1e+16  5e-324  inf  -inf  nan
///
/// Without exponent from 10⁻⁴ to 2⁵³ (float32: 2²⁴), where whole numbers end: beyond, zeros at the end would look
/// like digits that are known. A whole number keeps its `.0`: pandas and polars take a column without points for
/// integers, and lose a minus zero or stumble over the first fraction. Zeros at the end of a fraction are left out,
/// of chosen digits too.
struct NumberText {
  let digits: Int?
  let powers: PowerTable

  /// Bytes that a number needs at most, with what is written beyond its end (17 digits, sign, point, exponent: 24), and
  /// room for a delimiter.
  static let capacity = 32

  /// - Returns: the bytes of the number: those behind it, within `capacity`, hold anything.
  @inline(__always) @unsafe
  func write<Element: MatrixElement>(_ value: Element, to start: UnsafeMutablePointer<UInt8>) -> Int {
    let bits = UInt64(truncatingIfNeeded: value.bitPattern)
    let sign = Int(truncatingIfNeeded: bits &>> UInt64(Element.bitCount &- 1))
    let magnitude = bits & (1 &<< UInt64(Element.bitCount &- 1) &- 1)
    // Nothing follows an order of the signs: a branch would be foretold wrongly every other time.
    unsafe start[0] = UInt8(ascii: "-")
    guard magnitude &- 1 < Element.infinityBits &- 1 else {
      return unsafe special(isZero: magnitude == 0, isNaN: magnitude > Element.infinityBits, sign, to: start)
    }
    let decimal: DecimalDigits
    if digits == nil, let number = BinaryNumber(regular: Element.self, magnitude: magnitude) {
      decimal = number.shortest(powers).widened(isNarrow: Element.isNarrow)
    } else {
      decimal = other(BinaryNumber(Element.self, magnitude: magnitude))
    }
    let bytes = DigitBytes(decimal)
    let place = unsafe start + sign
    if bytes.point &+ 3 >= 0, bytes.point <= 0 { return unsafe sign &+ bytes.writeFraction(to: place) }
    // What has 16 digits before the point ends within 2⁵³ to 10¹⁶.
    let isPlain = bytes.point > 0 && magnitude <= Element.lastPlainBits
    return unsafe sign &+ (isPlain ? bytes.writeMixed(to: place) : bytes.writeWithExponent(to: place))
  }

  /// Digits of a power of two, of a subnormal, and chosen ones.
  @inline(never) private func other(_ number: BinaryNumber) -> DecimalDigits {
    if let digits { return number.rounded(to: digits, powers) }
    return number.exact(powers).widened(isNarrow: false)
  }

  @inline(never) @unsafe
  private func special(isZero: Bool, isNaN: Bool, _ sign: Int, to start: UnsafeMutablePointer<UInt8>) -> Int {
    let text: StaticString = isNaN ? "nan" : isZero ? "0.0" : "inf"
    let place = isNaN ? 0 : sign
    for k in 0..<3 { unsafe start[place + k] = text.utf8Start[k] }
    return place + 3
  }
}

/// One number as text, for what is not a loop: see `NumberText`.
package func numberText<Element: MatrixElement>(_ value: Element, digits: Int? = nil) -> String {
  PowersOfTen.shared.withTable { powers in
    unsafe String(unsafeUninitializedCapacity: NumberText.capacity) { bytes in
      unsafe NumberText(digits: digits, powers: powers).write(value, to: bytes.baseAddress!)
    }
  }
}

extension MatrixElement {
  @inline(__always) static var bitCount: Int { MemoryLayout<BitPattern>.size &* 8 }
  @inline(__always) fileprivate static var isNarrow: Bool { significandBitCount < 32 }
  @inline(__always) static var infinityBits: UInt64 {
    UInt64(truncatingIfNeeded: Self.infinity.bitPattern)
  }
  @inline(__always) fileprivate static var fractionMask: UInt64 { 1 &<< UInt64(significandBitCount) &- 1 }
  /// What the exponent's field has more than the exponent of a whole significand.
  @inline(__always) static var exponentBias: Int {
    1 &<< (exponentBitCount &- 1) &- 1 &+ significandBitCount
  }
  /// 2⁵³ or 2²⁴: the last number before whole numbers are left out.
  @inline(__always) fileprivate static var lastPlainBits: UInt64 {
    UInt64(truncatingIfNeeded: (isNarrow ? 0x1p24 as Self : 0x1p53).bitPattern)
  }
}

extension BinaryNumber {
  /// The bits of a finite element above zero.
  init<Element: MatrixElement>(_: Element.Type, magnitude: UInt64) {
    let fraction = magnitude & Element.fractionMask
    let field = Int(truncatingIfNeeded: magnitude &>> UInt64(Element.significandBitCount))
    significand = field == 0 ? fraction : fraction | (Element.fractionMask &+ 1)
    exponent = max(field, 1) &- Element.exponentBias
    isClosestBelow = fraction == 0 && field > 1
  }

  /// The same, of an element that is neither a subnormal nor a power of two.
  @inline(__always) init?<Element: MatrixElement>(regular: Element.Type, magnitude: UInt64) {
    let fraction = magnitude & Element.fractionMask
    guard fraction != 0, magnitude > Element.fractionMask else { return nil }
    significand = fraction | (Element.fractionMask &+ 1)
    exponent = Int(truncatingIfNeeded: magnitude &>> UInt64(Element.significandBitCount)) &- Element.exponentBias
    isClosestBelow = false
  }
}

extension DecimalDigits {
  static let tenToThe16: UInt64 = 10_000_000_000_000_000

  /// The same number with 17 digits.
  @inline(__always) func widened(isNarrow: Bool) -> DecimalDigits {
    var (digits, exponent) = (digits, exponent)
    if isNarrow, digits < 1_000_000_000 {
      digits &*= 100_000_000
      exponent &-= 8
    }
    // Those of regular numbers have 16 or 17 (float32: these 15 to 17), as it comes: chosen without a branch.
    for _ in 0..<(isNarrow ? 2 : 1) {
      let isShort = digits < Self.tenToThe16
      exponent &-= isShort ? 1 : 0
      digits = isShort ? digits &* 10 : digits
    }
    while digits < Self.tenToThe16 {
      digits &*= 10
      exponent &-= 1
    }
    return DecimalDigits(digits: digits, exponent: exponent)
  }
}
