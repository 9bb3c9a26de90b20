// SPDX-License-Identifier: Apache-2.0
//
// Amounts as they are typed: 512MB, 2GiB, 90s, 1h30m.

enum Quantity {
  /// Bytes: a number and B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (of 1024); without a unit, bytes.
  static func byteCount(_ text: String) -> Int? {
    let units: [(String, Double)] = [
      ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776), ("kb", 1e3), ("mb", 1e6),
      ("gb", 1e9), ("tb", 1e12), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("t", 1e12), ("b", 1), ("", 1),
    ]
    let lower = text.lowercased()
    for (unit, factor) in units where lower.hasSuffix(unit) {
      guard let value = plainNumber(lower.dropLast(unit.utf8.count)) else { return nil }
      let bytes = (value * factor).rounded()
      return bytes >= 1 ? Int(exactly: bytes) : nil
    }
    return nil
  }

  /// Seconds: parts with d, h, m, s or ms, the larger first; without a unit, seconds.
  static func seconds(_ text: String) -> Double? {
    if let value = plainNumber(text[...]) { return value > 0 ? value : nil }
    var rest = text.lowercased()[...]
    var total = 0.0
    for (unit, factor) in [("d", 86_400.0), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)] {
      let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      let word = rest.dropFirst(digits.count).prefix { $0.isLetter }
      guard word == unit, let value = plainNumber(digits) else { continue }
      total += value * factor
      rest = rest.dropFirst(digits.count + word.count)
    }
    return rest.isEmpty && total > 0 ? total : nil
  }

  /// Digits with at most one point.
  private static func plainNumber(_ text: Substring) -> Double? {
    guard text.utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == true,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }),
      let value = Double(String(text)), value.isFinite
    else { return nil }
    return value
  }
}
