// SPDX-License-Identifier: Apache-2.0
//
// Register allocation by linear scan (Poletto and Sarkar, "Linear scan register allocation", 1999): a slot is free
// again after the last step that reads it, so a section's scratch stays in L1.

extension Schedule {
  /// Maps every section's registers, numbered without limit by `Scheduler`, to as few block-sized slots as serve.
  mutating func allocateRegisters() {
    var count = 0
    allocate(&constantSection, &count)
    allocate(&rowSection, &count)
    allocate(&columnSection, &count)
    for index in lineSections.indices {
      var section = Section(steps: lineSections[index].steps)
      allocate(&section, &count)
      lineSections[index].steps = section.steps
    }
    // The result's chain reads registers too: a last step, for the length of this call.
    elementSection.steps.append(Step(kind: .chain(start: resultStart, links: resultLinks), destination: resultStart))
    allocate(&elementSection, &count)
    if case .chain(let start, let links) = elementSection.steps.removeLast().kind {
      (resultStart, resultLinks) = (start, links)
    }
    registerCount = count
  }

  private func allocate(_ section: inout Section, _ count: inout Int) {
    var lastUse: [Int: Int] = [:]
    for (index, step) in section.steps.enumerated() {
      step.forEachRegister { lastUse[$0] = index }
    }
    var slots: [Int: Int] = [:]
    var free: [Int] = []
    var used = 0
    func slot(_ register: Int) -> Int {
      if let slot = slots[register] { return slot }
      let slot: Int
      if let reused = free.popLast() {
        slot = reused
      } else {
        slot = used
        used += 1
      }
      slots[register] = slot
      return slot
    }
    for index in section.steps.indices {
      let step = section.steps[index]
      var ending: Set<Int> = []
      step.forEachRegister { if lastUse[$0] == index { ending.insert($0) } }
      ending.remove(step.destination.register ?? -1)
      let dying = ending.sorted()  // sorted: the same slots every time
      // A kernel may write over an operand (its contract), a loop may not: it reads them again at every turn.
      if case .reduce = step.kind {
      } else {
        free.append(contentsOf: dying.compactMap { slots[$0] })
      }
      section.steps[index] = step.mappingRegisters(slot)
      if case .reduce = step.kind {
        free.append(contentsOf: dying.compactMap { slots[$0] })
      }
    }
    count = max(count, used)
  }
}

extension Place {
  fileprivate var register: Int? {
    if case .register(let register, _) = self { register } else { nil }
  }

  fileprivate func mappingRegister(_ slot: (Int) -> Int) -> Place {
    if case .register(let register, let isScalar) = self { .register(slot(register), isScalar: isScalar) } else { self }
  }
}

extension Step {
  /// Every register the step reads or writes, the inside of a loop included.
  fileprivate func forEachRegister(_ body: (Int) -> Void) {
    // A mapping that changes nothing visits every place once: one walk to keep right instead of two.
    _ = mappingRegisters {
      body($0)
      return $0
    }
  }

  fileprivate func mappingRegisters(_ slot: (Int) -> Int) -> Step {
    func map(_ place: Place) -> Place { place.mappingRegister(slot) }
    let kind: Kind =
      switch self.kind {
      case .chain(let start, let links):
        .chain(
          start: map(start),
          links: links.map { Link(operation: $0.operation, y: $0.y.map(map), z: $0.z.map(map)) })
      case .gather(let input, let row, let column, let guarded):
        .gather(input: input, row: map(row), column: map(column), guarded: map(guarded))
      case .ramp: .ramp
      case .reduce(let loop):
        .reduce(
          Loop(
            reduction: loop.reduction, first: map(loop.first), last: map(loop.last), guarded: map(loop.guarded),
            index: map(loop.index), active: map(loop.active), isUniform: loop.isUniform,
            steps: loop.steps.map { $0.mappingRegisters(slot) }, term: map(loop.term)))
      }
    return Step(kind: kind, destination: map(destination))
  }
}
