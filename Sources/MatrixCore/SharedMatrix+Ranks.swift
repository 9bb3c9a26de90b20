// SPDX-License-Identifier: Apache-2.0
// A matrix that several processes computed together and hold one copy of: each has its value, none may change the copy alone.
// Only the engine (module Weft) makes such.

import Multiprocessing

extension SharedMatrix {
  /// Wraps memory that ranks of a node share. To each it is a value like another: who changes it takes a copy first.
  package init(ofRanks memory: consuming SharedMemory, shape: Shape) {
    self.init(adopting: memory, shape: shape)
    storage.hasTravelled.store(true, ordering: .relaxed)
    storage.isOfRanksOnly.store(true, ordering: .relaxed)
  }

  /// Whether, as far as this process knows, the memory may become a matrix of another shape, as in `makeUnique(shape:)`: when all
  /// who have it say so.
  package mutating func ranksMayReuse(for newShape: Shape) -> Bool {
    isKnownUniquelyReferenced(&storage) && storage.isOfRanksOnly.load(ordering: .relaxed)
      && isWorthKeeping(for: newShape)
  }

  /// Gives the matrix another shape in the same memory, after all ranks have agreed to it; its elements are unspecified then.
  package mutating func reuseAmongRanks(shape newShape: Shape) {
    precondition(
      newShape.byteCount(of: Element.elementType) <= segmentByteCount, "the memory is too small for the shape")
    shape = newShape
  }

  /// Where the ranks write; valid while this matrix lives. No copy is taken: they agree on who writes what.
  @unsafe package var baseOfRanks: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(storage.base) }
}
