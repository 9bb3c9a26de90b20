// SPDX-License-Identifier: Apache-2.0
//
// Pass: gives every value its rate.
//
// Contract: `i` varies by row, `j` by column, a constant not at all; any other value has the join of its operands' rates.
// In a loop's body the rates are those within one step of the loop: the counter varies as the first bound does, "is this
// loop running" as bounds and guard do, a captured value as it does outside. The loop's own value has the join of its
// operands' rates and of every rate in its body. Changes nothing but rates.

enum Rates {
  static func assigned(_ program: Program) -> Program {
    var program = program
    assign(&program.values, loopOperands: [])
    return program
  }

  /// `loopOperands`: the rates of the operands of the loop whose body this is. Recursive in loops inside loops.
  private static func assign(_ values: inout [Program.Value], loopOperands: [Rate]) {
    for index in values.indices {
      let operands = values[index].operands.map { values[$0].rate }
      let join = operands.reduce(Rate.constant) { $0.union($1) }
      switch values[index].operation {
      case .constant: values[index].rate = .constant
      case .rowIndex: values[index].rate = .row
      case .columnIndex: values[index].rate = .column
      case .apply, .gather: values[index].rate = join
      case .loopIndex: values[index].rate = loopOperands[0]
      case .loopActive: values[index].rate = loopOperands[0].union(loopOperands[1]).union(loopOperands[2])
      case .captured(let captured): values[index].rate = loopOperands[3 + captured]
      case .reduce(let reduction, var body):
        assign(&body.values, loopOperands: operands)
        values[index].rate = body.values.reduce(join) { $0.union($1.rate) }
        values[index].operation = .reduce(reduction, body: body)
      }
    }
  }
}
