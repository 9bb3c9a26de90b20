// SPDX-License-Identifier: Apache-2.0
// The shortest digits of a number, and of the shortest the closest: Raffaello Giulietti, "The Schubfach way to render
// doubles" (2020). Written out by NumberText.

/// A number as `digits · 10^exponent`; zeros may stand at the end of the digits.
struct DecimalDigits: Equatable {
  var digits: UInt64
  var exponent: Int
}

/// A finite number above zero as `significand · 2^exponent`.
struct BinaryNumber {
  var significand: UInt64
  var exponent: Int
  /// The next number below is nearer than the next above: a power of two that is no subnormal nor the smallest normal.
  var isClosestBelow: Bool
}

extension BinaryNumber {
  /// The digits of the one decimal number that reads back to this one with the fewest digits and is closest to it.
  ///
  /// With 10^k the largest power of ten not above the distance 2^q between numbers, V = c·2^q·10^-k is to be rounded
  /// to a whole number, or to a tenfold one where the interval of what reads back has one; wider than 1 and narrower
  /// than 10, it has at most one. The first look knows V in 4 + 64 bits, from one product with the 128 bits of 10^-k:
  /// its error is below 2^-63, that of half the interval's width below 2^-58. Where a comparison is nearer than that,
  /// `exact` decides: once in some 10^16 random numbers. Not for subnormals, which may have one digit, nor for powers
  /// of two.
  @inline(__always) func shortest(_ powers: PowerTable, isNarrow: Bool) -> SeventeenDigits {
    let k = PowersOfTen.decimalExponent(exponent)
    let power = powers[-k]
    let shift = UInt64(truncatingIfNeeded: exponent &+ PowersOfTen.binaryExponent(-k) &+ 1)  // 1...4
    let c = significand &<< shift
    let upper = power.high.multipliedFullWidth(by: c)
    let lower = power.low.multipliedFullWidth(by: c)
    let (fraction, overflow) = upper.low.addingReportingOverflow(lower.high)
    let whole = upper.high &+ (overflow ? 1 : 0)

    let tens = whole / 10
    let digit = whole &- tens &* 10
    // Distances in units of 2^-59 from here on, so that differences have a sign.
    let above = digit &<< 59 | fraction &>> 5
    let half = power.high &>> (6 &- shift)
    let down = Int64(truncatingIfNeeded: above &- half)
    let up = Int64(truncatingIfNeeded: Self.ten &- above &- half)
    let tie = fraction &- 1 &<< 63
    if UInt64(bitPattern: down) &+ 4 <= 8 || UInt64(bitPattern: up) &+ 4 <= 8 || tie &+ 4 <= 8 {
      return SeventeenDigits(exact(powers))
    }
    // Which of three it is follows no order: signs as masks instead of branches that are foretold wrongly. The last
    // digit never becomes 10: half the width is 1/2 or more, so that what rounds up to ten is the tenfold number.
    let upMask = UInt64(bitPattern: up &>> 63)
    let mask = upMask | UInt64(bitPattern: down &>> 63)
    let ones = (digit &+ fraction &>> 63) & ~mask
    return SeventeenDigits(regular: tens &- upMask, ones, exponent: k, isNarrow: isNarrow)
  }

  private static let ten: UInt64 = 10 << 59

  /// Schubfach itself: V and the ends of its interval, times 4, rounded to odd, which keeps every comparison what it is
  /// for the exact numbers (section 9 of the paper). An end reads back to an even significand.
  @inline(never) func exact(_ powers: PowerTable) -> DecimalDigits {
    let k = (exponent * 1_262_611 - (isClosestBelow ? 524_031 : 0)) >> 22  // floor(log10(3/4 · 2^q)) where it is
    let power = powers[-k]
    let shift = UInt64(exponent + PowersOfTen.binaryExponent(-k) + 1)
    func quadruple(_ c: UInt64) -> UInt64 {
      let upper = power.high.multipliedFullWidth(by: c << shift)
      let lower = power.low.multipliedFullWidth(by: c << shift)
      let (fraction, overflow) = upper.low.addingReportingOverflow(lower.high)
      return (upper.high + (overflow ? 1 : 0)) | (fraction > 1 ? 1 : 0)
    }
    let outside: UInt64 = significand % 2
    let low = quadruple(4 * significand - (isClosestBelow ? 1 : 2)) + outside
    let middle = quadruple(4 * significand)
    let high = quadruple(4 * significand + 2) - outside

    let whole = middle / 4
    if whole >= 10 {
      let tenths = whole / 10
      let isLower = low <= 40 * tenths
      let isUpper = 40 * tenths + 40 <= high
      if isLower != isUpper { return DecimalDigits(digits: tenths + (isUpper ? 1 : 0), exponent: k + 1) }
    }
    let isLower = low <= 4 * whole
    let isUpper = 4 * whole + 4 <= high
    if isLower != isUpper { return DecimalDigits(digits: whole + (isUpper ? 1 : 0), exponent: k) }
    let tie = 4 * whole + 2
    let roundsUp = middle > tie || middle == tie && whole % 2 == 1
    return DecimalDigits(digits: whole + (roundsUp ? 1 : 0), exponent: k)
  }
}
