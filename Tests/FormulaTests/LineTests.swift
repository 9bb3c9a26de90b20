// SPDX-License-Identifier: Apache-2.0
//
// Which values are found to vary along one line only.

import Testing

@testable import Formula

@Suite struct LineTests {
  private func line(_ text: String, rows: Int = 100, columns: Int = 200) throws -> Program.Line? {
    let program = try Formula(text).bind(rows: rows, columns: columns).compile()
    return program.values[program.result].line
  }

  @Test(arguments: [
    ("1/(i+j+1)", 1, 1), ("exp(-abs(i-j))", -1, 1), ("sqrt(2*i+3*j+1)", 2, 3), ("log(1+i+j)*sin(i+j)/3", 1, 1),
    ("tan(0.5*i-0.25*j)", -2, 1), ("sqrt(4*i+2*j)+cbrt(2*i+j)", 2, 1), ("gamma(6-(i+j)/50)", 1, 1),
    ("1/-(i-j)", -1, 1),
  ])
  func theseVaryAlongALine(text: String, rows: Int, columns: Int) throws {
    #expect(try line(text) == Program.Line(rows: rows, columns: columns))
  }

  @Test(arguments: [
    "i+j", "abs(i-j)",  // cheaper than a table
    "1/(i*j+1)", "sqrt(i)+sqrt(j)", "1/(i+j+1)+i", "sqrt(i+j)*sqrt(i-j)",  // no line, or two
    "1/(0.1*i+0.1*j)", "sqrt(i/3+j/3)",  // rounded on the way
    "1/(9*i+j)",  // too many tables
    "1/(-i-j)", "1/(j*-2-i)",  // a zero of either sign
  ])
  func theseDoNot(text: String) throws {
    #expect(try line(text) == nil)
  }

  @Test func exactnessDependsOnTheShape() throws {
    #expect(try line("sqrt(1099511627776*i+j)", rows: 1000, columns: 1000) == nil)  // the multiplier is too large
    #expect(try line("sqrt(1073741824*i+1073741824*j+0.5)", rows: 100, columns: 100) != nil)
    #expect(try line("sqrt(1073741824*i+1073741824*j+0.5)", rows: 1 << 22, columns: 100) == nil)
  }
}
