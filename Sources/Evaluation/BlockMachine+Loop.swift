// SPDX-License-Identifier: Apache-2.0
//
// Sums and products over a loop index whose bounds are only known now. All lanes of a block take their turns
// together; a lane whose loop is over keeps its value.

import CKernels
import Formula

extension BlockMachine {
  /// acc = t₀, then acc ∘ tₙ while k <= last and the guard holds: the order of `ReferenceEvaluator`.
  func runLoop(_ step: LinkedStep, row: Int, column: Int, count: Int) throws(BlockFault) {
    let loop = program.loops[step.index]
    let turns = try turnCount(of: loop, row: row, column: column, count: loop.isUniform ? 1 : count)
    let accumulator = unsafe step.destination.operand(row: row, column: column)
    let scratch = unsafe ck_operand(base: memory.scratch, stride: 0)
    unsafe memory.scratch.pointee = loop.isProduct ? 1 : 0
    unsafe chain(from: scratch, [], to: step.destination, row, column, count)
    for turn in 0..<turns {
      // k counts by addition, as the language says: first, first + 1, (first + 1) + 1, …
      unsafe memory.scratch.pointee = 1
      let previous = turn == 0 ? loop.first : loop.index
      let increment = unsafe turn == 0 ? [] : [ck_step(operation: CK_ADD, y: scratch, z: ck_operand())]
      unsafe chain(
        from: previous.operand(row: row, column: column), increment, to: loop.index, row, column,
        loop.index.stride == 0 ? 1 : count)
      // active = (k <= last) && guard; needed by the body's gathers even where every lane runs alike.
      unsafe chain(
        from: loop.index.operand(row: row, column: column),
        [
          ck_step(operation: CK_LESS_EQUAL, y: loop.last.operand(row: row, column: column), z: ck_operand()),
          ck_step(operation: CK_AND, y: loop.guarded.operand(row: row, column: column), z: ck_operand()),
        ], to: loop.active, row, column, loop.isUniform ? 1 : count)
      // `turns` may be one too many where k, rounded, steps past a fractional bound.
      if loop.isUniform, unsafe loop.active.operand(row: row, column: column).base.pointee == 0 { break }
      guard beat(after: count) else { throw .cancelled }
      try run(step.range, row: row, column: column, count: count)
      var links: [ck_step] = unsafe []
      if turn > 0 {
        unsafe links.append(
          ck_step(operation: loop.isProduct ? CK_MULTIPLY : CK_ADD, y: accumulator, z: ck_operand()))
      }
      if !loop.isUniform {
        unsafe links.append(
          ck_step(
            operation: CK_SELECT_THEN, y: loop.active.operand(row: row, column: column), z: accumulator))
      }
      unsafe chain(
        from: loop.term.operand(row: row, column: column), links, to: step.destination, row, column, count)
    }
  }

  private func chain(
    from start: ck_operand, _ links: [ck_step], to destination: LinkedOperand, _ row: Int, _ column: Int, _ count: Int
  ) {
    unsafe links.withUnsafeBufferPointer { links in
      unsafe kernels.pointee.chain(
        start, links.baseAddress, links.count, destination.at(row: row, column: column), count)
    }
  }

  /// At least the turns of the lane that takes most. Bounds that the language refuses are a fault of their lane.
  private func turnCount(
    of loop: LinkedLoop, row: Int, column: Int, count: Int
  ) throws(BlockFault) -> Int {
    let first = unsafe loop.first.operand(row: row, column: column)
    let last = unsafe loop.last.operand(row: row, column: column)
    let guarded = unsafe loop.guarded.operand(row: row, column: column)
    var turns = 0
    for lane in 0..<count {
      guard unsafe guarded.base[lane * Int(guarded.stride)] != 0 else { continue }
      let (low, high) = unsafe (first.base[lane * Int(first.stride)], last.base[lane * Int(last.stride)])
      switch LoopBounds.verdict(first: low, last: high) {
      case .empty: break
      case .runs: turns = max(turns, Int(high - low) + 2)
      case .refused: throw .lane(lane)
      }
    }
    return turns
  }
}
