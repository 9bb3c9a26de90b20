// SPDX-License-Identifier: Apache-2.0
//
// A Schedule with its places turned into addresses, in flat arrays of plain values: what `BlockMachine` walks for every
// block without allocating, counting references or looking anything up.

import CKernels

/// An operand before the block is known: `base + row·rowStep + column·columnStep`, and along a line an offset for each row.
@safe struct LinkedOperand {
  var base: UnsafeMutablePointer<Double>? = nil
  /// 1 where the place is a table of rows.
  var rowStep = 0
  /// 1 where the place is a table of columns.
  var columnStep = 0
  /// Elements from one lane's operand to the next: 1 streams, 0 broadcasts. `CK_RAMP`: counted up from the first.
  var stride = 0
  /// Where the offset stands, of a place along a line.
  var offset: UnsafeMutablePointer<Int>? = nil

  /// Whether the address depends on the block.
  var moves: Bool { rowStep != 0 || columnStep != 0 }

  @inline(__always)
  func at(row: Int, column: Int) -> UnsafeMutablePointer<Double>? {
    unsafe base.map { unsafe $0 + (row &* rowStep &+ column &* columnStep &+ (offset?.pointee ?? 0)) }
  }

  @inline(__always)
  func operand(row: Int, column: Int) -> ck_operand {
    unsafe ck_operand(base: at(row: row, column: column), stride: Int64(stride))
  }
}

struct LinkedStep {
  enum Kind: UInt8 { case chain, gather, rowRamp, columnRamp, loop }
  var kind: Kind
  /// Chain: start. Gather: row, column, guard.
  var x = LinkedOperand()
  var y = LinkedOperand()
  var z = LinkedOperand()
  var destination = LinkedOperand()
  /// Chain: its links. Loop: the steps of its body.
  var range = 0..<0
  /// Chain: the patches that move its links' operands to the block.
  var patches = 0..<0
  /// Gather: the input. Loop: index into the loops.
  var index = 0
}

/// One operand of one link that moves with the block.
struct LinkPatch {
  var link: Int
  var isZ: Bool
  var operand: LinkedOperand
}

struct LinkedLoop {
  var isProduct: Bool
  var first: LinkedOperand
  var last: LinkedOperand
  var guarded: LinkedOperand
  var index: LinkedOperand
  var active: LinkedOperand
  var isUniform: Bool
  var term: LinkedOperand
}

/// The linked form of a whole Schedule.
@safe struct LinkedProgram {
  var steps: [LinkedStep] = []
  /// Owned, with the patches, by whoever links: walked for every row, where an array's checks would show.
  var links: UnsafeMutableBufferPointer<ck_step>
  var patches: UnsafeMutableBufferPointer<LinkPatch>
  var loops: [LinkedLoop] = []
  var constantSection = 0..<0
  var rowSection = 0..<0
  var columnSection = 0..<0
  var lineSections: [Range<Int>] = []
  var elementSection = 0..<0
  /// The result's chain, a step without a destination.
  var result = LinkedStep(kind: .chain)

  /// Whether elements are made from more than registers and a few doubles a row. If not, nothing is loaded between the
  /// matrix's stores, and the CPU writes whole lines without fetching them: as fast as past the caches, and into them.
  var streamsOperands: Bool {
    !elementSection.isEmpty || result.x.stride == 1
      || result.patches.contains { unsafe patches[$0].operand.stride == 1 }
  }
}

/// Links a Schedule to the memory of a `BlockMachine`.
@safe struct Linker {
  private var program: LinkedProgram
  private var links: [ck_step] = unsafe []
  private var patches: [LinkPatch] = []
  private let memory: BlockMemory
  /// The table of `j` itself, if there is one.
  private let columnRamp: Place?

  /// The buffers of links and patches are allocated here and owned by the caller.
  static func link(_ schedule: Schedule, to memory: BlockMemory) -> LinkedProgram {
    var linker = unsafe Linker(
      program: unsafe LinkedProgram(
        links: UnsafeMutableBufferPointer(start: nil, count: 0),
        patches: UnsafeMutableBufferPointer(start: nil, count: 0)), memory: memory,
      columnRamp: schedule.columnRamp)
    linker.program.constantSection = linker.append(schedule.constantSection.steps, rate: .constant)
    linker.program.rowSection = linker.append(schedule.rowSection.steps, rate: .row)
    linker.program.columnSection = linker.append(schedule.columnSection.steps, rate: .column)
    linker.program.lineSections = schedule.lineSections.map { linker.append($0.steps, rate: .column) }
    linker.program.elementSection = linker.append(schedule.elementSection.steps, rate: .element)
    linker.program.result = linker.chain(schedule.resultStart, schedule.resultLinks, rate: .element)
    unsafe linker.program.links = .allocate(capacity: linker.links.count)
    _ = unsafe linker.program.links.initialize(from: linker.links)
    unsafe linker.program.patches = .allocate(capacity: linker.patches.count)
    _ = unsafe linker.program.patches.initialize(from: linker.patches)
    return linker.program
  }

  private mutating func append(_ steps: [Step], rate: SectionRate) -> Range<Int> {
    let linked = steps.map { link($0, rate: rate) }
    let start = program.steps.count
    program.steps.append(contentsOf: linked)
    return start..<program.steps.count
  }

  private mutating func link(_ step: Step, rate: SectionRate) -> LinkedStep {
    var linked: LinkedStep
    switch step.kind {
    case .chain(let start, let links):
      linked = chain(start, links, rate: rate)
    case .gather(let input, let row, let column, let guarded):
      linked = LinkedStep(kind: .gather)
      (linked.x, linked.y) = (memory.operand(row, rate), memory.operand(column, rate))
      linked.z = memory.operand(guarded, rate)
      linked.index = input
    case .ramp:
      linked = LinkedStep(kind: rate == .row ? .rowRamp : .columnRamp)
    case .reduce(let loop):
      linked = LinkedStep(kind: .loop)
      linked.index = program.loops.count
      program.loops.append(
        LinkedLoop(
          isProduct: loop.reduction == .product, first: memory.operand(loop.first, rate),
          last: memory.operand(loop.last, rate), guarded: memory.operand(loop.guarded, rate),
          index: memory.operand(loop.index, rate), active: memory.operand(loop.active, rate),
          isUniform: loop.isUniform, term: memory.operand(loop.term, rate)))
      linked.range = append(loop.steps, rate: rate)
    }
    linked.destination = memory.operand(step.destination, rate)
    return linked
  }

  /// Neighbouring steps of plain arithmetic as one step each: simple formulas spend half of their time on choosing what
  /// comes next.
  private static func fused(_ links: [Step.Link]) -> [Step.Link] {
    var result: [Step.Link] = []
    for link in links {
      if let last = result.last, let operation = last.operation.then(link.operation) {
        result[result.count - 1] = Step.Link(operation: operation, y: last.y, z: link.y)
      } else {
        result.append(link)
      }
    }
    return result
  }

  private mutating func chain(_ start: Place, _ chainLinks: [Step.Link], rate: SectionRate) -> LinkedStep {
    var linked = LinkedStep(kind: .chain)
    linked.x = memory.operand(start, rate)
    // `j` counted in registers, not read: a load that leaves L1 between the matrix's stores halves their rate, since
    // the CPU then fetches every line before it writes it whole (measured on Zen 4: 23 and 11 GB/s).
    if rate == .element, start == columnRamp { linked.x.stride = Int(CK_RAMP) }
    let firstLink = unsafe links.count
    let firstPatch = patches.count
    for link in Linker.fused(chainLinks) {
      let y = link.y.map { memory.operand($0, rate) } ?? LinkedOperand()
      let z = link.z.map { memory.operand($0, rate) } ?? LinkedOperand()
      if y.moves { patches.append(unsafe LinkPatch(link: links.count, isZ: false, operand: y)) }
      if z.moves { patches.append(unsafe LinkPatch(link: links.count, isZ: true, operand: z)) }
      unsafe links.append(
        ck_step(operation: link.operation, y: y.operand(row: 0, column: 0), z: z.operand(row: 0, column: 0)))
    }
    linked.range = unsafe firstLink..<links.count
    linked.patches = firstPatch..<patches.count
    return linked
  }
}
