// SPDX-License-Identifier: Apache-2.0
//
// Program → Schedule, the top of it: sorts values into sections by rate, gives those that cross sections a table, and
// the rest a register.

import Formula

/// The doubles that are the same for the whole matrix: literals by bit pattern, then computed constants.
final class ConstantPool {
  private(set) var literals: [UInt64: Int] = [:]
  private(set) var values: [Double] = []

  func literal(_ bits: UInt64) -> Int {
    if let index = literals[bits] { return index }
    literals[bits] = values.count
    return slot(Double(bitPattern: bits))
  }

  /// A slot that the constant section fills.
  func slot(_ initial: Double = 0) -> Int {
    values.append(initial)
    return values.count - 1
  }
}

extension Schedule {
  init(_ program: Program) {
    let values = program.values
    let pool = ConstantPool()
    var places = values.map { value -> Place? in
      guard case .constant(let bits) = value.operation else { return nil }
      return .constant(pool.literal(bits))
    }
    let exported = Schedule.exported(program)

    func section(_ rate: Rate, table: (Int) -> Place) -> Section {
      let roots = exported.filter { values[$0].rate == rate && places[$0] == nil }
      var scheduler = Scheduler(
        values: values, places: places, roots: roots, rate: rate, pool: pool, isFast: program.isFast)
      // In ascending order: a root that another root needs is in its table by then.
      for (index, root) in roots.enumerated() { places[root] = scheduler.place(root, at: table(index)) }
      return Section(steps: scheduler.steps)
    }
    constantSection = section(.constant) { _ in .constant(pool.slot()) }
    rowSection = section(.row) { .row($0) }
    columnSection = section(.column) { .column($0) }
    scheduleLines(values, exported, pool, isFast: program.isFast, &places)
    rowTableCount = places.count { if case .row = $0 { true } else { false } }
    columnTableCount = places.count { if case .column = $0 { true } else { false } }

    if let place = places[program.result] {
      resultStart = place
    } else {
      var scheduler = Scheduler(
        values: values, places: places, roots: [program.result], rate: .element, pool: pool, isFast: program.isFast)
      if case .apply = values[program.result].operation {
        (resultStart, resultLinks) = scheduler.chain(endingAt: program.result)
      } else {
        resultStart = scheduler.place(program.result)
      }
      elementSection = Section(steps: scheduler.steps)
    }
    allocateRegisters()
    constants = pool.values
  }

  /// Every line's values from the indexes up: what they share with other sections is cheap, or they would not be a table's.
  private mutating func scheduleLines(
    _ values: [Program.Value], _ exported: [Int], _ pool: ConstantPool, isFast: Bool, _ places: inout [Place?]
  ) {
    for root in exported {
      guard let line = values[root].line, !lineSections.contains(where: { $0.line == line }) else { continue }
      let roots = exported.filter { values[$0].line == line }
      var section = LineSection(line: line, rowIndex: pool.slot(), valueCount: roots.count)
      var inside = values.map { value -> Place? in
        switch value.operation {
        case .constant(let bits): .constant(pool.literal(bits))
        case .rowIndex: .constant(section.rowIndex)
        default: nil
        }
      }
      // A value of constant rate is there already.
      for id in values.indices where values[id].rate == .constant { inside[id] = inside[id] ?? places[id] }
      var scheduler = Scheduler(values: values, places: inside, roots: roots, rate: .column, pool: pool, isFast: isFast)
      for (index, root) in roots.enumerated() {
        places[root] = scheduler.place(root, at: .line(section: lineSections.count, value: index))
      }
      section.steps = scheduler.steps
      lineSections.append(section)
    }
  }

  /// Live values that a section of another rate (or the sink) reads: they need a table.
  private static func exported(_ program: Program) -> [Int] {
    var isLive = [Bool](repeating: false, count: program.values.count)
    var isExported = isLive
    isLive[program.result] = true
    isExported[program.result] = program.values[program.result].rate != .element
    for id in program.values.indices.reversed() where isLive[id] {
      // Reached from outside of its line: a table, made from the indexes up. Constants that it reads have to be there.
      if program.values[id].line != nil {
        isExported[id] = true
        for constant in constants(below: id, in: program) {
          isLive[constant] = true
          isExported[constant] = true
        }
        continue
      }
      for operand in program.values[id].operands {
        isLive[operand] = true
        if program.values[operand].rate != program.values[id].rate { isExported[operand] = true }
      }
    }
    return isExported.indices.filter { isExported[$0] }
  }

  /// The values of constant rate that a value is made of.
  private static func constants(below id: Int, in program: Program) -> [Int] {
    var found: [Int] = []
    var seen: Set<Int> = [id]
    var work = [id]
    while let next = work.popLast() {
      if program.values[next].rate == .constant {
        found.append(next)
      } else {
        work += program.values[next].operands.filter { seen.insert($0).inserted }
      }
    }
    return found
  }
}
