// SPDX-License-Identifier: Apache-2.0
// Digits against others' digits: the shortest against Swift's `description`, chosen ones against glibc's `printf`, the
// table of powers of ten against its definition. WEFT_LONG=1: 10⁸ random numbers and every 97th float32.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(60)))
struct NumberTextTests {
  static let isLong = unsafe getenv("WEFT_LONG") != nil
  #if DEBUG
    static let randomCount = isLong ? 1_000_000 : 50_000
  #else
    static let randomCount = isLong ? 100_000_000 : 1_000_000
  #endif

  /// The same text as `description`, which reads back to the same bits, by every kernel and without one; the first
  /// false is told.
  private func areShortest<Element: MatrixElement>(_ values: [Element]) -> Bool {
    let expected = values.map { $0.isNaN ? "nan" : $0.description }
    for (value, text) in zip(values, expected) where !value.isNaN && Element(text)?.bitPattern != value.bitPattern {
      Issue.record("bits \(value.bitPattern): the description \(text) does not read back")
      return false
    }
    for kernels in everyKernel {
      let lines = numberLines(values, kernels: kernels).split(separator: "\n")
      guard lines.count == values.count else {
        Issue.record("\(values.count) numbers became \(lines.count) lines, kernel \(kernels?.name ?? "none")")
        return false
      }
      for (value, (text, line)) in zip(values, zip(expected, lines)) where text != line {
        Issue.record("\(value), bits \(value.bitPattern), became \(line), kernel \(kernels?.name ?? "none")")
        return false
      }
    }
    return true
  }

  private func isShortest<Element: MatrixElement>(_ value: Element) -> Bool { areShortest([value]) }

  @Test func everyExponent() {
    let fractions: [UInt64] = [
      0, 1, 2, 3, 0xf_ffff_ffff_ffff, 0xf_ffff_ffff_fffe, 0x8_0000_0000_0000, 0x5_5555_5555_5555,
    ]
    for exponent in 0..<2048 as Range<UInt64> {
      let values = fractions.map { Double(bitPattern: exponent << 52 | $0) }
      guard areShortest(values + values.map { -$0 }) else { return }
    }
    for exponent in 0..<256 as Range<UInt32> {
      let fractions = [0, 1, 2, 3, 0x7f_ffff, 0x7f_fffe, 0x40_0000, 0x2a_aaaa] as [UInt32]
      let values = fractions.map { Float(bitPattern: exponent << 23 | $0) }
      guard areShortest(values + values.map { -$0 }) else { return }
    }
  }

  /// Powers of ten and their neighbours, subnormals, whole numbers where whole numbers end.
  @Test func edges() throws {
    for exponent in -324...308 {
      let power = try #require(Double("1e\(exponent)"))
      #expect(areShortest([power, power.nextUp, power.nextDown]))
    }
    for exponent in -45...38 {
      let power = try #require(Float("1e\(exponent)"))
      #expect(areShortest([power, power.nextUp, power.nextDown]))
    }
    #expect(areShortest((1...2000 as ClosedRange<UInt64>).map { Double(bitPattern: $0) }))
    #expect(areShortest((1...2000 as ClosedRange<UInt32>).map { Float(bitPattern: $0) }))
    for start in [0, (1 << 53) - 1000, 10_000_000_000_000_000 - 1000] {
      #expect(areShortest((0...2000).map { Double(start + $0) }))
    }
    #expect(areShortest((0...2000).map { Float($0 + (1 << 24) - 1000) }))
  }

  /// Numbers that have caught other programs: ties, boundaries of the interval, two shortest forms.
  @Test func knownHardCases() throws {
    let doubles = """
      9.5367431640625e-07 2.2250738585072011e-308 2.2250738585072014e-308 1.7976931348623157e308 5e-324 1e-323
      9.007199254740993e15 1.8014398509481984e16 2.9802322387695312e-08 5.764607523034235e39 1.152921504606847e40
      2.305843009213694e40 9.109e-31 4.708356024711512e18 9.409340012568248e18 1.2345678 8.41e21 2e-323 9.8e-324
      5.0507837461e-27 6.02214076e23 1e23 8.5e22 4.35e17 3e-44 2.109808898695963e16 4.940656e-318 1.18575755e-316
      2.989102097996e-312 4.1e-321 0.3 0.30000000000000004 0.6666666666666666 1e21 1e22 123456789012345680
      9007199254740993
      """
    for text in doubles.split(whereSeparator: \.isWhitespace) {
      #expect(isShortest(try #require(Double(text))))
    }
    let floats = "1.1754944e-38 3.4028235e38 1e-45 8.41e21 2.0e25 9.8e-45 16777216 33554448 8388608.5 5.877472e-39"
    for text in floats.split(separator: " ") { #expect(isShortest(try #require(Float(text)))) }
    #expect(numberText(Double.leastNonzeroMagnitude) == "5e-324")
    #expect(numberText(0x1p53) == "9007199254740992.0" && numberText(0x1p53.nextUp) == "9.007199254740994e+15")
    #expect(numberText(-0.0) == "-0.0" && numberText(-Double.nan) == "nan" && numberText(-Float.infinity) == "-inf")
  }

  @Test func randomNumbers() {
    let seed: UInt64 = 41
    print("NumberTextTests.randomNumbers: seed \(seed), \(Self.randomCount) of each kind")
    var generator = Generator(seed: seed)
    for first in stride(from: 0, to: Self.randomCount, by: 1000) {
      let bits = (first..<min(first + 1000, Self.randomCount)).map { _ in generator.next() }
      guard areShortest(bits.map { Double(bitPattern: $0) }),
        areShortest(bits.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }),
        areShortest(bits.map { Double($0 >> 11) * 0x1p-53 }),
        areShortest(bits.map { Double(Int($0 % 2_000_000) - 1_000_000) / 1000 })
      else { return }
    }
  }

  /// Blocks of every length, with what is not regular at every place of a vector.
  @Test func blocksOfEveryLength() {
    var generator = Generator(seed: 43)
    for count in 0...200 {
      let values = (0..<count).map { _ -> Double in
        let bits = generator.next()
        let special: [Double] = [0, -0.0, 1, 1024, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 9.5e-7, 1e23]
        return bits % 3 == 0 ? special[Int(bits >> 32) % special.count] : Double(bitPattern: bits)
      }
      guard areShortest(values), areShortest(values.map { Float($0) }) else { return }
    }
  }

  @Test(.enabled(if: isLong, "WEFT_LONG is not set")) func everyNinetySeventhFloat() {
    for first in stride(from: 0, through: UInt32.max - 97_000, by: 97_000) {
      guard areShortest((0..<1000 as Range<UInt32>).map { Float(bitPattern: first + 97 * $0) }) else { return }
    }
  }

  /// g - 1 < 10^k · 2^-r ≤ g, in whole numbers: both sides times the power of five, or of two, that is missing.
  @Test func powersOfTen() {
    for exponent in PowersOfTen.exponents {
      let (high, low) = PowersOfTen.shared[exponent]
      guard high >> 63 == 1 else {
        Issue.record("10^\(exponent) does not fill 128 bits")
        return
      }
      let five = SlowNatural(5).power(abs(exponent))
      let given = SlowNatural(high).doubled(64) + SlowNatural(low)
      let less = SlowNatural(low == 0 ? high - 1 : high).doubled(64) + SlowNatural(low &- 1)
      let isExact = PowersOfTen.exactExponents.contains(exponent)
      let isRight: Bool
      if exponent >= 0 {
        let width = five.bitCount
        let (left, right) = (max(0, 128 - width), max(0, width - 128))
        let power = five.doubled(left)
        isRight = isExact ? given == power : less.doubled(right) < power && power < given.doubled(right)
      } else {
        let power = SlowNatural(1).doubled(127 + five.bitCount)
        isRight = less * five < power && power < given * five
      }
      guard isRight else {
        Issue.record("10^\(exponent) is not \(high), \(low)")
        return
      }
    }
  }

  @Test func chosenDigits() {
    var generator = Generator(seed: 42)
    var values: [Double] = [
      0.1, 1, 999.9996, 9.5, 99.5, 0.125, 0.375, 2.5, 3.5, 1e22, 1e23, .leastNonzeroMagnitude, 0x1p-1040,
      .leastNormalMagnitude, 0.5, 1024,
      1e15, 9007199254740991, 123456789, 4503599627370497.5, 4503599627370498.5, 8.5, 1.5, 1e300, 0x1p-1022, 0x1p1023,
    ]
    for _ in 0..<Self.randomCount / 100 {
      values.append(Double(bitPattern: generator.next() >> 1))
      values.append(Double(generator.next() % 100_000) / 1024)  // many ties
    }
    for value in values where value.isFinite {
      for digits in 1...17 {
        let text = numberText(value, digits: digits)
        guard let back = Double(text), back == Double(printed(value, digits)) else {
          Issue.record("\(value) with \(digits) digits became \(text), and \(printed(value, digits)) is right")
          return
        }
      }
    }
    #expect(numberText(1.0 / 3, digits: 4) == "0.3333" && numberText(-2.0 / 3, digits: 1) == "-0.7")
    #expect(numberText(999.96, digits: 4) == "1000.0" && numberText(0.125, digits: 2) == "0.12")
    #expect(numberText(12345.678, digits: 2) == "12000.0" && numberText(0.1, digits: 17) == "0.10000000000000001")
    #expect(numberText(Float(0.1), digits: 9) == "0.100000001" && numberText(0.0, digits: 3) == "0.0")
    #expect(numberText(Double.nan, digits: 3) == "nan" && numberText(-Double.infinity, digits: 1) == "-inf")
  }

  private func printed(_ value: Double, _ digits: Int) -> String {
    var bytes = [CChar](repeating: 0, count: 64)
    let count = unsafe withVaList([Int32(digits - 1), value]) { unsafe vsnprintf(&bytes, bytes.count, "%.*e", $0) }
    return String(decoding: bytes[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Natural numbers as a schoolbook has them, 32 bits a digit: nothing shared with the code under test.
private struct SlowNatural: Equatable {
  private var digits: [UInt32]

  init(_ value: UInt64) { self.init(trimming: [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]) }

  private init(trimming digits: [UInt32]) {
    self.digits = digits
    while self.digits.last == 0 { self.digits.removeLast() }
  }

  var bitCount: Int { digits.count * 32 - (digits.last?.leadingZeroBitCount ?? 0) }

  func doubled(_ times: Int) -> SlowNatural {
    let low = SlowNatural(trimming: [1 << UInt32(times % 32)])
    return SlowNatural(trimming: [UInt32](repeating: 0, count: times / 32) + (self * low).digits)
  }

  func power(_ exponent: Int) -> SlowNatural { (0..<exponent).reduce(SlowNatural(1)) { power, _ in power * self } }

  static func * (a: SlowNatural, b: SlowNatural) -> SlowNatural {
    var result = [UInt32](repeating: 0, count: a.digits.count + b.digits.count)
    for (i, x) in a.digits.enumerated() {
      var carry: UInt64 = 0
      for (j, y) in b.digits.enumerated() {
        let sum = UInt64(x) * UInt64(y) + UInt64(result[i + j]) + carry
        result[i + j] = UInt32(truncatingIfNeeded: sum)
        carry = sum >> 32
      }
      result[i + b.digits.count] = UInt32(carry)
    }
    return SlowNatural(trimming: result)
  }

  static func + (a: SlowNatural, b: SlowNatural) -> SlowNatural {
    var (result, carry) = ([UInt32](), UInt64(0))
    for k in 0...max(a.digits.count, b.digits.count) {
      carry += (k < a.digits.count ? UInt64(a.digits[k]) : 0) + (k < b.digits.count ? UInt64(b.digits[k]) : 0)
      result.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    return SlowNatural(trimming: result)
  }

  static func < (a: SlowNatural, b: SlowNatural) -> Bool {
    a.digits.count != b.digits.count
      ? a.digits.count < b.digits.count : a.digits.reversed().lexicographicallyPrecedes(b.digits.reversed())
  }
}
