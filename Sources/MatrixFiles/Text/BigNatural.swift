// SPDX-License-Identifier: Apache-2.0
// Natural numbers of any length: from them come the powers of ten, and the rounding that 128 bits cannot decide. Small
// and exact; nothing here is on a path that has to be fast.

struct BigNatural: Comparable {
  /// The lowest first; no zero at the end, so that lengths compare.
  private var words: [UInt64]

  init(_ value: UInt64) { words = value == 0 ? [] : [value] }

  init(powerOfTwo exponent: Int) {
    words = [UInt64](repeating: 0, count: exponent / 64) + [1 << UInt64(exponent % 64)]
  }

  mutating func multiply(by factor: UInt64) {
    var carry: UInt64 = 0
    for k in words.indices {
      let (high, low) = words[k].multipliedFullWidth(by: factor)
      let (sum, overflow) = low.addingReportingOverflow(carry)
      words[k] = sum
      carry = high &+ (overflow ? 1 : 0)  // the high word of a product is never the largest
    }
    if carry > 0 { words.append(carry) }
  }

  /// The quotient, without its remainder.
  mutating func divide(by divisor: UInt64) {
    var remainder: UInt64 = 0
    for k in words.indices.reversed() {
      (words[k], remainder) = divisor.dividingFullWidth((remainder, words[k]))
    }
    while words.last == 0 { words.removeLast() }
  }

  mutating func multiply(byPowerOfFive exponent: Int) {
    for _ in 0..<exponent / 27 { multiply(by: Self.fives) }
    for _ in 0..<exponent % 27 { multiply(by: 5) }
  }

  mutating func multiply(byPowerOfTwo exponent: Int) {
    multiply(by: 1 << UInt64(exponent % 64))
    if !words.isEmpty { words.insert(contentsOf: repeatElement(0, count: exponent / 64), at: 0) }
  }

  /// 5²⁷, the largest power of five in a word.
  static let fives: UInt64 = 7_450_580_596_923_828_125

  /// The highest 128 bits, from the highest that is set on, and whether all below are zeros. Of a number above zero.
  var top: (high: UInt64, low: UInt64, isExact: Bool) {
    func word(_ back: Int) -> UInt64 { back <= words.count ? words[words.count - back] : 0 }
    let shift = UInt64(word(1).leadingZeroBitCount)
    func shifted(_ back: Int) -> UInt64 { word(back) << shift | (shift == 0 ? 0 : word(back + 1) >> (64 - shift)) }
    let rest = words.dropLast(3).contains { $0 != 0 }
    return (shifted(1), shifted(2), word(3) << shift == 0 && !rest)
  }

  static func < (a: BigNatural, b: BigNatural) -> Bool {
    guard a.words.count == b.words.count else { return a.words.count < b.words.count }
    for k in a.words.indices.reversed() where a.words[k] != b.words[k] { return a.words[k] < b.words[k] }
    return false
  }
}
