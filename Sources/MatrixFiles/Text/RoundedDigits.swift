// SPDX-License-Identifier: Apache-2.0
// A chosen number of significant digits, correctly rounded: for files whose readers want no more than that.

extension BinaryNumber {
  /// 17 digits, of which those behind the first `count` (1...17) are zeros: this number rounded once, a tie to even.
  @inline(never) func rounded(to count: Int, _ powers: PowerTable) -> DecimalDigits {
    // floor(log10) of the power of two below: the number has as many digits before its point, or one more.
    let least = PowersOfTen.decimalExponent(63 - significand.leadingZeroBitCount + exponent)
    var places = count - 1 - least
    var digits = tenfold(places, powers)
    if digits >= Self.tens[count] {  // also what was rounded up to it: 999.6 to 1000, and then 99.96 to 100
      places -= 1
      digits = tenfold(places, powers)
    }
    return DecimalDigits(digits: digits * Self.tens[17 - count], exponent: count - 17 - places)
  }

  private static let tens: [UInt64] = (0...17).map { exponent in (0..<exponent).reduce(1) { power, _ in power * 10 } }

  /// This number times 10^places, rounded to a whole number; it is above 0.9 and below 2^58.
  ///
  /// The product of the significand, its highest bit moved to the top, and the 128 bits of 10^places is too large by
  /// less than one unit of its second word: what is a half or within a few units of it is compared exactly.
  private func tenfold(_ places: Int, _ powers: PowerTable) -> UInt64 {
    let power = powers[places]
    let zeros = significand.leadingZeroBitCount
    let upper = power.high.multipliedFullWidth(by: significand << zeros)
    let lower = power.low.multipliedFullWidth(by: significand << zeros)
    let (middle, overflow) = upper.low.addingReportingOverflow(lower.high)
    let high = upper.high + (overflow ? 1 : 0)
    // The product is this number times 10^places times 2^(128 + shift); shift is from 6 to 64.
    let shift = zeros - exponent - PowersOfTen.binaryExponent(places) - 1
    let whole = high >> shift
    let fraction = high << (64 - shift) | middle >> shift
    let half: UInt64 = 1 << 63
    let roundsUp = fraction &- half &+ 4 <= 8 ? exactlyRoundsUp(whole, places) : fraction > half
    return whole + (roundsUp ? 1 : 0)
  }

  /// Twice this number times 10^places against 2·whole + 1, both multiplied until neither has a fraction.
  private func exactlyRoundsUp(_ whole: UInt64, _ places: Int) -> Bool {
    var (number, other) = (BigNatural(significand), BigNatural(2 * whole + 1))
    if places > 0 { number.multiply(byPowerOfFive: places) } else { other.multiply(byPowerOfFive: -places) }
    let twos = exponent + places + 1
    if twos > 0 { number.multiply(byPowerOfTwo: twos) } else { other.multiply(byPowerOfTwo: -twos) }
    return number > other || number == other && whole % 2 == 1
  }
}
