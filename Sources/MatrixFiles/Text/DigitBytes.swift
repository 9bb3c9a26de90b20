// SPDX-License-Identifier: Apache-2.0
// Digits as characters, and where the point and the exponent stand among them. Used by NumberText.

/// 17 digits as bytes, the first alone and the others in two words, their first in the lowest byte.
struct DigitBytes {
  let first: UInt64
  let high: UInt64
  let low: UInt64
  /// Without the zeros at the end; 1 at least.
  let count: Int
  /// Digits before the point.
  let point: Int

  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  @inline(__always) init(_ decimal: DecimalDigits) {
    point = decimal.exponent &+ 17
    first = decimal.digits / DecimalDigits.tenToThe16
    let rest = decimal.digits &- first &* DecimalDigits.tenToThe16
    let upper = rest / 100_000_000
    high = Self.eight(upper)
    low = Self.eight(rest &- upper &* 100_000_000)
    let last = low == 0 ? high : low
    let zeroBytes = (last | 1).leadingZeroBitCount &>> 3
    count = low == 0 ? (high == 0 ? 1 : 9 &- zeroBytes) : 17 &- zeroBytes
  }

  /// Eight digits at a time, as values: quotients by 10⁴, 100 and 10 in lanes of one word. Rejected: the last two steps
  /// for all sixteen in one vector, which took as long.
  @inline(__always) private static func eight(_ value: UInt64) -> UInt64 {
    var quotient = (value &* 109_951_163) &>> 40
    var lanes = quotient | (value &- quotient &* 10_000) &<< 32
    quotient = (lanes &* 5243) &>> 19 & 0x0000_007f_0000_007f
    lanes = quotient | (lanes &- quotient &* 100) &<< 16
    quotient = (lanes &* 103) &>> 10 & 0x000f_000f_000f_000f
    return quotient | (lanes &- quotient &* 10) &<< 8
  }

  /// `0.0001234`
  @inline(__always) @unsafe func writeFraction(to start: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe store(0x3030_3030_3030_2e30, to: start)
    unsafe storeDigits(to: start + (2 &- point))
    return 2 &- point &+ count
  }

  /// `123.4`, `123.0`
  @inline(__always) @unsafe func writeMixed(to start: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe storeDigits(to: start + 1)
    if point < 8 {
      // The digits before the point, the point, and of the digits moved by one what the rest of a word holds.
      let head = (first | high &<< 8) | Self.zeros
      let bits = UInt64(truncatingIfNeeded: point) &* 8
      let mask = 1 &<< bits &- 1
      let behind = ~(mask &<< 8 | 0xff)
      unsafe store(head & mask | 0x2e &<< bits | head &<< 8 & behind, to: start)
    } else {
      unsafe movePoint(in: start)
    }
    return max(count, point &+ 1) &+ 1
  }

  /// Digits are there from the second byte on: those before the point go one byte to the left. Eight or more.
  @inline(never) @unsafe private func movePoint(in start: UnsafeMutablePointer<UInt8>) {
    for k in 0..<point { unsafe start[k] = start[k + 1] }
    unsafe start[point] = UInt8(ascii: ".")
  }

  /// `1.25e-05`: an exponent has two digits or three.
  @inline(never) @unsafe func writeWithExponent(to start: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe storeDigits(to: start + 1)
    unsafe start[0] = start[1]
    unsafe start[1] = UInt8(ascii: ".")
    let place = count == 1 ? 1 : count &+ 1
    let exponent = point &- 1
    let magnitude = exponent < 0 ? 0 &- exponent : exponent
    let hundreds = magnitude / 100
    let tens = magnitude / 10 &- hundreds &* 10
    let ones = magnitude % 10
    var at = place
    unsafe start[at] = UInt8(ascii: "e")
    unsafe start[at &+ 1] = exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
    unsafe start[at &+ 2] = UInt8(truncatingIfNeeded: hundreds &+ 0x30)
    at &+= hundreds > 0 ? 3 : 2
    unsafe start[at] = UInt8(truncatingIfNeeded: tens &+ 0x30)
    unsafe start[at &+ 1] = UInt8(truncatingIfNeeded: ones &+ 0x30)
    return at &+ 2
  }

  @inline(__always) @unsafe private func storeDigits(to start: UnsafeMutablePointer<UInt8>) {
    unsafe start[0] = UInt8(truncatingIfNeeded: first | 0x30)
    unsafe store(high | Self.zeros, to: start + 1)
    unsafe store(low | Self.zeros, to: start + 9)
  }

  @inline(__always) @unsafe private func store(_ word: UInt64, to start: UnsafeMutablePointer<UInt8>) {
    unsafe UnsafeMutableRawPointer(start).storeBytes(of: word, as: UInt64.self)
  }
}
