// SPDX-License-Identifier: Apache-2.0
//
// Runs linked steps over one block: the interpreter. A step costs one kernel call; everything that could be decided
// earlier was (instruction set, addresses, registers, what is constant along a row or a column).

import CKernels

/// Why a block was left unfinished.
enum BlockFault: Error {
  /// An index of `gather` was out of range, or the bounds of a loop refused, in this lane.
  case lane(Int)
  /// The beat asked to stop.
  case cancelled
}

/// The interpreter of one evaluator. Not thread-safe: it owns the registers.
@safe final class BlockMachine {
  let kernels: UnsafePointer<ck_table>
  let memory: BlockMemory
  let program: LinkedProgram
  private let inputs: [ck_matrix]
  /// Elements between two beats: some 20 µs of simple arithmetic, 1 ms of the slowest function.
  private static let beatElements = 16_384
  private let beat: () -> Bool
  private var sinceBeat = 0
  /// `i` of the row block's first row and `j` of the panel's first column, origin included.
  var firstRow = 0.0
  var firstColumn = 0.0

  init(
    _ schedule: Schedule, kernels: UnsafePointer<ck_table>, rows: Int, columns: Int, inputs: [ck_matrix],
    beat: @escaping () -> Bool
  ) {
    unsafe self.kernels = kernels
    unsafe self.inputs = inputs
    self.beat = beat
    memory = BlockMemory(schedule, rows: rows, columns: columns)
    program = Linker.link(schedule, to: memory)
  }

  deinit {
    unsafe program.links.deallocate()
    unsafe program.patches.deallocate()
  }

  /// Counts work done; now and then gives a sign of life. False: stop.
  @inline(__always)
  func beat(after elements: Int) -> Bool {
    sinceBeat += elements
    guard sinceBeat >= BlockMachine.beatElements else { return true }
    sinceBeat = 0
    return beat()
  }

  /// Runs `steps` over `count` lanes of the block at (`row`, `column`) of the tables.
  func run(_ steps: Range<Int>, row: Int, column: Int, count: Int) throws(BlockFault) {
    for index in steps {
      let step = program.steps[index]
      let out = unsafe step.destination.at(row: row, column: column)
      // A value that is one double for the whole block (only in loops) is computed once.
      let lanes = step.destination.stride == 0 ? 1 : count
      switch step.kind {
      case .chain:
        patch(step, row: row, column: column)
        unsafe kernels.pointee.chain(
          step.x.operand(row: row, column: column), program.links.baseAddress.map { unsafe $0 + step.range.lowerBound },
          step.range.count, out, lanes)
      case .gather:
        let fault = unsafe withUnsafePointer(to: inputs[step.index]) { input in
          unsafe kernels.pointee.gather(
            input, step.x.operand(row: row, column: column), step.y.operand(row: row, column: column),
            step.z.operand(row: row, column: column), out, lanes)
        }
        if fault >= 0 { throw .lane(Int(fault)) }
      case .rowRamp: unsafe kernels.pointee.ramp(firstRow + Double(row), out, lanes)
      case .columnRamp: unsafe kernels.pointee.ramp(firstColumn + Double(column), out, lanes)
      case .loop:
        try runLoop(step, row: row, column: column, count: lanes)
      }
    }
  }

  /// Runs the result's chain into `sink`.
  func finish(into sink: inout ck_sink, row: Int, column: Int, count: Int) {
    let step = program.result
    patch(step, row: row, column: column)
    unsafe kernels.pointee.chain_into(
      step.x.operand(row: row, column: column), program.links.baseAddress.map { unsafe $0 + step.range.lowerBound },
      step.range.count, &sink, count)
  }

  /// Makes all that was stored past the caches visible before anything stored later.
  func drain() { unsafe kernels.pointee.drain() }

  @inline(__always)
  private func patch(_ step: LinkedStep, row: Int, column: Int) {
    for index in step.patches {
      let patch = unsafe program.patches[index]
      let base = unsafe UnsafePointer(patch.operand.at(row: row, column: column))
      if patch.isZ {
        unsafe program.links[patch.link].z.base = base
      } else {
        unsafe program.links[patch.link].y.base = base
      }
    }
  }
}
