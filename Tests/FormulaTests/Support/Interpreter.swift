// SPDX-License-Identifier: Apache-2.0
//
// Runs a compiled program on one element, value after value as the list stands: what Evaluation does, without blocks.

@testable import Formula

struct Interpreter {
  var program: Program
  var context: LibmContext

  struct Fault: Error {}

  func value(row: Int, column: Int) throws(Fault) -> Double {
    try run(program.values, result: program.result, row, column, loop: nil)
  }

  private struct Loop {
    var counter: Double
    var captured: [Double]
  }

  private func run(
    _ values: [Program.Value], result: Int, _ row: Int, _ column: Int, loop: Loop?
  ) throws(Fault) -> Double {
    var known: [Double] = []
    for value in values {
      let operands = value.operands.map { known[$0] }
      known.append(try run(value.operation, operands, row, column, loop))
    }
    return known[result]
  }

  private func run(
    _ operation: Program.Operation, _ operands: [Double], _ row: Int, _ column: Int, _ loop: Loop?
  ) throws(Fault) -> Double {
    switch operation {
    case .constant(let bits): return Double(bitPattern: bits)
    case .rowIndex: return Double(row + program.origin)
    case .columnIndex: return Double(column + program.origin)
    case .apply(let function):
      let (x, y, z) = (operands[0], operands.count > 1 ? operands[1] : 0, operands.count > 2 ? operands[2] : 0)
      return function.exactValue(x, y, z) ?? context.apply(function, x, y, z)
    case .gather(let input):
      if operands[2] == 0 { return .nan }
      guard
        program.inputs[input].fault(rowIndex: operands[0], columnIndex: operands[1], origin: program.origin) == nil
      else { throw Fault() }
      return context.element(
        input: input, row: Int(operands[0]) - program.origin, column: Int(operands[1]) - program.origin)
    case .reduce(let reduction, let body):
      if operands[2] == 0 { return reduction.emptyValue }
      switch LoopBounds.verdict(first: operands[0], last: operands[1]) {
      case .empty: return reduction.emptyValue
      case .refused: throw Fault()
      case .runs: break
      }
      var loop = Loop(counter: operands[0], captured: Array(operands[3...]))
      var result: Double?
      while loop.counter <= operands[1] {
        let term = try run(body.values, result: body.result, row, column, loop: loop)
        result = result.map { reduction == .sum ? $0 + term : $0 * term } ?? term
        loop.counter += 1
      }
      return result ?? reduction.emptyValue
    case .loopIndex: return loop!.counter
    case .loopActive: return 1
    case .captured(let index): return loop!.captured[index]
    }
  }
}
