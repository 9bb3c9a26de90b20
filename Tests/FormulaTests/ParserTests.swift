// SPDX-License-Identifier: Apache-2.0
//
// What groups how: each text means the same as the one with every parenthesis written out.

import Testing

@testable import Formula

@Suite struct ParserTests {
  static let groupings: [(String, String)] = [
    ("1 + 2 * 3", "1 + (2 * 3)"),
    ("1 - 2 - 3", "(1 - 2) - 3"),
    ("1 - 2 + 3", "(1 - 2) + 3"),
    ("8 / 4 / 2", "(8 / 4) / 2"),
    ("8 / 4 * 2 % 3", "((8 / 4) * 2) % 3"),
    ("-2^2", "-(2^2)"),
    ("2^-1", "2^(-1)"),
    ("2^-i", "2^(-i)"),
    ("2^-i^j", "2^(-(i^j))"),
    ("2^-i*3", "(2^(-i)) * 3"),
    ("2^3^2", "2^(3^2)"),
    ("2**3**2", "2^(3^2)"),
    ("-i*j", "(-i) * j"),
    ("-i%3", "(-i) % 3"),
    ("- -i", "-(-i)"),
    ("+i", "i"),
    ("!i == j", "(!i) == j"),
    ("!i^2", "!(i^2)"),
    ("i + 1 < j * 2", "(i + 1) < (j * 2)"),
    ("i < 1 && j < 2", "(i < 1) && (j < 2)"),
    ("i && j || rows && columns", "(i && j) || (rows && columns)"),
    ("i || j && rows || columns", "(i || (j && rows)) || columns"),
    ("i ? 1 : j ? 2 : 3", "i ? 1 : (j ? 2 : 3)"),
    ("i ? j ? 1 : 2 : 3", "i ? (j ? 1 : 2) : 3"),
    ("i || j ? 1 + 2 : 3 + 4", "(i || j) ? (1 + 2) : (3 + 4)"),
    ("1 + (i ? 2 : 3)", "1 + where(i, 2, 3)"),
    ("min(i, j, 3)", "min(min(i, j), 3)"),
    ("max(i ? 1 : 2, j)", "max((i ? 1 : 2), j)"),
    ("pow(i, j)", "i^j"),
    ("mod(i, j)", "i % j"),
    ("sum(k, 0, i - 1, k*k + 1) * 2", "(sum(k, (0), (i - 1), ((k*k) + 1))) * 2"),
    (".5 + 1. + 1.e2 + 1E+2", "0.5 + 1.0 + 100 + 100"),
    (" i\t+\n j\r\n", "i+j"),
  ]

  @Test(arguments: groupings)
  func grouping(text: String, written: String) throws {
    let short = try Formula(text).expression.nodes.map(\.kind)
    let long = try Formula(written).expression.nodes.map(\.kind)
    #expect(short == long)
  }

  static let numbers: [(String, Double)] = [
    ("2 - 3 - 4", -5.0), ("2^3^2", 512), ("-2^2", -4), ("2^-1", 0.5), ("7 % 3 * 2", 2),
    ("0.1 + 0.2", 0.30000000000000004), ("1e308 * 10", .infinity), ("0 * inf", .nan), ("pi", .pi),
    ("9007199254740993", 9007199254740992), ("1.7976931348623157e308", .greatestFiniteMagnitude),
    ("5e-324", .leastNonzeroMagnitude), ("0e999", 0),
  ]

  @Test(arguments: numbers)
  func values(text: String, expected: Double) throws {
    #expect(sameBits(try value(text), expected))
  }

  @Test func namesAreReportedInOrder() throws {
    let formula = try Formula("b*X[i, a] + rows(Y)*b + sum(k, 0, a, k)")
    #expect(
      formula.names == [
        .init(text: "b", kind: .parameter), .init(text: "X", kind: .input), .init(text: "a", kind: .parameter),
        .init(text: "Y", kind: .input),
      ])
  }

  @Test func formulasAreEqualByText() throws {
    #expect(try Formula("i+j") == Formula("i+j"))
    #expect(try Formula("i+j") != Formula("i + j"))
    #expect(try Set([Formula("i"), Formula("i")]).count == 1)
  }
}
