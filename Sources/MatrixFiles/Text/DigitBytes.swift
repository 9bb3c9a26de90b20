// SPDX-License-Identifier: Apache-2.0
// Digits as characters, and where the point and the exponent stand among them. Used by NumberText.

/// 17 digits as values: 16 as bytes of two words, the first in the lowest byte, and the last.
struct DigitBytes {
  let sixteen: SIMD2<UInt64>
  let last: UInt64
  /// Without the zeros at the end; 1 at least.
  let count: Int
  /// Digits before the point.
  let point: Int

  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  @inline(__always) init(_ decimal: SeventeenDigits) {
    let upper = decimal.sixteen / 100_000_000
    self.init(
      sixteen: Self.eights(upper, decimal.sixteen &- upper &* 100_000_000), last: decimal.last,
      point: decimal.exponent &+ 17)
  }

  @inline(__always) init(sixteen: SIMD2<UInt64>, last: UInt64, point: Int) {
    (self.sixteen, self.last, self.point) = (sixteen, last, point)
    let (high, low) = (sixteen[0], sixteen[1])
    let zeroBytes = ((low == 0 ? high : low) | 1).leadingZeroBitCount &>> 3
    let some = 8 &+ (low == 0 ? 0 : 8) &- zeroBytes
    count = last == 0 ? some : 17
  }

  /// Twice eight digits: quotients by 10⁴, 100 and 10 in lanes of one vector, with instructions that every x86-64 has.
  /// The last step puts both digits of a pair p = 10·t + r in place at once: t + 256·r = 256·p - 2559·t.
  @inline(__always) private static func eights(_ upper: UInt64, _ lower: UInt64) -> SIMD2<UInt64> {
    let eights = SIMD2(upper, lower) & 0xffff_ffff  // so that 32 bits are known to be enough of a factor
    let high = (eights &* 109_951_163) &>> 40
    let low = (eights &- high &* 10_000) & 0xffff_ffff
    let hundreds = (high &* 5243) &>> 19 | ((low &* 5243) &>> 19) &<< 32
    let fours = unsafe unsafeBitCast(high | low &<< 32, to: SIMD8<UInt16>.self)
    let rest = unsafe fours &- unsafeBitCast(hundreds, to: SIMD8<UInt16>.self) &* 100
    let pairs = unsafe unsafeBitCast(
      hundreds | unsafeBitCast(rest, to: SIMD2<UInt64>.self) &<< 16, to: SIMD8<UInt16>.self)
    let tens = (pairs &* 103) &>> 10
    return unsafe unsafeBitCast(pairs &<< 8 &+ tens &* 62_977, to: SIMD2<UInt64>.self)
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
      let head = sixteen[0] | Self.zeros
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
    unsafe UnsafeMutableRawPointer(start).storeBytes(of: sixteen | Self.zeros, as: SIMD2<UInt64>.self)
    unsafe start[16] = UInt8(truncatingIfNeeded: last | 0x30)
  }

  @inline(__always) @unsafe private func store(_ word: UInt64, to start: UnsafeMutablePointer<UInt8>) {
    unsafe UnsafeMutableRawPointer(start).storeBytes(of: word, as: UInt64.self)
  }
}
