// SPDX-License-Identifier: Apache-2.0
// Decimal digits to the nearest element, after Daniel Lemire, "Number Parsing at a Gigabyte per Second" (2021), with
// the same powers of ten as the digits that are written, and a bound of its own for their error.

import MatrixCore

extension DecimalDigits {
  /// The bits of the element nearest to `digits · 10^exponent`, rounded once, a tie to even; those of infinity, where
  /// it is past the largest; nil, where 192 bits do not decide.
  ///
  /// The digits, their highest bit moved to the top, times the 128 bits g of 10^exponent make a number P of 192 bits.
  /// g is too large by less than 1, so P by less than 2^64: the true product lies above P - 2^64 and not above P.
  /// With all bits below the one that rounds known and not all of them zero, it lies strictly between two neighbours
  /// of that bit, and the bit decides.
  @inline(__always) func nearest<Element: MatrixElement>(_: Element.Type, _ powers: PowerTable) -> UInt64? {
    guard digits != 0, exponent >= PowersOfTen.exponents.lowerBound else { return 0 }
    guard exponent <= 308 else { return Element.infinityBits }
    let zeros = digits.leadingZeroBitCount
    let power = powers[exponent]
    let upper = power.high.multipliedFullWidth(by: digits &<< UInt64(truncatingIfNeeded: zeros))
    let lower = power.low.multipliedFullWidth(by: digits &<< UInt64(truncatingIfNeeded: zeros))
    let (middle, overflow) = upper.low.addingReportingOverflow(lower.high)
    let high = upper.high &+ (overflow ? 1 : 0)

    // The product's first bit is the highest or the one below; behind it as many as the significand has, and the one
    // that rounds.
    let top = Int(truncatingIfNeeded: high &>> 63)
    var shift = 61 &- Element.significandBitCount &+ top
    var field =
      63 &+ top &- zeros &+ PowersOfTen.binaryExponent(exponent) &+ Element.exponentBias &- Element.significandBitCount
    if field <= 0 {  // a subnormal has fewer bits
      shift &+= 1 &- field
      field = 1
      guard shift < 64 else { return 0 }
    }
    let width = UInt64(truncatingIfNeeded: shift)
    let bits = high &>> width
    var rounding = bits & 1
    if high & (1 &<< width &- 1) | middle == 0 {
      guard let exact = exactRounding(Element.self, isOdd: bits & 2 != 0, rounding, rest: lower.low) else {
        return quotient(Element.self)
      }
      rounding = exact
    }
    // The significand's first bit, which is not stored, makes the field what it is; so does a carry.
    let result =
      UInt64(truncatingIfNeeded: field &- 1) &<< UInt64(Element.significandBitCount) &+ (bits &>> 1 &+ rounding)
    return min(result, Element.infinityBits)
  }

  /// What is to be added where all bits behind the one that rounds are zeros, as far as 128 bits go: known where the
  /// power is exact, and with it the last 64.
  @inline(never)
  private func exactRounding<Element: MatrixElement>(
    _: Element.Type, isOdd: Bool, _ bit: UInt64, rest: UInt64
  ) -> UInt64? {
    guard PowersOfTen.exactExponents.contains(exponent) else { return nil }
    return bit == 1 && (rest != 0 || isOdd) ? 1 : 0
  }

  /// Short digits divided by a small power of ten, which are elements both: one operation rounds once (William Clinger,
  /// "How to read floating point numbers accurately", 1990). Here it serves where the quotient is exact or half way.
  @inline(never) private func quotient<Element: MatrixElement>(_: Element.Type) -> UInt64? {
    let isDouble = Element.significandBitCount > 32
    guard digits <= 2 &<< UInt64(Element.significandBitCount), exponent < 0, exponent >= (isDouble ? -19 : -10) else {
      return nil
    }
    let divisor = (exponent..<0).reduce(1 as UInt64) { power, _ in power * 10 }
    return UInt64(truncatingIfNeeded: (Element(digits) / Element(divisor)).bitPattern)
  }
}
