// SPDX-License-Identifier: Apache-2.0
// What only the engine (module Weft) does with a `SharedMatrix`: hand its segment to workers, use it again for the next
// job, and, in a worker, wrap a segment that was handed over.

import Multiprocessing

extension SharedMatrix {
  /// The segment's number: equal numbers are the same memory, so a worker that has mapped it need not do so again.
  package var segment: SegmentID { storage.segment }

  /// The segment's descriptor, to be passed to a worker; it stays owned by this matrix.
  package var descriptorNumber: Int32 { storage.memory.descriptorNumber }

  /// Bytes of the whole segment, which a kept one may have more of than the shape needs: what a worker maps.
  package var segmentByteCount: Int { storage.memory.byteCount }

  /// A matrix whose elements are unspecified until they are written (fresh memory is zero, a kept segment is not).
  package init(uninitialized shape: Shape) throws(SystemError) { try self.init(shape: shape) }

  /// Wraps memory that another process handed over, in a worker. Memory attached for reading only must not be changed.
  /// A segment smaller than the shape is a programming error.
  package init(adopting memory: consuming SharedMemory, shape: Shape) {
    precondition(shape.byteCount(of: Element.elementType) <= memory.byteCount, "the segment is too small for the shape")
    self.shape = shape
    storage = SharedMatrixStorage(memory)
  }

  /// Gives the matrix another shape and memory of its own; its elements are unspecified afterwards.
  ///
  /// The segment is kept when nobody else refers to it and it is large enough: touched pages are eight times as fast
  /// as fresh ones (facts.md). One more than four times larger than needed is let go, so that one large job does not
  /// hold its memory for ever; below `keptByteCount` that is not worth a new segment.
  ///
  /// - Throws: `SystemError` when there is no room for it in shared memory; the matrix is then as it was.
  package mutating func makeUnique(shape newShape: Shape) throws(SystemError) {
    if isWorthKeeping(for: newShape), isAlone() {
      shape = newShape
    } else {
      self = try SharedMatrix(uninitialized: newShape)
    }
  }

  private static var keptByteCount: Int { 64 << 20 }

  func isWorthKeeping(for newShape: Shape) -> Bool {
    let needed = newShape.byteCount(of: Element.elementType)
    let kept = storage.memory.byteCount
    return needed <= kept && (kept <= Self.keptByteCount || needed >= kept / 4)
  }

  /// The elements' bytes, for the engine's own checks and for filling in process. The pointer must not escape `body`.
  @unsafe package mutating func withUnsafeMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    copyIfShared()
    return try unsafe body(UnsafeMutableRawBufferPointer(start: storage.base, count: byteCount))
  }
}
