// SPDX-License-Identifier: Apache-2.0
//
// Random formulas: the compiled program gives the bits and the faults of the reference evaluator, with and without
// rewrites, and a second application of the passes changes nothing.

import Testing

@testable import Formula

@Suite struct PassTests {
  static let shape = (rows: 4, columns: 5)

  private func bound(_ text: String) throws -> BoundFormula {
    try Formula(text).bind(
      rows: Self.shape.rows, columns: Self.shape.columns, parameters: RandomFormula.parameters,
      inputs: RandomFormula.inputs)
  }

  @Test(arguments: 0..<8)
  func compiledProgramEqualsReference(block: Int) throws {
    var faults = 0
    var loops = 0
    for index in 0..<250 {
      let seed = UInt64(block * 1_000 + index)
      var generator = RandomFormula(seed: seed)
      let text = generator.next(depth: 2 + index % 4)
      let formula = try bound(text)
      // A constant bound may be impossible: that is a refusal, and there is nothing to compare.
      guard let program = try? formula.compile() else { continue }
      var plainGraph = Graph()
      plainGraph.rewrites = false
      let (graph, result) = try Lowering.lower(formula, into: plainGraph)
      let plain = Scheduling.schedule(graph, result: result, for: formula)
      #expect(program.values.count <= plain.values.count + 8_192)
      loops += program.values.count { if case .reduce = $0.operation { true } else { false } }

      let reference = ReferenceEvaluator(formula, context: RandomFormula.context)
      for (row, column) in [(0, 0), (1, 0), (0, 3), (3, 4), (2, 2)] {
        let expected = try? reference.value(row: row, column: column)
        for (name, tested) in [("compiled", program), ("without rewrites", plain)] {
          let found = try? Interpreter(program: tested, context: RandomFormula.context).value(row: row, column: column)
          switch (expected, found) {
          case (let expected?, let found?):
            #expect(sameBits(expected, found), "seed \(seed), \(name), element \(row),\(column): \(text)")
          case (nil, nil): faults += 1
          default:
            Issue.record(
              "seed \(seed), \(name), element \(row),\(column): \(String(describing: expected)), \(String(describing: found)): \(text)"
            )
          }
        }
      }
    }
    // The formulas do exercise what they are meant to.
    #expect(faults > 20 && loops > 20, "\(faults) faults, \(loops) loops")
  }

  @Test(arguments: 0..<4)
  func passesAreIdempotent(block: Int) throws {
    for index in 0..<250 {
      let seed = UInt64(100_000 + block * 1_000 + index)
      var generator = RandomFormula(seed: seed)
      let text = generator.next(depth: 2 + index % 4)
      guard let program = try? bound(text).compile() else { continue }
      #expect(Self.annotated(program) == program, "seed \(seed): \(text)")
      #expect(try rebuilt(program) == program, "seed \(seed): \(text)")
    }
  }

  private static func annotated(_ program: Program) -> Program {
    Lines.assigned(Rates.assigned(program), rows: shape.rows, columns: shape.columns)
  }

  /// The program once more through folding, rewrites, scheduling and rates.
  private func rebuilt(_ program: Program) throws -> Program {
    var graph = Graph()
    let ids = rebuild(program.values, level: 0, loop: 0, captured: [], into: &graph)
    let formula = try bound("0*(a + b + rows(X) + rows(Y))")
    return Self.annotated(Scheduling.schedule(graph, result: ids[program.result], for: formula))
  }

  private func rebuild(
    _ values: [Program.Value], level: Int, loop: Int, captured: [Int], into graph: inout Graph
  ) -> [Int] {
    var ids: [Int] = []
    for value in values {
      let operands = value.operands.map { ids[$0] }
      let none = Graph.Node.none
      let id: Int
      switch value.operation {
      case .constant(let bits): id = graph.constant(Double(bitPattern: bits))
      case .rowIndex: id = graph.insert(.rowIndex)
      case .columnIndex: id = graph.insert(.columnIndex)
      case .apply(let function):
        id = graph.apply(
          function, operands[0], operands.count > 1 ? operands[1] : none, operands.count > 2 ? operands[2] : none)
      case .gather(let input): id = graph.insert(.gather(input: input), operands[0], operands[1], operands[2])
      case .loopIndex: id = graph.insert(.loopIndex(loop: loop))
      case .loopActive: id = graph.insert(.loopActive(loop: loop))
      case .captured(let index): id = captured[index]
      case .reduce(let reduction, let body):
        let loop = graph.loop(level: level + 1, first: operands[0], last: operands[1], guard: operands[2])
        let inner = rebuild(
          body.values, level: level + 1, loop: loop, captured: Array(operands[3...]), into: &graph)
        id = graph.insert(.reduce(reduction, loop: loop), inner[body.result])
      }
      ids.append(id)
    }
    return ids
  }

  /// Every rule on values where a careless rule would show: both sides have the same bits.
  @Test func everyRuleIsExact() {
    let samples: [Double] = [
      0, -0.0, 1, -1, 2, 0.1, -0.3, 1e308, -1e308, .leastNonzeroMagnitude, -2.2250738585072014e-308, .infinity,
      -.infinity, .nan, 3,
      0x1.fffffffffffffp-1,
    ]
    func evaluate(_ pattern: Pattern, _ bound: [Double]) -> Double {
      switch pattern {
      case .any(let number): return bound[number]
      case .constant(let value): return value
      case .apply(let function, let operands):
        let values = operands.map { evaluate($0, bound) } + [0, 0]
        return function.exactValue(values[0], values[1], values[2])!
      }
    }
    for rule in Simplify.all {
      for x in samples {
        for y in samples {
          for z in samples {
            let left = evaluate(.apply(rule.function, rule.operands), [x, y, z])
            let right = evaluate(rule.result, [x, y, z])
            #expect(sameBits(left, right), "\(rule) at \(x), \(y), \(z)")
          }
        }
      }
    }
  }

  @Test func everyRuleFires() {
    // Three placeholders are three different values; the rule must take its left side away.
    for rule in Simplify.all {
      var graph = Graph()
      let names = [graph.insert(.rowIndex), graph.insert(.columnIndex)]
      let third = graph.insert(.apply(.sin), names[0])
      func build(_ pattern: Pattern) -> Int {
        switch pattern {
        case .any(let number): return (names + [third])[number]
        case .constant(let value): return graph.constant(value)
        case .apply(let function, let operands):
          let ids = operands.map(build) + [Graph.Node.none, Graph.Node.none]
          return graph.apply(function, ids[0], ids[1], ids[2])
        }
      }
      let result = build(.apply(rule.function, rule.operands))
      #expect(result == build(rule.result), "\(rule)")
    }
  }
}
