// SPDX-License-Identifier: Apache-2.0
// Numbers read from text against Swift's own parser, which is exact: fields alone, and fields in a file, which go
// another way. WEFT_LONG=1: a hundred times as many.

import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(60)))
struct NumberParsingTests {
  #if DEBUG
    static let count = 20_000
  #else
    static let count = NumberTextTests.isLong ? 20_000_000 : 200_000
  #endif

  /// Reads the fields alone and as a file; false is told at once.
  private func agree<Element: MatrixElement>(_: Element.Type, _ fields: [String]) throws -> Bool {
    let numbers = fields.compactMap { Element($0) }
    try #require(numbers.count == fields.count)
    for (field, number) in zip(fields, numbers) {
      switch DecimalNumber<Element>(Array(field.utf8).span) {
      case .value(let value) where value.bitPattern == number.bitPattern: break
      case .tooLarge where number.isInfinite: break
      case let found:
        Issue.record("\(field) is \(number) and became \(found)")
        return false
      }
    }
    let scratch = Scratch(in: "/dev/shm")
    let finite = zip(fields, numbers).filter { $0.1.isFinite }
    put(finite.map { $0.0 }.joined(separator: "\n"), scratch.file("m.csv"))
    for kernels in everyKernel {
      var options = ReadOptions()
      options.textKernels = kernels
      let m = try Matrix<Element>(contentsOf: scratch.file("m.csv"), options: options)
      for (index, (field, number)) in finite.enumerated() where m[index, 0].bitPattern != number.bitPattern {
        Issue.record("\(field) is \(number) and became \(m[index, 0]) in a file, kernels \(kernels?.name ?? "none")")
        return false
      }
    }
    return true
  }

  private func agree(_ fields: [String]) throws -> Bool {
    try agree(Double.self, fields) && agree(Float.self, fields)
  }

  @Test func randomDigits() throws {
    let seed: UInt64 = 61
    print("NumberParsingTests.randomDigits: seed \(seed), \(Self.count) fields")
    var generator = Generator(seed: seed)
    func digits(_ count: UInt64) -> String { (0..<count).map { _ in "\(generator.next() % 10)" }.joined() }
    for _ in 0..<Self.count / 10_000 {
      let fields = (0..<10_000).map { _ in
        let kind = generator.next()
        let sign = kind % 3 == 0 ? "-" : ""
        let mantissa = digits(1 + kind / 3 % 20) + (kind / 60 % 2 == 0 ? "." + digits(kind / 120 % 22) : "")
        let range = kind / 4096 % 2 == 0 ? 340 as Int64 : 40
        let exponent = kind / 8192 % 2 == 0 ? "" : "e\(Int64(generator.next() % UInt64(2 * range)) - range)"
        return sign + mantissa + exponent
      }
      guard try agree(fields) else { return }
    }
  }

  /// Half way between two numbers, to its last digit, and a little above and below; also of subnormals.
  @Test func ties() throws {
    var generator = Generator(seed: 62)
    var fields: [String] = []
    for _ in 0..<500 {
      // 54 bits and up to 10 behind the point: 64 digits at most, all of them written.
      let odd = generator.next() >> 10 | 1 << 53 | 1
      for shift in 0...10 as ClosedRange<UInt64> {
        let fraction = odd & (1 << shift - 1)
        var exact = fraction
        for _ in 0..<shift { exact *= 5 }
        let zeros = String(repeating: "0", count: max(0, Int(shift) - "\(exact)".utf8.count))
        let text = "\(odd >> shift)" + (shift == 0 ? "" : ".\(zeros)\(exact)")
        fields += [text, text + (shift == 0 ? ".0" : "") + "000000000000000001", "\(text)e0"]
      }
    }
    for bits in [0, 1, 2, 3, 0xf_ffff_ffff_ffff, 0x10_0000_0000_0000, 0x7fef_ffff_ffff_fffe] as [UInt64] {
      let (low, high) = (Double(bitPattern: bits), Double(bitPattern: bits + 1))
      fields += ["\(low)", "\(high)"]
    }
    fields += [
      "2.4703282292062327208e-324", "2.4703282292062328e-324", "2.4703282292062327e-324", "1.7976931348623158e308",
      "1.7976931348623159e308", "179769313486231580793728971405301e276", "2.2250738585072011e-308",
      "2.2250738585072012e-308",
      "0.000000000000000000000000000000000000000000000000000001", "100000000000000000000000000000000000000000",
      "8.5", "0.5", "0.25", "1.125", "9007199254740993", "9007199254740993.0", "9007199254740992.5", "16777217",
      "16777219",
      "7.0064923216240853546186479164495e-46", "7.0064923216240854e-46", "1.4012984643248170709e-45", "1e-400", "1e400",
      "3.4028235677973366e38", "3.4028235677973367e38", "3.40282356e38", "0e999999999999", "0.0e-999999999999",
      "1e-99999999",
    ]
    #expect(try agree(fields))
  }

  @Test func everyPowerOfTen() throws {
    var fields: [String] = []
    for exponent in -360...330 {
      for digits in ["1", "9", "1234567890123456789", "9999999999999999999", "18446744073709551615", "4.5", "0.1"] {
        fields.append("\(digits)e\(exponent)")
      }
    }
    #expect(try agree(fields))
  }
}
