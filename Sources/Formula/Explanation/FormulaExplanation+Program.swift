// SPDX-License-Identifier: Apache-2.0
//
// A Program taken apart: which of its values are tables, what is left for each element, and what that costs.

extension BoundFormula {
  func explanation(_ program: Program) -> FormulaExplanation {
    let count = ProgramCount(program)
    let printer = FormulaPrinter(limit: FormulaExplanation.textLimit)
    let texts = printer.texts(program)
    let free = FormulaExplanation.names.filter { name in !program.inputs.contains { $0.name == name } }
    // The dearest ones get a name, in the order in which they are computed.
    let named = Set(count.tables.sorted { count.weights[$0] > count.weights[$1] }.prefix(free.count))
    var names: [Int: String] = [:]
    var result = FormulaExplanation(form: .operations, obstacle: PairLowering.obstacle(self), cost: count.elementCost)
    for (name, table) in zip(free, count.tables.filter(named.contains)) {
      names[table] = name
      let rate = program.values[table].explainedRate
      result.parts.append(
        FormulaExplanation.Part(
          name: name, text: texts[table].string, isRotation: false, rate: rate, valueCount: valueCount(rate)))
    }
    let isAllTable = names[program.result] != nil
    result.element =
      isAllTable ? names[program.result] ?? "" : printer.texts(program, names: names)[program.result].string
    result.counts = count.counts
    return result
  }
}

/// Operations of a program, counted.
struct ProgramCount {
  /// By how often they are done; lines in order of appearance.
  private(set) var counts: [(rate: FormulaExplanation.Rate, count: Int)] = []
  /// Values that are computed less often than once an element, and that elements read. Ascending.
  private(set) var tables: [Int] = []
  /// How dear each value is, all it is made of included (counted as often as it is used).
  private(set) var weights: [Double] = []
  private(set) var elementCost = FormulaExplanation.Cost()
  /// As if every value were computed for every element.
  private(set) var wholeCost = FormulaExplanation.Cost()

  init(_ program: Program) {
    let rates = program.effectiveRates
    var isTable = [Bool](repeating: false, count: program.values.count)
    isTable[program.result] = true
    for (index, value) in program.values.enumerated() {
      weights.append(value.operands.reduce(value.cost.weight) { $0 + weights[$1] })
      guard value.isComputed, let rate = rates[index] else { continue }
      wholeCost.add(value.cost)
      if let known = counts.firstIndex(where: { $0.rate == rate }) {
        counts[known].count += 1
      } else {
        counts.append((rate, 1))
      }
      guard rate == .perElement else { continue }
      elementCost.add(value.cost)
      for operand in value.writtenOperands { isTable[operand] = true }
    }
    counts.sort { $0.rate.order < $1.rate.order }
    tables = isTable.indices.filter {
      isTable[$0] && program.values[$0].isComputed && program.values[$0].explainedRate != .perElement
    }
    for table in tables {
      switch program.values[table].explainedRate {
      case .perColumn, .perLine: elementCost.bytesRead += 8
      case .once, .perRow, .perElement: break
      }
    }
  }
}

extension Program {
  /// How often each value is computed; nil for one that is not. What only a table along a line reads is computed along it,
  /// from the indexes up (`Schedule.scheduleLines`).
  fileprivate var effectiveRates: [FormulaExplanation.Rate?] {
    var rates = [FormulaExplanation.Rate?](repeating: nil, count: values.count)
    rates[result] = values[result].explainedRate
    for index in values.indices.reversed() {
      guard let user = rates[index] else { continue }
      for operand in values[index].operands {
        let own = values[operand].explainedRate
        if case .perLine = user, own != .once {
          rates[operand] = rates[operand] ?? user
        } else {
          rates[operand] = own
        }
      }
    }
    return rates
  }
}

extension FormulaExplanation.Rate {
  /// Rarest first.
  fileprivate var order: Int {
    switch self {
    case .once: 0
    case .perRow: 1
    case .perColumn: 2
    case .perLine: 3
    case .perElement: 4
    }
  }
}

extension FormulaExplanation.Cost {
  /// A function takes as long as some twenty operations.
  fileprivate var weight: Double { Double(operations) + 20 * Double(functions) + Double(bytesRead) }

  fileprivate mutating func add(_ other: FormulaExplanation.Cost) {
    operations += other.operations
    functions += other.functions
    bytesRead += other.bytesRead
    hasLoops = hasLoops || other.hasLoops
  }
}

extension Program.Value {
  /// Whether it takes an operation at all.
  fileprivate var isComputed: Bool {
    switch operation {
    case .apply, .gather, .reduce: true
    case .constant, .rowIndex, .columnIndex, .loopIndex, .loopActive, .captured: false
    }
  }

  fileprivate var explainedRate: FormulaExplanation.Rate {
    if let line { return .perLine(line) }
    return switch rate {
    case .constant: .once
    case .row: .perRow
    case .column: .perColumn
    default: .perElement
    }
  }

  /// The operands that a formula shows: no guards.
  fileprivate var writtenOperands: [Int] {
    switch operation {
    case .gather: Array(operands.prefix(2))
    case .reduce: Array(operands.prefix(2) + operands.dropFirst(3))
    default: operands
    }
  }

  /// Of the value alone; of a loop one turn.
  fileprivate var cost: FormulaExplanation.Cost {
    var cost = FormulaExplanation.Cost()
    switch operation {
    case .apply(.fusedMultiplyAdd): cost.operations = 2
    case .apply(let function):
      if function.isElementary { cost.functions = 1 } else { cost.operations = 1 }
    case .gather: cost.bytesRead = 8
    case .reduce(_, let body):
      for value in body.values where value.isComputed { cost.add(value.cost) }
      cost.operations += 1
      cost.hasLoops = true
    case .constant, .rowIndex, .columnIndex, .loopIndex, .loopActive, .captured: break
    }
    return cost
  }
}

extension Function {
  /// Whether it is more than an operation or two of the machine's own.
  fileprivate var isElementary: Bool { rawValue >= Function.sin.rawValue || self == .modulo }
}
