// SPDX-License-Identifier: Apache-2.0
//
// Formulas that are too long, too deep, or no formulas at all: a refusal in time, never a crash.

import Glibc
import Testing

@testable import Formula

@Suite struct LimitTests {
  private func code(_ text: String) -> FormulaError.Code? { refusal(text)?.code }

  @Test func length() {
    let limit = SourceText.byteLimit
    #expect(code(String(repeating: "(", count: 1_000_000)) == .tooLong)
    #expect(code(String(repeating: "-", count: 1_000_000)) == .tooLong)
    #expect(code(String(repeating: " ", count: limit - 1) + "i") == nil)
    #expect(code(String(repeating: " ", count: limit) + "i") == .tooLong)
    #expect(code(String(repeating: "é", count: limit / 2 + 1)) == .tooLong)
  }

  @Test(arguments: [
    ("(", ")"), ("-", ""), ("!", ""), ("+", ""), ("sin(", ")"), ("1^", ""), ("1?1:", ""), ("1?", ":1"), ("X[0,", "]"),
    ("1+(", ")"), ("1||1&&1<1+1*(", ")"), ("max(1,", ")"), ("where(1,1,", ")"),
  ])
  func depth(opening: String, closing: String) throws {
    func nested(_ count: Int) -> String {
      String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count)
    }
    #expect(code(nested(256)) == nil)
    #expect(code(nested(257)) == .tooDeep)
    #expect(code(String(repeating: opening, count: 5_000)) == .tooDeep)
    // The deepest formula also compiles and runs.
    let inputs = opening.hasPrefix("X") ? [Program.Input(name: "X", rows: 1, columns: 2)] : []
    let bound = try Formula(nested(256)).bind(rows: 2, columns: 2, inputs: inputs)
    _ = try bound.compile()
    let context = LibmContext(inputs: [[1, 1]], shapes: inputs)
    _ = try ReferenceEvaluator(bound, context: context).value(row: 0, column: 0)
  }

  @Test func loopsInLoops() throws {
    func nested(_ count: Int) -> String {
      (0..<count).reduce("k0") { text, level in "sum(k\(count - 1 - level), 0, j, \(text))" }
    }
    _ = try Formula(nested(16)).compile(rows: 1, columns: 1)
    #expect(refusal(nested(17))?.code == .tooDeep)
    // In a bound, a sum is not inside the other one.
    let bounds = (0..<40).reduce("1") { text, level in "sum(k\(level), 0, \(text), 1)" }
    _ = try Formula(bounds).compile(rows: 1, columns: 1)
  }

  /// A chain is one level, and nothing that walks it may recurse: everything runs on a thread with a 64 KiB stack.
  @Test(arguments: ["1+", "i-", "2*", "i&&", "0||", "i+j*"])
  func longChainsOnASmallStack(link: String) throws {
    let count = (SourceText.byteLimit - 1) / link.utf8.count
    let text = String(repeating: link, count: count) + "1"
    let result = try onSmallStack(byteCount: 64 * 1024) { () throws -> (Double, Int) in
      let formula = try Formula(text)
      #expect(formula.expression.nodes.count < 100_000)
      let bound = try formula.bind(rows: 2, columns: 2)
      let program = try bound.compile()
      #expect(program.hashValue == program.hashValue)
      let value = try ReferenceEvaluator(bound, context: LibmContext()).value(row: 1, column: 1)
      return (value, program.values.count)
    }
    switch link {
    case "1+": #expect(result == (Double(count + 1), 1))
    case "i-": #expect(result.0 == Double(-count + 1))
    case "2*": #expect(result.0 == .infinity)
    case "i+j*": #expect(result.0 == Double(count + 1))
    default: #expect(result.0 == 1)
    }
  }

  @Test func denseFormulasStayUnderTheNodeLimit() throws {
    let text = "max(" + String(repeating: "1?1:1,", count: 10_900) + "1)"
    #expect(text.utf8.count <= SourceText.byteLimit)
    #expect(try Formula(text).expression.nodes.count < 100_000)
  }

  @Test func constantsDoNotBlowUp() throws {
    #expect(try value("9^9^9^9") == .infinity)
    #expect(
      try Formula("sum(k,0,63,sum(l,0,63,sum(m,0,63,k+l*m+i)))").compile(rows: 1, columns: 1).values.count < 10_000)
    #expect(throws: FormulaError.self) { try Formula("sum(k, 0, 1e10, k)").compile(rows: 1, columns: 1) }
  }

  /// 100,000 strings of tokens: each is read or refused within 10 ms; what is read compiles.
  @Test func randomTokens() throws {
    let tokens = [
      "i", "j", "k", "X", "sin", "sum", "prod", "where", "min", "rows", "pi", "e", "nan", "and", "np.", "1", "2.5",
      "1e5",
      "1e400", ".", "0x1", "(", ")", "[", "]", ",", "?", ":", "+", "-", "*", "/", "%", "^", "**", "<", "<=", "==", "!=",
      "!", "&&", "||", "&", "=", " ", "\n", "\t", "π", "é", "😀", "\u{301}", "\0", "\u{1B}[31m", "sin(", "sum(k,0,3,",
      "X[i,", "(", ")", ")", "i", "1", ",",
    ]
    let seed: UInt64 = 20_240_601
    var random = RandomSource(seed: seed)
    var accepted = 0
    var slowest = 0.0
    for index in 0..<100_000 {
      let text = (0..<(1 + random.below(24))).map { _ in random.pick(tokens) }.joined()
      var formula: Formula?
      let start = threadSeconds()
      do throws(FormulaError) {
        formula = try Formula(text)
      } catch {
        if index % 16 == 0 { #expect(!error.rendered.isEmpty && !error.description.isEmpty) }
      }
      slowest = max(slowest, threadSeconds() - start)
      if let formula {
        accepted += 1
        let given = formula.names.filter { $0.kind == .input }
        let inputs = given.map { Program.Input(name: $0.text, rows: 2, columns: 2) }
        let names = formula.names.filter { $0.kind == .parameter }.map { ($0.text, 1.5) }
        _ = try? formula.compile(
          rows: 2, columns: 2, parameters: Dictionary(uniqueKeysWithValues: names), inputs: inputs)
      }
    }
    #expect(accepted > 500, "seed \(seed)")
    #expect(slowest < 0.010, "seed \(seed)")
  }

  /// Processor time of this thread: the machine may be busy with other tests.
  private func threadSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Random bytes where a formula was: every byte of a good one replaced, doubled or dropped.
  @Test func damagedFormulas() {
    let good = Array("where(i>0 && j<=3, X[i-1, j%4], sum(k, 0, columns(X)-1, (a-k)^2))/1.5e3 + π".utf8)
    for position in good.indices {
      for byte in UInt8.min...UInt8.max {
        var bytes = good
        bytes[position] = byte
        if let error = refusal(String(decoding: bytes, as: UTF8.self)) { #expect(error.rendered.count < 500) }
      }
      var shorter = good
      shorter.remove(at: position)
      _ = refusal(String(decoding: shorter, as: UTF8.self))
      _ = refusal(String(decoding: good[..<position], as: UTF8.self))
    }
  }
}
