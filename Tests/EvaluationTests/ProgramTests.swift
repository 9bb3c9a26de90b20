// SPDX-License-Identifier: Apache-2.0
//
// Compiled programs on every kernel table against the reference evaluator: the same bits for every element, whatever
// the shape, the origin, the passes, the chains and the registers.

import Formula
import MatrixCore
import Testing

@testable import Evaluation

/// The reference evaluator's world in these tests: portable kernels, no inputs but `X`.
private struct Reference: ReferenceContext {
  let functions: KernelFunctions
  let x: [Double]
  let columns: Int
  func apply(_ function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double {
    functions.apply(function, x, y, z)
  }
  func element(input: Int, row: Int, column: Int) -> Double { x[row * columns + column] }
}

@Suite(.timeLimit(.minutes(20)))
struct ProgramTests {
  /// A 5×3 input for formulas that name X.
  static let input = Program.Input(name: "X", rows: 5, columns: 3)
  static let inputValues = mixture(15, seed: 99).map { $0.isFinite ? $0 : 0.75 }

  /// Computes `text` on every table and compares each element with the reference.
  func check(_ text: String, rows: Int, columns: Int, origin: Int = 0, isFast: Bool = false) throws {
    let usesInput = text.contains("X")
    let formula = try Formula(text).bind(
      rows: rows, columns: columns, origin: origin, inputs: usesInput ? [Self.input] : [])
    var program = try formula.compile()
    program.isFast = isFast
    let shape = try Shape(rows: rows, columns: columns)
    let reference = ReferenceEvaluator(
      formula,
      context: Reference(
        functions: KernelFunctions(table: .named("portable")!, isFast: isFast), x: Self.inputValues, columns: 3))
    var expected: [Double] = []
    for row in 0..<rows { for column in 0..<columns { expected.append(try reference.value(row: row, column: column)) } }
    for table in KernelTable.supportedOnHost {
      let found = try compute(program, shape, usesInput, table)
      let wrong = expected.indices.first { !same(found[$0], expected[$0]) }
      if let wrong {
        Issue.record(
          "\(text) on \(table) at [\(wrong / columns), \(wrong % columns)]: \(found[wrong]), not \(expected[wrong])")
      }
      // NaNs are one NaN, so that the bytes are the same too.
      #expect(found.allSatisfy { !$0.isNaN || $0.bitPattern == 0x7FF8_0000_0000_0000 })
    }
  }

  private func compute(_ program: Program, _ shape: Shape, _ usesInput: Bool, _ table: KernelTable) throws -> [Double] {
    var out = [Double](repeating: -1, count: shape.count)
    try unsafe Self.inputValues.withUnsafeBytes { input in
      let inputs = unsafe InputElements(
        elements: input.baseAddress, shape: try Shape(rows: 5, columns: 3), elementType: .float64,
        origin: program.origin)
      let evaluator = RowEvaluator(
        program, shape: shape, elementType: .float64, inputs: usesInput ? [inputs] : [], kernels: table)
      try unsafe out.withUnsafeMutableBytes { out in
        guard let base = out.baseAddress else { return }
        // In two calls: rows are computed alike whatever is asked for at once.
        let half = shape.rows / 2
        _ = try unsafe evaluator.evaluate(rows: 0..<half, into: base)
        _ = try unsafe evaluator.evaluate(rows: half..<shape.rows, into: base + half * shape.columns * 8)
      }
    }
    return out
  }

  static let formulas = [
    "sin(i*j)*cos(i+j)", "1/(i+j+1)", "i", "j", "42", "-0.0", "i+j", "j-i", "i*i*0.5+3*i*j-j*j*j*0.001+7",
    "exp(-sqrt(i*j+1)/50)*tanh(i*0.01-j*0.02)", "exp(-((i-500)^2+(j-300)^2)/20000)",
    "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))", "atan2(i-0.5,j+0.25)*log(1+i*j)",
    "i > j ? i : -j", "where(i % 3 == 0, j % 2, hypot(i, j))", "(i-j)/(i-j)", "1/(i-j)", "log(i-j)",
    "min(i, j, 3) + max(i, -j)",
    "sum(k, 0, 4, (i-k)*(j+k))", "sum(k, 0, i, k*j)", "sum(k, j, i, 1/(k+1))", "prod(k, 1, 5, 1 + k/10 + i*j/100)",
    "prod(k, i, j, 1 + 1/(k+2))", "sum(k, 0, 200, 1/(1+k+i+j))", "sum(k, 1, 3, prod(l, 1, i % 4, k*l + j))",
    "sum(k, 0.5, 3, k*i)",
    // Terms that are made and added in one step, of rows, columns, elements and numbers in either place.
    "sum(k, 0, 2, (X[i % 5, k] - X[j % 5, k])^2)", "sum(k, 0, 2, abs(X[j % 5, k] - X[i % 5, k]))",
    "sum(k, 0, 2, X[i % 5, k] * X[j % 5, k])",
    "sin(i*j) + (i-j)^2 + (sqrt(i*j) - 3)^2 + (7 - j)^2 + abs(i*j - cos(j)) + i*j",
    "X[i % 5, j % 3]", "X[i % 5, 0] - X[j % 5, 1]", "exp(-sum(k, 0, columns(X)-1, (X[i%5,k]-X[j%5,k])^2)/2)",
    "i > 0 ? X[(i-1) % 5, j % 3] : 0", "i < 5 && X[min(i,4), 0] > 0 ? 1 : 2", "i < 5 ? X[i, j % 3] : -1",
    "sum(k, 0, 99, X[k % 5, j % 3])", "i % 2 == 0 ? sum(k, 0, i, X[k % 5, 0]) : 0", "j < 3 ? X[2, j] : 0",
    "fma(i, j, 0.1) + fma(i, 2, j)",
    "!(i > 3) || j == 2", "i^3 - j^0.5 + 2^(i-j)", "-(i+j)*-(i-j)", "(i+j)*(i+j)", "sign(i-j)*abs(i-3)",
    "floor(i/3)+ceil(j/3)+round(i/2)+trunc(-j/2)",
    "i/j", "gamma(i/7+1)/lgamma(j/5+2)", "erf(i/10)+erfc(j/10)", "cbrt(i-j)", "pi*e + inf*0", "nan",
    "(sin(i)+cos(j))*(sin(i)-cos(j))",
  ]

  @Test(arguments: formulas)
  func formulasMatchTheReference(text: String) throws {
    // X is indexed from the origin too; these formulas count from 0.
    for origin in text.contains("X") ? [0] : [0, 1] {
      try check(text, rows: 7, columns: 13, origin: origin)
      try check(text, rows: 3, columns: 700, origin: origin)  // more than one block
    }
    try check(text, rows: 3, columns: 90, isFast: true)
    try check(text, rows: 1, columns: 1)
    try check(text, rows: 600, columns: 2)  // more than one row block
  }

  /// Tables along lines: every direction, several at once, beside row and column tables, as result and as operand; rows
  /// in windows of their own, and columns in panels.
  @Test(arguments: [
    "1/(i+j+1)", "1/(i-j)", "1/-(i-j)", "exp(-abs(i-j)/7)", "sqrt(2*i+3*j+1)*i", "tan(3*i-2*j)+sqrt(i+j)*cbrt(j)",
    "sqrt(i-j)+1/(i+j)", "atan2(i-j, 3)*log(1+i+j)*log(1+i)", "sinh(5*j-8*i)", "cos(0.5*i+0.25*j)/(1+i+j) + erf(i/9)",
    "1/(7*j+i*5-11)", "i+j > 5 ? 1/(i+j) : sqrt(i-j)",
  ])
  func linesMatchTheReference(text: String) throws {
    for origin in [0, 1] {
      try check(text, rows: 7, columns: 13, origin: origin)
      try check(text, rows: 30, columns: 520, origin: origin)
    }
    try check(text, rows: 1, columns: 1)
    try check(text, rows: 1, columns: 9)
    try check(text, rows: 5000, columns: 2)
  }

  @Test func lineTablesFollowPanels() throws {
    try check("1/(i+j+1)+sin(j)", rows: 2, columns: 530_000)
  }

  /// Wider than a panel: column tables are prepared more than once.
  @Test func panelsAreSeamless() throws {
    for text in ["sin(j)+i", "sum(k, 1, 60, sin(k*j))*i", "j*i"] { try check(text, rows: 2, columns: 20_000) }
  }

  /// Random formulas: chains of every shape, shared subexpressions, registers that run out and come back.
  @Test func randomFormulasMatchTheReference() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("randomFormulasMatchTheReference: seed \(seed)")
    var state = seed
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    func formula(_ depth: Int) -> String {
      if depth == 0 || next(8) == 0 { return ["i", "j", "0.5", "3", "(i+j)", "(i*j)", "i", "j"][next(8)] }
      let (a, b) = (formula(depth - 1), formula(depth - 1))
      switch next(16) {
      case 0...2: return "(\(a)+\(b))"
      case 3...4: return "(\(a)-\(b))"
      case 5...6: return "(\(a)*\(b))"
      case 7: return "(\(a)/\(b))"
      case 8: return "min(\(a),\(b))"
      case 9: return "(\(a)<\(b)?\(a):\(b))"
      case 10: return "sin(\(a))"
      case 11: return "sqrt(abs(\(a)))"
      case 12: return "where(\(a)>=0,\(b),-\(a))"
      case 13: return "(-\(a))"
      case 14: return "fma(\(a),\(b),\(a))"
      default: return "sum(k,1,\(next(2) == 0 ? "3" : "i%4"),k*\(a)-\(b))"
      }
    }
    for _ in 0..<400 {
      let text = formula(5)
      if text.utf8.count < 60_000 { try check(text, rows: 4, columns: 9 + next(80), origin: next(2)) }
    }
  }

  /// Rows that begin anywhere in a cache line, shorter than a line and longer than several tiles, with NaNs among them.
  @Test(arguments: KernelTable.supportedOnHost, [1, 5, 8, 63, 64, 65, 129, 600, 1003])
  func storingPastTheCachesChangesNothing(table: KernelTable, columns: Int) throws {
    let shape = try Shape(rows: 7, columns: columns)
    for text in ["i*0.25+j", "sqrt(j-3)*i", "sin(i*j)*cos(i+j)"] {
      let program = try Formula(text).bind(rows: shape.rows, columns: columns).compile()
      func compute(bypassesCache: Bool, offset: Int) throws -> ([UInt64], ElementSummary) {
        let evaluator = RowEvaluator(
          program, shape: shape, elementType: .float64, inputs: [], kernels: table, bypassesCache: bypassesCache)
        var out = [Double](repeating: 4321, count: shape.count + 16)
        let summary = try unsafe out.withUnsafeMutableBytes { out in
          try unsafe evaluator.evaluate(rows: 0..<shape.rows, into: out.baseAddress! + offset * 8)
        }
        let around = out[..<offset] + out[(offset + shape.count)...]
        #expect(around.allSatisfy { $0 == 4321 }, "\(text): written outside the matrix")
        return (out[offset..<offset + shape.count].map(\.bitPattern), summary)
      }
      let expected = try compute(bypassesCache: false, offset: 0)
      for offset in 0..<8 {
        let found = try compute(bypassesCache: true, offset: offset)
        #expect(found == expected, "\(text), the first row \(offset) elements into a line")
      }
    }
  }

  @Test func faultsNameTheirElement() throws {
    func fault(_ text: String) throws -> EvaluationStop? {
      let program = try Formula(text).compile(rows: 20, columns: 10, inputs: [Self.input])
      do {
        _ = try compute(program, try Shape(rows: 20, columns: 10), true, KernelTable.supportedOnHost[0])
        return nil
      } catch let stop as EvaluationStop { return stop }
    }
    #expect(try fault("X[i, 0] + j") == .fault(row: 5, column: 0))
    #expect(try fault("X[0, j] * i") == .fault(row: 0, column: 3))
    #expect(try fault("i + j < 20 ? 0 : X[i, j]") == .fault(row: 11, column: 9))
    #expect(try fault("X[0, 0] + sum(k, 0, 1/(i-7), 1)") == .fault(row: 7, column: 0))
    #expect(try fault("i < 5 && j < 3 ? X[i, j] : 0") == nil)
  }

  @Test func aBeatCanStopALongRow() throws {
    let program = try Formula("sin(i*j)").compile(rows: 4, columns: 100_000)
    var beats = 0
    let evaluator = RowEvaluator(
      program, shape: try Shape(rows: 4, columns: 100_000), elementType: .float64, inputs: [],
      kernels: KernelTable.supportedOnHost[0]
    ) {
      beats += 1
      return beats < 3
    }
    var out = [Double](repeating: 0, count: 400_000)
    #expect(throws: EvaluationStop.cancelled) {
      try unsafe out.withUnsafeMutableBytes { _ = try unsafe evaluator.evaluate(rows: 0..<4, into: $0.baseAddress!) }
    }
    #expect(beats == 3)
  }
}
