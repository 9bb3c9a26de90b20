// SPDX-License-Identifier: Apache-2.0
//
// Pass: finds the values that depend on one linear form of the indexes alone, as 1/(i + j + 1) and exp(-abs(i - j)) do.
//
// Contract: a value with a `line` has the same bits at any two elements with the same p·i + q·j, inside the matrix or
// beside it. So a table over the line gives the bits of every element. It rests on exactness: the form itself is
// computed without rounding in every element (`BilinearForm.isExact`, for each partial result), and where it is 0 that
// 0 has one sign. What is made of such values and of constants has a line too. Marked are only values of element rate, outside
// of loops, that cost more than reading them back from a table. Changes nothing but `line`.

enum Lines {
  /// Multipliers of a form: a table then has at most so many values for each row and column.
  static let directionLimit = 8

  static func assigned(_ program: Program, rows: Int, columns: Int) -> Program {
    var pass = Pass(
      rowBound: Double(rows - 1 + program.origin), columnBound: Double(columns - 1 + program.origin),
      tableBound: Double(columns + directionLimit * rows), origin: Double(program.origin))
    var program = program
    for index in program.values.indices {
      let known = pass.append(program.values[index])
      program.values[index].line = program.values[index].rate == .element && known.isCostly ? known.line : nil
    }
    return program
  }

  /// What is known of a value.
  private struct Known {
    var isConstant = false
    var form: BilinearForm?
    var range = ValueRange(-.infinity, .infinity, zeroIsPositive: false)
    var line: Program.Line?
    var isCostly = false
  }

  private struct Pass {
    let rowBound: Double
    let columnBound: Double
    /// |j| of the places beside the matrix that a table is computed at.
    let tableBound: Double
    let origin: Double
    var known: [Known] = []

    mutating func append(_ value: Program.Value) -> Known {
      var result = Known(isConstant: value.rate == .constant)
      switch value.operation {
      case .constant(let bits):
        let number = Double(bitPattern: bits)
        result.form = number.isFinite ? BilinearForm(constant: number) : nil
        result.range = ValueRange(number)
      case .rowIndex:
        result.form = BilinearForm(row: 1)
        result.range = ValueRange(origin, rowBound, zeroIsPositive: true)
      case .columnIndex:
        result.form = BilinearForm(column: 1)
        result.range = ValueRange(origin, columnBound, zeroIsPositive: true)
      case .apply(let function):
        let operands = value.operands.map { known[$0] }
        (result.form, result.range) = form(function, operands)
        result.line = line(result) ?? commonLine(operands)
        result.isCostly = function.cost > 1 || operands.contains(where: \.isCostly)
      default: break
      }
      known.append(result)
      return result
    }

    private func form(_ function: Function, _ operands: [Known]) -> (BilinearForm?, ValueRange) {
      let unknown = Known().range
      guard let x = operands.first, let a = x.form else { return (nil, unknown) }
      let form: BilinearForm?
      let range: ValueRange
      switch (function, operands.count > 1 ? operands[1] : nil) {
      case (.negate, nil): (form, range) = (a.negated, -x.range)
      case (.add, let y?): (form, range) = (y.form.flatMap { BilinearForm.sum(a, $0) }, x.range + y.range)
      case (.subtract, let y?):
        (form, range) = (y.form.flatMap { BilinearForm.sum(a, $0.negated) }, x.range - y.range)
      case (.multiply, let y?): (form, range) = (y.form.flatMap { BilinearForm.product(a, $0) }, x.range * y.range)
      default: return (nil, unknown)
      }
      guard let form, form.isExact(rows: rowBound, columns: tableBound) else { return (nil, unknown) }
      return (form, range)
    }

    private func line(_ value: Known) -> Program.Line? {
      guard let form = value.form, value.range.zeroIsPositive || !value.range.holdsZero,
        let direction = form.direction(limit: Lines.directionLimit)
      else { return nil }
      return Program.Line(rows: direction.rows, columns: direction.columns)
    }

    private func commonLine(_ operands: [Known]) -> Program.Line? {
      guard let line = operands.lazy.compactMap(\.line).first else { return nil }
      return operands.allSatisfy { $0.isConstant || $0.line == line } ? line : nil
    }
  }
}
