// SPDX-License-Identifier: Apache-2.0
//
// Every function by name: its argument count, and one value; and the functions defined to the last bit.

import Testing

@testable import Formula

@Suite struct FunctionTests {
  @Test(arguments: FunctionDescription.all.map(\.name))
  func argumentCounts(name: String) throws {
    let description = try #require(FunctionDescription.all.first { $0.name == name })
    let count = description.parameters.count
    func call(_ count: Int) -> String {
      var arguments = (0..<count).map { "\($0 + 2)" }
      if case .reduction = description.form, count > 0 { arguments[0] = "k" }
      if description.form == .inputRows || description.form == .inputColumns, count > 0 { arguments[0] = "X" }
      return "\(name)(\(arguments.joined(separator: ", ")))"
    }
    #expect(refusal(call(count)) == nil)
    if description.form != .inputRows && description.form != .inputColumns {
      #expect(refusal(call(count + 1))?.code == (description.isVariadic ? nil : .argumentCount))
    }
    #expect(refusal(call(count - 1))?.code == .argumentCount)
    #expect(refusal(call(0))?.code == .argumentCount)
    #expect(refusal(name)?.code == (["rows", "columns"].contains(name) ? nil : .syntax))
    #expect(refusal("\(name)x(1)")?.code == .unknownName)
    #expect(!description.meaning.isEmpty && !description.syntax.isEmpty)
  }

  @Test func everyFunctionHasANameOrAnOperator() {
    var reachable = Set(OperatorDescription.all.compactMap(\.function))
    for description in FunctionDescription.all {
      if case .function(let function) = description.form { reachable.insert(function) }
    }
    #expect(Function.allCases.filter { !reachable.contains($0) } == [])
  }

  @Test func argumentCountsAgree() throws {
    for description in FunctionDescription.all {
      if case .function(let function) = description.form {
        #expect(function.argumentCount == description.parameters.count, "\(description.name)")
      }
    }
  }

  static let samples: [(String, Double)] = [
    ("sin(1)", 0.8414709848078965), ("cos(1)", 0.5403023058681398), ("tan(1)", 1.557407724654902),
    ("asin(0.5)", 0.5235987755982989), ("acos(0.5)", 1.0471975511965979), ("atan(1)", 0.7853981633974483),
    ("atan2(1, -1)", 2.356194490192345), ("sinpi(0.5)", 1), ("cospi(1)", -1), ("sinh(1)", 1.1752011936438014),
    ("cosh(1)", 1.5430806348152437), ("tanh(1)", 0.7615941559557649), ("asinh(1)", 0.881373587019543),
    ("acosh(2)", 1.3169578969248166), ("atanh(0.5)", 0.5493061443340548), ("exp(1)", 2.718281828459045),
    ("exp2(3)", 8), ("exp10(3)", 1000), ("expm1(1)", 1.718281828459045), ("log(e)", 1), ("log2(8)", 3),
    ("log10(1000)", 3), ("log1p(1)", 0.6931471805599453), ("pow(2, 10)", 1024), ("sqrt(2)", 1.4142135623730951),
    ("cbrt(-27)", -3), ("hypot(3, 4)", 5), ("gamma(5)", 24), ("lgamma(1)", 0), ("erf(0.5)", 0.5204998778130465),
    ("erfc(0.5)", 0.4795001221869535), ("abs(-2)", 2), ("sign(-3)", -1), ("floor(-1.5)", -2), ("ceil(-1.5)", -1),
    ("round(2.5)", 3), ("trunc(-1.5)", -1), ("min(3, 1, 2)", 1), ("max(3, 1, 4, 2)", 4), ("mod(-1, 3)", 2),
    ("fma(2, 3, 4)", 10), ("where(0, 1, 2)", 2), ("sum(k, 1, 4, k)", 10), ("prod(k, 1, 4, k)", 24),
  ]

  @Test(arguments: samples)
  func values(text: String, expected: Double) throws {
    let found = try value(text)
    #expect(abs(found - expected) <= 4 * expected.ulp, "\(found)")
  }

  /// The cases in which languages differ, bit for bit, by the evaluator and by the folded constant of the compiler.
  static let exactCases: [(String, Double)] = [
    ("min(0, -0)", -0.0), ("min(-0, 0)", -0.0), ("max(-0, 0)", 0), ("max(0, -0)", 0), ("min(nan, 1)", .nan),
    ("max(1, nan)", .nan), ("min(1, 2)", 1), ("max(-inf, 2)", 2),
    ("round(0.5)", 1), ("round(-0.5)", -1), ("round(2.5)", 3), ("round(0.49999999999999994)", 0),
    ("round(-0.2)", -0.0), ("floor(-0)", -0.0), ("ceil(-0.5)", -0.0), ("trunc(-0.5)", -0.0),
    ("sign(0)", 0), ("sign(-0)", -0.0), ("sign(nan)", .nan), ("sign(-inf)", -1), ("abs(-0)", 0),
    ("5 % 3", 2), ("-5 % 3", 1), ("5 % -3", -1), ("-5 % -3", -2), ("6 % 3", 0), ("-6 % 3", 0), ("6 % -3", -0.0),
    ("5 % 0", .nan), ("5 % inf", 5), ("-5 % inf", .infinity), ("inf % 5", .nan), ("-0 % 3", 0),
    ("1 / 0", .infinity), ("1 / -0", -.infinity), ("0 / 0", .nan), ("-0 + 0", 0), ("0 - 0", 0), ("-(0)", -0.0),
    ("sqrt(-0)", -0.0), ("sqrt(-1)", .nan), ("nan == nan", 0), ("nan != nan", 1), ("nan < 1", 0), ("0 == -0", 1),
    ("!0", 1), ("!nan", 0), ("nan ? 1 : 2", 1), ("2 && 3", 1), ("0 || nan", 1), ("-0 ? 1 : 2", 2), ("0 && nan", 0),
    ("fma(0.1, 10, -1)", 5.551115123125783e-17), ("0.1*10 - 1", 0),
    ("(-3)^2", 9), ("(-3)^1", -3), ("(-4)^-1", -0.25), ("(-0)^-1", -.infinity), ("nan^2", .nan),
  ]

  @Test(arguments: exactCases)
  func definedToTheLastBit(text: String, expected: Double) throws {
    #expect(sameBits(try value(text), expected))
    let program = try Formula(text).compile(rows: 1, columns: 1)
    #expect(program.values.count == 1)
    guard case .constant(let bits) = program.values[0].operation else {
      Issue.record("not folded")
      return
    }
    #expect(sameBits(Double(bitPattern: bits), expected))
  }

  /// x^2, x^1 and x^-1 mean products and quotients, with whatever gives the exponent its value; no other exponent does.
  @Test func definedPowers() throws {
    func functions(_ text: String, _ parameters: [String: Double] = [:]) throws -> [Function] {
      try Formula(text).compile(rows: 2, columns: 2, parameters: parameters).values.compactMap {
        if case .apply(let function) = $0.operation { function } else { nil }
      }
    }
    #expect(try functions("i^2") == [.multiply])
    #expect(try functions("pow(i, 2)") == [.multiply])
    #expect(try functions("i^n", ["n": 2]) == [.multiply])
    #expect(try functions("i^rows") == [.multiply])
    #expect(try functions("i^-1") == [.divide])
    #expect(try functions("i^1") == [])
    #expect(try functions("i^3") == [.power])
    #expect(try functions("i^0.5") == [.power])
    #expect(try functions("i^0") == [.power])
    #expect(try functions("i^(1+1)") == [.power])
  }
}
