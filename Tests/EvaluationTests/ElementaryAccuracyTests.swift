// SPDX-License-Identifier: Apache-2.0
//
// The promise of elementary.inc: every function within 1 ulp over its whole domain, and the same bits from every table,
// whatever the neighbouring lanes hold. The true values are MPFR's: data/accuracy/ORIGIN.md.

import Formula
import Glibc
import Testing

@testable import Evaluation

/// One line of a golden file: the true value at (x, y) is `rounded + rest` units in the last place.
private struct GoldenValue {
  var x, y, rounded, rest: Double

  /// Distance of `computed` from the true value in ulp of the true value. Infinity stands for 2^1024, so that overflow
  /// has a measure; a wrong sign, zero's included, and NaN for a number (or the reverse) are infinitely wrong.
  func error(of computed: Double) -> Double {
    if rounded.isNaN || computed.isNaN { return rounded.isNaN == computed.isNaN ? 0 : .infinity }
    guard computed.sign == rounded.sign else { return .infinity }
    let isBelow = rounded < 0 ? rest > 0 : rest < 0
    if computed.isInfinite && rounded.isInfinite && !isBelow { return 0 }
    func halved(_ value: Double) -> Double { value.isInfinite ? (value < 0 ? -0x1p1023 : 0x1p1023) : value / 2 }
    var unit = rounded.isInfinite ? 0x1p971 : rounded.ulp
    // Just below a power of 2 the units are half as large.
    if isBelow && rounded.isNormal && rounded.significand == 1 && rounded.exponent > -1022 { unit /= 2 }
    // Halves of large values, so that none overflows; small ones as they are, so that none underflows.
    let steps = abs(rounded) < 1 ? (computed - rounded) / unit : (halved(computed) - halved(rounded)) / (unit / 2)
    return abs(steps - rest)
  }

  /// All lines of `data/accuracy/<name>.txt`, whose fields are hexadecimal bits, or decimal where `isDecimal`.
  static func all(of name: String, operands: Int, isDecimal: Bool = false) throws -> [GoldenValue] {
    let text = try contents(ofRepositoryFile: "data/accuracy/\(name).txt").text
    return try text.split(separator: UInt8(ascii: "\n")).map { line in
      let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      try #require(fields.count == operands + 2)
      func double(_ field: String) throws -> Double { Double(bitPattern: try #require(UInt64(field, radix: 16))) }
      func operand(_ index: Int) throws -> Double {
        isDecimal ? Double(try #require(Int(fields[index]))) : try double(fields[index])
      }
      return GoldenValue(
        x: try operand(0), y: operands > 1 ? try operand(1) : 0, rounded: try double(fields[operands]),
        rest: Double(try #require(Int(fields[operands + 1]))) / 10000)
    }
  }
}

private func hasSameBits(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) }

/// The file's text; a missing one is a failure of the test.
private func contents(ofRepositoryFile name: String) throws -> (path: String, text: [UInt8]) {
  let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })
  let path = "\(root)/\(name)"
  let file = unsafe try #require(unsafe fopen(path, "r"), "cannot open \(path)")
  defer { unsafe fclose(file) }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    guard count > 0 else { return (path, text) }
    text += buffer[..<count]
  }
}

@Suite struct ElementaryAccuracyTests {
  static let unary: [Function] = [
    .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .tanh, .asinh, .acosh, .atanh, .sinpi, .cospi,
    .exp, .exp2, .exp10, .expm1, .log, .log2, .log10, .log1p, .cubeRoot, .gamma, .logGamma, .erf, .erfc,
  ]
  static let binary: [Function] = [.atan2, .power, .hypot, .modulo]

  /// Those with a quicker kernel.
  static let fast = (unary + binary).filter { $0.kernelOperation(isFast: true) != $0.kernelOperation }
  static let both = (unary + binary).map { ($0, false) } + fast.map { ($0, true) }

  private static func values(of function: Function) throws -> [GoldenValue] {
    try GoldenValue.all(of: "\(function)", operands: binary.contains(function) ? 2 : 1)
  }

  @Test(arguments: both)
  func staysWithinItsBound(function: Function, isFast: Bool) throws {
    let golden = try Self.values(of: function)
    try #require(golden.count > 1000)
    for table in KernelTable.supportedOnHost {
      let computed = table.apply(function, golden.map(\.x), golden.map(\.y), isFast: isFast)
      let errors = zip(golden, computed).map { $0.error(of: $1) }
      let worst = try #require(errors.indices.max { errors[$0] < errors[$1] })
      let bound = function == .modulo ? 0.5 : isFast ? 4.0 : 1.0
      #expect(
        errors[worst] <= bound,
        "\(isFast ? "fast " : "")\(function) at \(golden[worst]) gave \(computed[worst]), \(errors[worst]) ulp off (\(table))"
      )
      if table.lanes == 1 {
        print(
          "\(isFast ? "fast " : "")\(function): at most \((errors[worst] * 1e4).rounded() / 1e4) ulp, at \(golden[worst])"
        )
      }
    }
  }

  /// The documentation's figures are the measured ones: `make accuracy-table` (`WEFT_WRITE_DOCS=1`) writes them anew.
  @Test func theDocumentedTableIsTheMeasuredOne() throws {
    let page = try contents(ofRepositoryFile: "Sources/Weft/Weft.docc/Accuracy.md")
    let table = try #require(KernelTable.named("portable"))
    func measured(_ function: Function, isFast: Bool) throws -> String {
      let golden = try Self.values(of: function)
      let computed = table.apply(function, golden.map(\.x), golden.map(\.y), isFast: isFast)
      let worst = try #require(zip(golden, computed).map { $0.error(of: $1) }.max())
      // Rounded up, two digits.
      let hundredths = Int((worst * 100).rounded(.up))
      return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
    let names: [Function: String] = [.power: "pow", .cubeRoot: "cbrt", .logGamma: "lgamma"]
    var lines = String(decoding: page.text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    var wrong: [String] = []
    for function in Self.unary + Self.binary where function != .modulo {
      let name = "| `\(names[function] ?? "\(function)")` |"
      let index = try #require(lines.firstIndex { $0.hasPrefix(name) }, "no line \(name)")
      let fields = lines[index].split(separator: "|", omittingEmptySubsequences: false)
      try #require(fields.count == 7, "\(lines[index])")
      let fast = Self.fast.contains(function) ? try measured(function, isFast: true) : "as strict"
      let line = "\(name) 1 | \(try measured(function, isFast: false)) | \(fast) |\(fields[5])|"
      if line != lines[index] { wrong.append(line) }
      lines[index] = line
    }
    if unsafe getenv("WEFT_WRITE_DOCS") != nil {
      let file = unsafe try #require(unsafe fopen(page.path, "w"))
      unsafe fputs(lines.joined(separator: "\n"), file)
      unsafe fclose(file)
    } else {
      #expect(wrong.isEmpty, "make accuracy-table")
    }
  }

  @Test(arguments: both)
  func givesTheSameBitsAmidAnyNeighbours(function: Function, isFast: Bool) throws {
    let seed: UInt64 = 20_240_601
    let golden = try Self.values(of: function)
    let reference = try #require(KernelTable.named("portable"))
    let expected = reference.apply(function, golden.map(\.x), golden.map(\.y), isFast: isFast)
    var generator = SplitMix(state: seed)
    for table in KernelTable.supportedOnHost {
      for _ in 0..<3 {
        let order = golden.indices.shuffled(using: &generator)
        let computed = table.apply(function, order.map { golden[$0].x }, order.map { golden[$0].y }, isFast: isFast)
        let wrong = zip(order, computed).first { !hasSameBits(expected[$0], $1) }
        #expect(wrong == nil, "\(function) at \(wrong.map { golden[$0.0] } as Any) (\(table), seed \(seed))")
      }
      // Alone: all lanes alike.
      for index in stride(from: 0, to: golden.count, by: 7) {
        let x = [Double](repeating: golden[index].x, count: table.lanes)
        let computed = table.apply(
          function, x, [Double](repeating: golden[index].y, count: table.lanes), isFast: isFast)
        #expect(computed.allSatisfy { hasSameBits($0, expected[index]) }, "\(function) at \(golden[index]) (\(table))")
      }
    }
  }

  /// Every remainder after up to eight vectors.
  @Test(arguments: unary + binary)
  func handlesEveryCount(function: Function) throws {
    let golden = try Self.values(of: function).suffix(200)
    let (x, y) = (golden.map(\.x), golden.map(\.y))
    let reference = try #require(KernelTable.named("portable"))
    let expected = reference.apply(function, x, y)
    for table in KernelTable.supportedOnHost {
      for count in 0...67 {
        let computed = table.apply(function, Array(x[..<count]), Array(y[..<max(count, 1)]))
        #expect(computed.count == count)
        #expect(zip(computed, expected).allSatisfy(hasSameBits), "\(function) × \(count) (\(table))")
      }
    }
  }

  @Test(arguments: KernelTable.supportedOnHost)
  func exactFunctionsHandleEdges(table: KernelTable) {
    func check(_ function: Function, _ x: [Double], _ y: [Double] = [0], gives expected: [Double], line: Int = #line) {
      let computed = table.apply(function, x, y)
      #expect(zip(computed, expected).allSatisfy(hasSameBits), "\(function): \(computed), line \(line)")
    }
    let infinity = Double.infinity
    check(.sign, [-3, -0.0, 0, 0x1p-1074, -infinity, .nan], gives: [-1, -0.0, 0, 1, -1, .nan])
    check(
      .round, [0.5, -0.5, 0.49999999999999994, 2.5, -2.5, 0x1p52 + 1, -0.0, -0.3, infinity, .nan],
      gives: [1, -1, 0, 3, -3, 0x1p52 + 1, -0.0, -0.0, infinity, .nan])
    let (x, y): ([Double], [Double]) = ([-0.0, 0, 1, .nan, 1, -infinity], [0, -0.0, 2, 1, .nan, 3])
    check(.minimum, x, y, gives: [-0.0, -0.0, 1, .nan, .nan, -infinity])
    check(.maximum, x, y, gives: [0, 0, 2, .nan, .nan, 3])
    check(
      .modulo, [7, -7, 7, -7, 6, -6, -1, 1, 5, infinity, 0x1p1000, -1e-300],
      [3, 3, -3, -3, -3, 3, infinity, -infinity, 0, 3, 3, 3],
      gives: [1, 2, -2, -1, -0.0, 0, infinity, -infinity, .nan, .nan, 1, 3])
  }

  /// The headline formula, operation by operation: two functions and a product leave at most 2.5 ulp.
  @Test(arguments: [1000, 10000])
  func headlineFormulaIsClose(size: Int) throws {
    let golden = try GoldenValue.all(of: "headline-\(size)", operands: 2, isDecimal: true)
    let table = try #require(KernelTable.supportedOnHost.first)
    let sines = table.apply(.sin, golden.map { $0.x * $0.y })
    let cosines = table.apply(.cos, golden.map { $0.x + $0.y })
    let worst = zip(golden, zip(sines, cosines)).map { $0.error(of: $1.0 * $1.1) }.max()
    print("sin(i*j)*cos(i+j), \(size)²: at most \(worst ?? 0) ulp, operation by operation")
    #expect(try #require(worst) < 2.5)
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
