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
  /// For the shortest digits of many numbers; nil: one by one.
  var kernels = TextKernels.best

  /// Bytes that a number needs at most, with what is written beyond its end (17 digits, sign, point, exponent: 24), and
  /// room for a delimiter.
  static let capacity = 32

  /// - Returns: the bytes of the number: those behind it, within `capacity`, hold anything.
  @unsafe func write<Element: MatrixElement>(_ value: Element, to start: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe write(DigitBytes(decimal(value)), of: value, to: start)
  }

  /// The digits that `value` is written with.
  @inline(__always) func decimal<Element: MatrixElement>(_ value: Element) -> SeventeenDigits {
    if digits == nil, let number = BinaryNumber(regular: value) {
      return number.shortest(powers, isNarrow: Element.isNarrow)
    }
    return other(value)
  }

  /// Writes `value`, whose digits `bytes` are.
  @inline(__always) @unsafe
  func write<Element: MatrixElement>(
    _ bytes: DigitBytes, of value: Element, to start: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let magnitude = value.magnitudeBits
    let sign = Int(truncatingIfNeeded: UInt64(truncatingIfNeeded: value.bitPattern) &>> UInt64(Element.bitCount &- 1))
    // Nothing follows an order of the signs: a branch would be foretold wrongly every other time.
    unsafe start[0] = UInt8(ascii: "-")
    let place = unsafe start + sign
    if bytes.point &+ 3 >= 0, bytes.point <= 0 { return unsafe sign &+ bytes.writeFraction(to: place) }
    guard magnitude &- 1 < Element.infinityBits &- 1 else {
      return unsafe special(isZero: magnitude == 0, isNaN: magnitude > Element.infinityBits, sign, to: start)
    }
    // What has 16 digits before the point ends within 2⁵³ to 10¹⁶.
    let isPlain = bytes.point > 0 && magnitude <= Element.lastPlainBits
    return unsafe sign &+ (isPlain ? bytes.writeMixed(to: place) : bytes.writeWithExponent(to: place))
  }

  /// Digits of a power of two, of a subnormal, and chosen ones.
  @inline(never) private func other<Element: MatrixElement>(_ value: Element) -> SeventeenDigits {
    let magnitude = value.magnitudeBits
    guard magnitude &- 1 < Element.infinityBits &- 1 else { return .none }
    let number = BinaryNumber(Element.self, magnitude: magnitude)
    return SeventeenDigits(digits.map { number.rounded(to: $0, powers) } ?? number.exact(powers))
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
  @inline(__always) static var isNarrow: Bool { significandBitCount < 32 }
  @inline(__always) static var infinityBits: UInt64 {
    UInt64(truncatingIfNeeded: Self.infinity.bitPattern)
  }
  @inline(__always) fileprivate static var fractionMask: UInt64 { 1 &<< UInt64(significandBitCount) &- 1 }
  /// What the exponent's field has more than the exponent of a whole significand.
  @inline(__always) static var exponentBias: Int {
    1 &<< (exponentBitCount &- 1) &- 1 &+ significandBitCount
  }
  @inline(__always) fileprivate var magnitudeBits: UInt64 {
    UInt64(truncatingIfNeeded: bitPattern) & (1 &<< UInt64(Self.bitCount &- 1) &- 1)
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

  /// The same, of an element that is neither a zero, a subnormal nor a power of two, and finite.
  @inline(__always) fileprivate init?<Element: MatrixElement>(regular value: Element) {
    let magnitude = value.magnitudeBits
    let fraction = magnitude & Element.fractionMask
    let least = Element.fractionMask &+ 1
    guard fraction != 0, magnitude &- least < Element.infinityBits &- least else { return nil }
    significand = fraction | least
    exponent = Int(truncatingIfNeeded: magnitude &>> UInt64(Element.significandBitCount)) &- Element.exponentBias
    isClosestBelow = false
  }
}
