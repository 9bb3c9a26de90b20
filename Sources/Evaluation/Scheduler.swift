// SPDX-License-Identifier: Apache-2.0
//
// Program → Schedule. Values are sorted into sections by rate; inside a section, runs of arithmetic become chains and
// the rest single kernel calls; registers are handed out last, when every value's final use is known.

import CKernels
import Formula

/// Turns the values of a Program (or of a loop body) into steps.
///
/// A value is emitted when something needs it, its operands first. A value used once, by arithmetic, is not stored: it
/// is the accumulator of its user's chain. The deeper operand is preferred, so that long sums stay one chain.
struct Scheduler {
  private let values: [Program.Value]
  private var places: [Place?]
  private var useCounts: [Int]
  private var heights: [Int]
  private(set) var steps: [Step] = []
  private var nextRegister: Int
  /// Inside a loop body: values that are the same for the whole block, and so need one double only.
  private var isScalar: [Bool]
  private let pool: ConstantPool
  /// The rate of the section: a row table streams in the row section and is one double elsewhere.
  private let rate: Rate
  private let isFast: Bool

  init(
    values: [Program.Value], places: [Place?], roots: [Int], rate: Rate, pool: ConstantPool,
    isFast: Bool, firstRegister: Int = 0, isScalar: [Bool]? = nil
  ) {
    self.isFast = isFast
    self.values = values
    self.places = places
    self.rate = rate
    self.pool = pool
    self.nextRegister = firstRegister
    self.isScalar = isScalar ?? [Bool](repeating: false, count: values.count)
    useCounts = [Int](repeating: 0, count: values.count)
    heights = [Int](repeating: 0, count: values.count)
    for root in roots { useCounts[root] += 1 }
    // Operands precede users, so one backward sweep counts the uses by live values only …
    for id in values.indices.reversed() where useCounts[id] > 0 && places[id] == nil {
      for operand in values[id].operands { useCounts[operand] += 1 }
    }
    // … and one forward sweep measures the heights.
    for id in values.indices where places[id] == nil && useCounts[id] > 0 {
      heights[id] = 1 + (values[id].operands.map { heights[$0] }.max() ?? 0)
    }
  }

  /// Makes `id` available and says where. `destination` is where an exported value must go.
  mutating func place(_ id: Int, at destination: Place? = nil) -> Place {
    if let place = places[id] {
      guard let destination, destination != place else { return place }
      steps.append(Step(kind: .chain(start: place, links: []), destination: destination))
      return destination
    }
    let kind = step(id)
    let place = destination ?? newRegister(isScalar: isScalar[id])
    steps.append(Step(kind: kind, destination: place))
    places[id] = place
    return place
  }

  /// The chain whose last link computes `id`: followed down through accumulators, then read forwards.
  mutating func chain(endingAt id: Int) -> (start: Place, links: [Step.Link]) {
    var reversed: [(operation: ck_operation, y: Int?, z: Int?)] = []
    var current = id
    var start: Int? = nil
    while start == nil {
      guard case .apply(let function) = values[current].operation else { preconditionFailure("a chain is functions") }
      let operands = values[current].operands
      if function == .multiply, operands[0] == operands[1] {
        reversed.append((CK_SQUARE, nil, nil))
        if canAccumulate(operands[0], usedBy: 2) { current = operands[0] } else { start = operands[0] }
        continue
      }
      let candidates = operands.indices.filter {
        canAccumulate(operands[$0], usedBy: 1) && function.chainStep(accumulator: $0) != nil
      }
      let position =
        candidates.max { heights[operands[$0]] < heights[operands[$1]] } ?? streamedOperand(operands, of: function)
      guard let step = function.chainStep(accumulator: position) else { preconditionFailure("checked by the caller") }
      if function == .add, let term = term(operands[1 - position]) {
        reversed.append(term)
        if candidates.isEmpty { start = operands[position] } else { current = operands[position] }
        continue
      }
      reversed.append(
        (isFast ? step.operation.quicker : step.operation, step.y.map { operands[$0] }, step.z.map { operands[$0] }))
      if candidates.isEmpty { start = operands[position] } else { current = operands[position] }
    }
    guard let start else { preconditionFailure("the loop ends with a start") }
    let startPlace = place(start)
    let links = reversed.reversed().map { step in
      Step.Link(operation: step.operation, y: step.y.map { place($0) }, z: step.z.map { place($0) })
    }
    return (startPlace, links)
  }

  /// The step that makes a value and adds it to the accumulator, where it is a product, a squared or an absolute difference
  /// that nobody else needs: the terms of scalar products and of distances, which then need no register.
  private func term(_ id: Int) -> (operation: ck_operation, y: Int?, z: Int?)? {
    guard canAccumulate(id, usedBy: 1), case .apply(let function) = values[id].operation else { return nil }
    let operands = values[id].operands
    let inner = operands[0]
    let isDifference = { (uses: Int) in
      canAccumulate(inner, usedBy: uses) && values[inner].operation == .apply(.subtract)
    }
    switch function {
    case .multiply where operands[0] != operands[1]: return (CK_ADD_PRODUCT, operands[0], operands[1])
    case .multiply where isDifference(2):
      return (CK_ADD_SQUARED_DIFFERENCE, values[inner].operands[0], values[inner].operands[1])
    case .abs where isDifference(1):
      return (CK_ADD_ABSOLUTE_DIFFERENCE, values[inner].operands[0], values[inner].operands[1])
    default: return nil
    }
  }

  /// A function's value that nobody else needs: it can stay in the accumulator.
  private func canAccumulate(_ id: Int, usedBy uses: Int) -> Bool {
    guard places[id] == nil, useCounts[id] == uses, case .apply = values[id].operation else { return false }
    return true
  }

  /// Which operand to load at the bottom of a chain: one that streams, so that broadcasts stay operands of links,
  /// which load them once a tile.
  private func streamedOperand(_ operands: [Int], of function: Function) -> Int {
    operands.indices.first { operand in
      guard function.chainStep(accumulator: operand) != nil else { return false }
      return switch places[operands[operand]] {
      case .constant, .row: false
      case .column, .line, .register, nil: true
      }
    } ?? 0
  }

  private mutating func step(_ id: Int) -> Step.Kind {
    let operands = values[id].operands
    switch values[id].operation {
    case .apply:
      let (start, links) = chain(endingAt: id)
      return .chain(start: start, links: links)
    case .gather(let input):
      return .gather(
        input: input, row: place(operands[0]), column: place(operands[1]), guarded: place(operands[2]))
    case .rowIndex, .columnIndex: return .ramp
    case .reduce(let reduction, let body): return .reduce(loop(reduction, body, operands: operands))
    case .loopIndex, .loopActive, .captured, .constant:
      preconditionFailure("placed before scheduling begins")
    }
  }

  /// The loop's own values get registers that stay theirs for the whole loop: `allocateRegisters` sees to it.
  private mutating func loop(_ reduction: Program.Reduction, _ body: Program.Body, operands: [Int]) -> Step.Loop {
    let outer = operands.map { place($0) }
    let isUniform = outer[..<3].allSatisfy { isOneDouble($0) }
    let index = newRegister(isScalar: isOneDouble(outer[0]))
    let active = newRegister(isScalar: isUniform)
    var places = [Place?](repeating: nil, count: body.values.count)
    var scalars = [Bool](repeating: false, count: body.values.count)
    for (id, value) in body.values.enumerated() {
      switch value.operation {
      case .loopIndex: places[id] = index
      case .loopActive: places[id] = active
      case .captured(let position): places[id] = outer[3 + position]
      case .constant(let bits): places[id] = .constant(pool.literal(bits))
      default: break
      }
      scalars[id] = places[id].map { isOneDouble($0) } ?? value.operands.allSatisfy { scalars[$0] }
    }
    var inner = Scheduler(
      values: body.values, places: places, roots: [body.result], rate: rate, pool: pool,
      isFast: isFast, firstRegister: nextRegister, isScalar: scalars)
    let term = inner.place(body.result)
    nextRegister = inner.nextRegister
    return Step.Loop(
      reduction: reduction, first: outer[0], last: outer[1], guarded: outer[2], index: index, active: active,
      isUniform: isUniform, steps: inner.steps, term: term)
  }

  /// Whether the place holds one double for the whole block.
  private func isOneDouble(_ place: Place) -> Bool {
    switch place {
    case .constant: true
    case .row: rate != .row
    case .column, .line: false
    case .register(_, let isScalar): isScalar
    }
  }

  private mutating func newRegister(isScalar: Bool) -> Place {
    nextRegister += 1
    return .register(nextRegister - 1, isScalar: isScalar)
  }
}
