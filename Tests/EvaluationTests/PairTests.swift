// SPDX-License-Identifier: Apache-2.0
//
// Formulas as pairs on every kernel table against the reference evaluator in quadruple precision: the same bits for every
// element, signs of zeros included, whatever the shape, the rows asked for, and where the elements go.

import Formula
import MatrixCore
import Testing

@testable import Evaluation

/// The compiled form, or nil where the formula is carried out operation by operation.
func pairs(_ formula: BoundFormula) throws -> PairProgram? {
  guard case .pairs(let program) = try formula.compile(.strict) else { return nil }
  return program
}

@Suite(.timeLimit(.minutes(20)))
struct PairTests {
  enum Sink: CaseIterable { case direct, checksum, pastCache, float32 }

  /// `rows` of the matrix, as doubles.
  static func compute(
    _ program: PairProgram, _ formula: BoundFormula, rows: Range<Int>, sink: Sink = .direct, on table: KernelTable
  ) throws -> [Double] {
    let shape = try Shape(rows: formula.rows, columns: formula.columns)
    let evaluator = PairEvaluator(
      program, formula: formula, shape: shape, elementType: sink == .float32 ? .float32 : .float64, kernels: table,
      bypassesCache: sink == .pastCache)
    let count = rows.count * formula.columns
    guard sink == .float32 else {
      var out = [Double](repeating: -1, count: count + 1)
      try unsafe out.withUnsafeMutableBytes {
        _ = try unsafe evaluator.evaluate(rows: rows, into: $0.baseAddress!, wantsChecksum: sink == .checksum)
      }
      #expect(out[count] == -1, "written past the end")
      return Array(out[..<count])
    }
    var out = [Float](repeating: -1, count: count + 1)
    try unsafe out.withUnsafeMutableBytes {
      _ = try unsafe evaluator.evaluate(rows: rows, into: $0.baseAddress!, wantsChecksum: true)
    }
    #expect(out[count] == -1, "written past the end")
    return out[..<count].map { Double($0) }
  }

  /// Compares `rows` with the reference; every element, or about `samples` of them.
  static func check(
    _ text: String, rows: Int, columns: Int, origin: Int = 0, of part: Range<Int>? = nil, sinks: [Sink] = [.direct],
    samples: Int? = nil
  ) throws {
    let formula = try Formula(text).bind(rows: rows, columns: columns, origin: origin)
    guard let program = try pairs(formula) else {
      Issue.record("\(text) is not carried as pairs")
      return
    }
    let part = part ?? 0..<rows
    let reference = ReferenceEvaluator(formula, context: QuadWithoutInputs())
    let count = part.count * columns
    let step = max(1, samples.map { count / $0 } ?? 1)
    var expected: [Int: Double] = [:]
    for k in stride(from: 0, to: count, by: step) {
      expected[k] = try reference.value(row: part.lowerBound + k / columns, column: k % columns)
    }
    for table in KernelTable.supportedOnHost {
      for sink in sinks {
        let found = try compute(program, formula, rows: part, sink: sink, on: table)
        let wrong = expected.keys.sorted().first {
          let value = sink == .float32 ? Double(Float(expected[$0]!)) : expected[$0]!
          return found[$0].bitPattern != value.bitPattern
        }
        if let wrong {
          Issue.record(
            "\(text), \(rows)×\(columns) from \(origin), \(table), \(sink): [\(part.lowerBound + wrong / columns), \(wrong % columns)] is \(found[wrong]), not \(expected[wrong]!)"
          )
        }
      }
    }
  }

  static let formulas = [
    "sin(i*j)*cos(i+j)", "sin(i*j)", "cos(i*j)", "-sin(i*j)", "sin(-(i*j))*cos(i)", "cos(2*i*j-3*i+j-1)",
    "sin(0.5*i*j+0.25*i)", "sin(i)*cos(j)", "sin(i+j)", "cos(i-j)",
    "exp(-((i-50)^2+(j-30)^2)/2000)", "exp(-(i+j)/100)*sin(i*j+0.5)", "cos(i-2*j)*exp(i*0.01)/(1+j)",
    "sin(i*j)+cos(i-j)", "sin(i*j)-cos(2*i+3*j)", "sin(i*j)*cos(i*j)", "sin(i*j)*sin(i*j)-0.5",
    "-sin(i*j)*2.5-cos(3*j-2*i)",
    "sin(i*j)/3+0.1", "1-exp(-i/7)*exp(-j/9)", "(sin(i)+cos(j))*(sin(i*j)+2)",
    "sin((i+1)*(j+2))*cos(i)*sin(j)*cos(i+2*j)",
    "exp(i/10-j/20)", "exp(sin(i))", "sin(i*j)*pi", "cos(i*j)*0", "sin(i*j)*(i+j)", "sin(5*i-7*j)/(2+cos(i))",
  ]

  @Test(arguments: formulas)
  func equalsQuadruplePrecision(text: String) throws {
    for (rows, columns) in [(1, 1), (3, 5), (2, 33), (9, 64), (17, 101), (5, 700)] {
      try Self.check(text, rows: rows, columns: columns, sinks: columns == 101 ? Sink.allCases : [.direct])
      try Self.check(text, rows: rows, columns: columns, origin: 1)
    }
  }

  @Test func wideRowsPassFromPanelToPanel() throws {
    for text in ["sin(i*j)*cos(i+j)", "sin(i)*cos(j)+0.5", "cos(3*i-2*j)*sin(i*j)"] {
      let columns = 2 * PairEvaluator.panelColumns + 77
      try Self.check(text, rows: 3, columns: columns, samples: 5_000)
      try Self.check(text, rows: 3, columns: columns, of: 1..<3, sinks: [.checksum, .float32], samples: 2_000)
    }
  }

  @Test func rowsFarDownAndAcrossGroups() throws {
    for text in ["sin(i*j)*cos(i+j)", "sin(i*j+i)*exp(-i/100000)", "cos(2*i-3*j)*sin(j)"] {
      for part in [4090..<4100, 999_990..<1_000_000, 123_457..<123_458] {
        try Self.check(text, rows: 1_000_000, columns: 130, of: part)
      }
    }
  }

  /// Rows asked for in any order and grouping are the same rows.
  @Test(arguments: KernelTable.supportedOnHost)
  func rowsDoNotDependOnTheirCompany(table: KernelTable) throws {
    let formula = try Formula("sin(i*j)*cos(2*i-j)+sin(i)*cos(j)").bind(rows: 67, columns: 150)
    let program = try #require(try pairs(formula))
    let whole = try Self.compute(program, formula, rows: 0..<67, on: table)
    let shape = try Shape(rows: 67, columns: 150)
    let evaluator = PairEvaluator(program, formula: formula, shape: shape, elementType: .float64, kernels: table)
    for part in [40..<41, 3..<20, 60..<67, 0..<5, 5..<60] {
      var out = [Double](repeating: -1, count: part.count * 150)
      try unsafe out.withUnsafeMutableBytes {
        _ = try unsafe evaluator.evaluate(rows: part, into: $0.baseAddress!, wantsChecksum: false)
      }
      #expect(same(out, Array(whole[part.lowerBound * 150..<part.upperBound * 150])))
    }
  }

  /// Random sums and products of what pairs are made of.
  @Test(arguments: 0..<4)
  func randomFormulas(block: Int) throws {
    var tried = 0
    for index in 0..<60 {
      let seed = UInt64(block * 1_000 + index)
      var random = PairFormulaText(seed: seed)
      let text = random.next(depth: 3)
      let formula = try Formula(text).bind(rows: 13, columns: 75)
      guard try pairs(formula) != nil else { continue }
      tried += 1
      try Self.check(text, rows: 13, columns: 75, origin: index % 2, sinks: [.direct, .checksum])
    }
    #expect(tried > 20, "of 60 formulas only \(tried) are carried as pairs")
  }
}

/// Random formulas of the kind that is carried as pairs, most of the time.
struct PairFormulaText {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  private mutating func pick(_ count: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % count
  }

  private mutating func form() -> String {
    let a = ["i*j", "2*i*j", "-i*j", "0.5*i*j+i", "(i+1)*(j-2)", "i*j-3*j+1"]
    return a[pick(a.count)]
  }

  private mutating func leaf() -> String {
    switch pick(9) {
    case 0, 1: return "sin(\(form()))"
    case 2: return "cos(\(form()))"
    case 3: return ["sin(i)", "cos(j)", "sin(3*j+1)", "exp(-i/9)", "exp(j*0.1)"][pick(5)]
    case 4: return ["cos(i+j)", "sin(i-j)", "cos(2*i-3*j)", "exp(-(i+j)/8)"][pick(4)]
    case 5: return ["1.5", "-2", "0.1", "pi", "1e-3"][pick(5)]
    case 6: return ["(i+1)", "(j-30)", "(i-j)"][pick(3)]
    case 7: return "exp(-((i-5)^2+(j-9)^2)/100)"
    default: return "1/(1+j)"
    }
  }

  mutating func next(depth: Int) -> String {
    guard depth > 0, pick(4) > 0 else { return leaf() }
    let (x, y) = (next(depth: depth - 1), next(depth: depth - 1))
    switch pick(7) {
    case 0, 1, 2: return "\(x)*\(y)"
    case 3: return "(\(x)+\(y))"
    case 4: return "(\(x)-\(y))"
    case 5: return "(-\(x))*\(y)"
    default: return "(\(x))/(2+cos(i))"
    }
  }
}
