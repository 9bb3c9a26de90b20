// SPDX-License-Identifier: Apache-2.0
// Digits as NumberText lays them out: always 17, of which those at the end may be zeros. Sixteen are two words of
// characters; the last is known as soon as the digits are, without a division.

/// The number `(10 · sixteen + last) · 10^exponent`.
struct SeventeenDigits {
  /// From 10¹⁵ on, below 10¹⁶.
  let sixteen: UInt64
  /// Below 10.
  let last: UInt64
  let exponent: Int

  private static let tenToThe15: UInt64 = 1_000_000_000_000_000

  /// `(10 · tens + ones) · 10^exponent`, of 16 or 17 digits; `isNarrow`: 7 to 9.
  ///
  /// How many follows no order: a mask instead of a branch. (Of normally distributed numbers 9.3 ns instead of 11.4; of numbers
  /// that a branch predictor can learn, 9.3 instead of 8.8.)
  @inline(__always) init(regular tens: UInt64, _ ones: UInt64, exponent: Int, isNarrow: Bool) {
    if isNarrow {
      var (digits, exponent) = ((tens &* 10 &+ ones) &* 10_000_000, exponent &- 8)
      for _ in 0..<2 {
        let shortMask = Self.shortMask(digits)
        digits = digits &+ (digits &* 9 & shortMask)
        exponent &+= Int(truncatingIfNeeded: shortMask)
      }
      (sixteen, last, self.exponent) = (digits, 0, exponent)
    } else {
      let shortMask = Self.shortMask(tens)
      sixteen = tens &+ ((tens &* 9 &+ ones) & shortMask)
      last = ones & ~shortMask
      self.exponent = exponent &+ Int(truncatingIfNeeded: shortMask)
    }
  }

  /// Any digits, 17 at most and not 0.
  @inline(never) init(_ decimal: DecimalDigits) {
    var (digits, exponent) = (decimal.digits, decimal.exponent)
    while digits < 10 * Self.tenToThe15 {
      digits *= 10
      exponent -= 1
    }
    (sixteen, last, self.exponent) = (digits / 10, digits % 10, exponent)
  }

  /// Stands for what has no digits: zeros, infinities, NaN.
  static let none = SeventeenDigits(DecimalDigits(digits: 1, exponent: 0))

  /// All bits, which is -1, where there are fewer than 16 digits.
  @inline(__always) private static func shortMask(_ digits: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(bitPattern: digits &- tenToThe15) &>> 63)
  }
}
