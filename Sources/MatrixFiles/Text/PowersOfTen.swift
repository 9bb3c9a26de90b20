// SPDX-License-Identifier: Apache-2.0
// Powers of ten in 128 bits: the one table behind digits that are written (ShortestDigits, RoundedDigits) and digits
// that are read (DecimalConversion). Computed when it is first asked for, in some 50 µs: a table of 685 pairs in the
// source could be wrong in one digit, and nobody would see it.

/// For each k from -342 to 342 the number g of 128 bits, its highest bit set, with
///
///     g - 1 < 10^k · 2^-r ≤ g          r = floor(log2(10^k)) - 127
///
/// From 0 to 55, g is 10^k · 2^-r itself, since 5⁵⁵ < 2¹²⁸.
///
/// Below -342, 19 digits are less than half of the smallest subnormal; 10³⁴⁰ times it is a number of 17 digits.
package struct PowersOfTen: Sendable {
  package static let exponents = -342...342
  package static let exactExponents = 0...55
  package static let shared = PowersOfTen()

  /// High word, low word, for one exponent after the other; then the whole numbers 1, 10 … 10¹⁹.
  private let words: [UInt64]

  private init() {
    var words: [UInt64] = []
    words.reserveCapacity(2 * Self.exponents.count)
    func append(_ power: BigNatural) {
      let (high, low, isExact) = power.top
      let (up, overflow) = low.addingReportingOverflow(isExact ? 0 : 1)
      words.append(high &+ (overflow ? 1 : 0))
      words.append(up)
    }
    // 10^-m has the bits of 2^B / 5^m. The quotient for the largest m is a floor, too small by less than 1; each step
    // to the next m makes the error five times as large, and the number too, so that at m it is below 5^(M-m) in a
    // number of B bits without those of 5^m. With B = 1792 its highest 128 bits are then wrong by less than 2^-874,
    // while 2^b / 5^m lies 5^-m > 2^-795 or more from every whole number: its floor is that of the exact quotient.
    let last = -Self.exponents.lowerBound
    var power = BigNatural(powerOfTwo: 1792)
    for _ in 0..<last / 27 { power.divide(by: BigNatural.fives) }
    for _ in 0..<last % 27 { power.divide(by: 5) }
    for _ in 0..<last {
      append(power)
      power.multiply(by: 5)
    }
    power = BigNatural(1)
    for _ in 0...Self.exponents.upperBound {
      append(power)
      power.multiply(by: 5)
    }
    for exponent in 0...19 { words.append((0..<exponent).reduce(1) { power, _ in power * 10 }) }
    self.words = words
  }

  /// Lends the table to a loop over numbers.
  func withTable<R, E: Error>(_ body: (PowerTable) throws(E) -> R) throws(E) -> R {
    try unsafe words.withUnsafeBufferPointer { buffer throws(E) in
      try body(unsafe PowerTable(buffer.baseAddress! - 2 * Self.exponents.lowerBound))
    }
  }

  /// The number g for `exponent`, which is one of `exponents`.
  package subscript(exponent: Int) -> (high: UInt64, low: UInt64) {
    let place = 2 * (exponent - Self.exponents.lowerBound)
    return (words[place], words[place + 1])
  }

  /// floor(log2(10^k)), for |k| ≤ 1233.
  @inline(__always) static func binaryExponent(_ k: Int) -> Int { (k &* 1_741_647) >> 19 }
  /// floor(log10(2^q)), for |q| ≤ 1500.
  @inline(__always) static func decimalExponent(_ q: Int) -> Int { (q &* 1_262_611) >> 22 }
}

/// The table without checks, while it is lent.
@safe struct PowerTable {
  /// Of the exponent 0.
  private let zero: UnsafePointer<UInt64>
  fileprivate init(_ zero: UnsafePointer<UInt64>) { unsafe self.zero = zero }

  /// What the vector kernels look up in: the words of the exponent 0, those of k 2k words from there.
  @unsafe var words: UnsafePointer<UInt64> { unsafe zero }

  /// `exponent` is one of `PowersOfTen.exponents`: whoever asks has derived that.
  @inline(__always) subscript(exponent: Int) -> (high: UInt64, low: UInt64) {
    assert(PowersOfTen.exponents.contains(exponent))
    return unsafe (zero[2 &* exponent], zero[2 &* exponent &+ 1])
  }

  /// The number 10^exponent; `exponent` is one of 0...19.
  @inline(__always) func ten(_ exponent: Int) -> UInt64 {
    assert(0...19 ~= exponent)
    return unsafe zero[2 &* (PowersOfTen.exponents.upperBound &+ 1) &+ exponent]
  }
}
