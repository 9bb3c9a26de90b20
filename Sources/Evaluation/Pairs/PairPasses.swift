// SPDX-License-Identifier: Apache-2.0
//
// A PairProgram's expression as passes, each one operand or two combined: what `PairEvaluator` walks for every row.

import CKernels
import Formula

/// One pass over a stretch of a row.
struct PairPass {
  /// Where a pass reads or writes.
  enum Place: Equatable {
    /// Position among the program's operands.
    case operand(Int)
    /// Scratch, by number.
    case scratch(Int)
  }

  var x: Place
  var operation: ck_pair_operation
  var y: Place
  /// Scratch by number; nil for the last pass, which makes the elements.
  var destination: Int?
}

/// The passes of a program, in order.
struct PairPasses {
  private(set) var passes: [PairPass] = []
  private(set) var scratchCount = 0
  private let program: PairProgram

  init(_ program: PairProgram) {
    self.program = program
    let result = place(program.result)
    // The last pass goes to the matrix; an operand alone is a pass without an operation.
    if case .scratch = result {
      passes[passes.count - 1].destination = nil
      scratchCount -= 1
    } else {
      passes.append(PairPass(x: result, operation: CK_PAIR_NONE, y: result, destination: nil))
    }
  }

  private mutating func place(_ node: PairProgram.Node) -> PairPass.Place {
    switch node {
    case .operand(let index): .operand(index)
    case .multiply(let x, let y): combine(place(x), CK_PAIR_MULTIPLY, place(y))
    case .add(let x, let y): combine(place(x), CK_PAIR_ADD, place(y))
    }
  }

  /// A rotation is read first; of two, one is put down before.
  private mutating func combine(
    _ x: PairPass.Place, _ operation: ck_pair_operation, _ y: PairPass.Place
  ) -> PairPass.Place {
    if isRotation(y) {
      return isRotation(x)
        ? append(x, operation, append(y, CK_PAIR_NONE, y)) : append(y, operation, x)
    }
    return append(x, operation, y)
  }

  /// Scratch is never used again: an expression has few operations, and a stretch's scratch stays in L1.
  private mutating func append(
    _ x: PairPass.Place, _ operation: ck_pair_operation, _ y: PairPass.Place
  ) -> PairPass.Place {
    passes.append(PairPass(x: x, operation: operation, y: y, destination: scratchCount))
    scratchCount += 1
    return .scratch(scratchCount - 1)
  }

  private func isRotation(_ place: PairPass.Place) -> Bool {
    if case .operand(let index) = place, case .rotation = program.operands[index] { true } else { false }
  }
}
