// SPDX-License-Identifier: Apache-2.0
//
// What each operation makes of the values below it. Nil: the formula is no product or sum of pairs.

import Glibc

extension PairLowering {
  mutating func apply(_ function: Function, _ x: Value, _ y: Value?) -> Value? {
    guard let y else { return unary(function, x) }
    guard let range = range(function, x, y) else { return nil }
    let form = form(function, x, y)
    var value = Value(
      extent: extent(x, y, form), range: range, form: form, parts: parts(function, x, y),
      usesFunction: x.usesFunction || y.usesFunction)
    if value.extent == .element {
      value.node = node(function, x, y)
      return value.node != nil || value.form != nil || value.parts != nil ? value : nil
    }
    let isSquare = function == .multiply && x.steps == y.steps
    value.steps = isSquare ? x.steps + [.square] : x.steps + y.steps + [.apply(function)]
    return value
  }

  private mutating func unary(_ function: Function, _ x: Value) -> Value? {
    var value = x
    switch function {
    case .negate:
      value.range = -x.range
      value.form = x.form?.negated
      value.parts = x.parts.map { (negated($0.row), negated($0.column)) }
      value.node = x.node.map { negated($0) }
    case .sin, .cos:
      // Arguments that are no exact double would carry their own rounding into the table.
      guard let form = x.form, form.isExact(rows: rowBound, columns: columnBound) else { return nil }
      let isPlain = function == .cos || !x.range.holdsZero || x.range.zeroIsPositive
      value = Value(
        extent: x.extent, range: ValueRange(-1, 1, zeroIsPositive: false), usesFunction: true)
      if x.extent == .element {
        guard form.product != 0 else { return nil }
        value.node = operand(
          .rotation(isCosine: function == .cos, isNegated: false, form, zeroIsPositive: isPlain))
      }
    case .exp:
      guard x.range.magnitude <= Self.exponentLimit else { return nil }
      let range = ValueRange(Glibc.exp(x.range.low), Glibc.exp(x.range.high), zeroIsPositive: true)
      value = Value(extent: x.extent, range: range, exponentBits: x.range.magnitude * 1.45, usesFunction: true)
      if x.extent == .element {
        guard let parts = x.parts, !parts.row.isEmpty, !parts.column.isEmpty else { return nil }
        value.node = .multiply(
          operand(.table(.row, PairFormula(parts.row + [.apply(.exp)]))),
          operand(.table(.column, PairFormula(parts.column + [.apply(.exp)]))))
      }
    default: return nil
    }
    if value.extent != .element { value.steps = x.steps + [.apply(function)] }
    return value
  }

  private func range(_ function: Function, _ x: Value, _ y: Value) -> ValueRange? {
    switch function {
    case .add: x.range + y.range
    case .subtract: x.range - y.range
    case .multiply: x.extent != .element && x.steps == y.steps ? x.range.squared : x.range * y.range
    case .divide: x.range / y.range
    default: nil
    }
  }

  private func form(_ function: Function, _ x: Value, _ y: Value) -> BilinearForm? {
    guard let a = x.form, let b = y.form else { return nil }
    return switch function {
    case .add: BilinearForm.sum(a, b)
    case .subtract: BilinearForm.sum(a, b.negated)
    case .multiply: BilinearForm.product(a, b)
    default: nil
    }
  }

  /// A form says it best; else the operands' extents, if they are one, or one of them is constant.
  private func extent(_ x: Value, _ y: Value, _ form: BilinearForm?) -> Extent {
    if let form, form.product == 0, form.isExact(rows: rowBound, columns: columnBound) {
      if form.row == 0, form.column == 0 { return .axis(.constant) }
      if form.column == 0 { return .axis(.row) }
      if form.row == 0 { return .axis(.column) }
      if let line = form.direction(limit: Lines.directionLimit) {
        return .axis(.line(line))
      }
      return .element
    }
    if x.extent == y.extent || y.extent == .axis(.constant) { return x.extent }
    return x.extent == .axis(.constant) ? y.extent : .element
  }

  /// Sums add up part by part; a factor or divisor that is constant goes to both.
  private func parts(
    _ function: Function, _ x: Value, _ y: Value
  ) -> (row: [PairFormula.Step], column: [PairFormula.Step])? {
    switch function {
    case .add, .subtract:
      guard let a = x.summands, let b = y.summands else { return nil }
      return (joined(function, a.row, b.row), joined(function, a.column, b.column))
    case .multiply, .divide:
      guard let a = x.summands, y.extent == .axis(.constant) else {
        guard function == .multiply, x.extent == .axis(.constant), let b = y.summands else { return nil }
        return (scaled(b.row, by: x.steps, function), scaled(b.column, by: x.steps, function))
      }
      return (scaled(a.row, by: y.steps, function), scaled(a.column, by: y.steps, function))
    default: return nil
    }
  }

  private func joined(_ function: Function, _ x: [PairFormula.Step], _ y: [PairFormula.Step]) -> [PairFormula.Step] {
    if y.isEmpty { return x }
    if x.isEmpty { return function == .subtract ? y + [.apply(.negate)] : y }
    return x + y + [.apply(function)]
  }

  private func negated(_ part: [PairFormula.Step]) -> [PairFormula.Step] {
    part.isEmpty ? [] : part + [.apply(.negate)]
  }

  private func scaled(
    _ part: [PairFormula.Step], by factor: [PairFormula.Step], _ function: Function
  ) -> [PairFormula.Step] {
    part.isEmpty ? [] : part + factor + [.apply(function)]
  }

  // MARK: Nodes

  /// The value as pairs: what is no element becomes a table.
  mutating func node(_ value: Value) -> PairProgram.Node? {
    guard case .axis(let axis) = value.extent else { return value.node }
    guard value.range.magnitude < 0x1p100 else { return nil }
    return operand(.table(axis, PairFormula(value.steps)))
  }

  private mutating func node(_ function: Function, _ x: Value, _ y: Value) -> PairProgram.Node? {
    // Forms and sums alone are what a function will be taken of, not elements in their own right.
    guard x.usesFunction || y.usesFunction, let a = node(x) else { return nil }
    switch function {
    case .multiply:
      guard let b = node(y) else { return nil }
      return ordered(a, b) { .multiply($0, $1) }
    case .divide:
      guard y.extent != .element else { return nil }
      var reciprocal = y
      reciprocal.steps = [.number(1)] + y.steps + [.apply(.divide)]
      reciprocal.range = ValueRange(1 / y.range.magnitude, 1 / y.range.leastMagnitude, zeroIsPositive: true)
      guard let b = node(reciprocal) else { return nil }
      return ordered(a, b) { .multiply($0, $1) }
    case .add:
      guard let b = node(y) else { return nil }
      return ordered(a, b) { .add($0, $1) }
    case .subtract:
      guard let b = node(y).map({ negated($0) }) else { return nil }
      return ordered(a, b) { .add($0, $1) }
    default: return nil
    }
  }

  /// A table second: a pass reads any operand first, and a table or an earlier result second.
  private func ordered(
    _ x: PairProgram.Node, _ y: PairProgram.Node, _ make: (PairProgram.Node, PairProgram.Node) -> PairProgram.Node
  ) -> PairProgram.Node {
    if case .operand(let index) = y, case .rotation = operands[index] { return make(y, x) }
    if case .operand(let index) = x, case .table = operands[index] {
      if case .operand = y {} else { return make(y, x) }
    }
    return make(x, y)
  }

  /// The same value with the other sign. Signs are exact; a sum of 0 is looked at by the certificate anyway.
  private mutating func negated(_ node: PairProgram.Node) -> PairProgram.Node {
    switch node {
    case .operand(let index):
      switch operands[index] {
      case .table(let axis, let formula):
        return operand(.table(axis, PairFormula(formula.steps + [.apply(.negate)])))
      case .rotation(let isCosine, let isNegated, let form, _):
        return operand(.rotation(isCosine: isCosine, isNegated: !isNegated, form, zeroIsPositive: false))
      }
    case .multiply(let x, let y): return .multiply(negated(x), y)
    case .add(let x, let y): return .add(negated(x), negated(y))
    }
  }

  /// Equal operands are one.
  private mutating func operand(_ operand: PairProgram.Operand) -> PairProgram.Node {
    if let known = operands.firstIndex(of: operand) { return .operand(known) }
    operands.append(operand)
    return .operand(operands.count - 1)
  }
}

extension PairLowering.Value {
  /// The value as a sum of a row's and a column's part; a function of one of the two is a part.
  fileprivate var summands: (row: [PairFormula.Step], column: [PairFormula.Step])? {
    switch extent {
    case .axis(.constant), .axis(.row): (steps, [])
    case .axis(.column): ([], steps)
    case .axis(.line), .element: parts
    }
  }
}
