// SPDX-License-Identifier: Apache-2.0
// The number that most fields are: digits, a point, an exponent, and not more than 19 digits that count. Read eight
// bytes at a time; everything else is left to DecimalNumber, which knows the whole grammar.

import MatrixCore

/// A number read from memory.
@unsafe struct PlainNumber {
  /// Of the element.
  let bits: UInt64
  /// Behind its last byte.
  let end: UnsafePointer<UInt8>

  /// Nil: no number, or one that needs a closer look. A byte that is no digit, and eight bytes that may be read,
  /// follow the text, wherever it ends.
  @inline(__always) @unsafe
  init?<Element: MatrixElement>(_: Element.Type, at start: UnsafePointer<UInt8>, _ powers: PowerTable) {
    let isNegative = unsafe start[0] == UInt8(ascii: "-")
    let first = unsafe start + (isNegative ? 1 : 0)
    var place = unsafe first
    var digits: UInt64 = 0
    var count = 0
    var exponent = 0
    // Where the next number begins is known when this one's end is. Steps of a fixed width behind branches that are
    // mostly foretold keep the processor from waiting for it: a digit and a point, eight digits and eight more.
    let lead = unsafe UInt64(first[0] &- UInt8(ascii: "0"))
    if lead < 10, unsafe first[1] == UInt8(ascii: ".") {
      digits = lead
      count = 1
      unsafe place += 1
    } else {
      unsafe Self.readGroups(&place, &digits, &count, powers)
    }
    if unsafe place[0] == UInt8(ascii: ".") {
      unsafe place += 1
      let whole = count
      unsafe Self.readGroups(&place, &digits, &count, powers)
      exponent = whole &- count
    }
    guard count > 0 else { return nil }
    if count > 19, unsafe !Self.fits(first, count) { return nil }
    if unsafe place[0] | 0x20 == UInt8(ascii: "e") {
      unsafe place += 1
      let sign = unsafe place[0]
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { unsafe place += 1 }
      let group = unsafe DigitGroup(at: place)
      guard !group.isFull, group.count > 0 else { return nil }
      unsafe place += group.count
      let value = Int(truncatingIfNeeded: group.value(group.count))
      exponent &+= sign == UInt8(ascii: "-") ? 0 &- value : value
    }
    let decimal = DecimalDigits(digits: digits, exponent: exponent)
    guard let magnitude = decimal.nearest(Element.self, powers), magnitude < Element.infinityBits else { return nil }
    unsafe bits = magnitude | (isNegative ? 1 &<< UInt64(Element.bitCount &- 1) : 0)
    unsafe end = place
  }

  /// Digits up to the first byte that is none.
  @inline(__always) private static func readGroups(
    _ place: inout UnsafePointer<UInt8>, _ digits: inout UInt64, _ count: inout Int, _ powers: PowerTable
  ) {
    var group = unsafe DigitGroup(at: place)
    while group.isFull {
      digits = digits &* 100_000_000 &+ group.eight
      count &+= 8
      unsafe place += 8
      unsafe group = DigitGroup(at: place)
    }
    let few = group.count
    digits = digits &* powers.ten(few) &+ group.value(few)
    count &+= few
    unsafe place += few
  }

  /// Of the `count` digits from `first` on, 19 at most come behind zeros at the beginning.
  @inline(never) private static func fits(_ first: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var (place, zeros) = unsafe (first, 0)
    while true {
      let byte = unsafe place[0]
      if byte == UInt8(ascii: "0") { zeros += 1 } else if byte != UInt8(ascii: ".") { break }
      unsafe place += 1
    }
    return count - zeros <= 19
  }
}

/// The digits that eight bytes begin with.
private struct DigitGroup {
  /// Digits as values, and what else the bytes are.
  private let bytes: UInt64
  /// The high bit of the first byte that is no digit; what a carry does to those behind it does not matter.
  private let others: UInt64

  @inline(__always) @unsafe init(at place: UnsafePointer<UInt8>) {
    bytes = unsafe UnsafeRawPointer(place).loadUnaligned(as: UInt64.self) ^ 0x3030_3030_3030_3030
    others = ((bytes &+ 0x7676_7676_7676_7676) | bytes) & 0x8080_8080_8080_8080
  }

  @inline(__always) var isFull: Bool { others == 0 }
  /// Where it is not full.
  @inline(__always) var count: Int { others.trailingZeroBitCount &>> 3 }
  /// Where it is.
  @inline(__always) var eight: UInt64 { Self.number(bytes) }
  /// Of fewer than eight digits: zeros in front make them eight.
  @inline(__always) func value(_ count: Int) -> UInt64 {
    // By 64 bits in two steps, where there is no digit.
    Self.number((bytes &<< 8) &<< UInt64(truncatingIfNeeded: 56 &- count &* 8))
  }

  /// Pairs, then fours, then eight: neighbours times 10, 100 and 10⁴.
  @inline(__always) private static func number(_ digits: UInt64) -> UInt64 {
    let pairs = digits &* 10 &+ digits &>> 8
    let low = (pairs & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064  // 100, and 10⁶ for the upper half
    let high = ((pairs &>> 16) & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001  // 1, and 10⁴
    return (low &+ high) &>> 32
  }
}
