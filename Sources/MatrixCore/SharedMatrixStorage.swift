// SPDX-License-Identifier: Apache-2.0
// The memory of a `SharedMatrix`: one segment that worker processes map too, with a number that tells the engine
// whether a worker has it already. Only `SharedMatrix` uses it.

import Multiprocessing
import Synchronization

/// One shared-memory segment, unmapped and closed with its last owner.
///
/// `@unchecked Sendable`, because the compiler cannot see it: `base` is the address of `memory`, which is `Sendable`
/// itself; memory is written only by a `SharedMatrix` that holds the sole reference to it, of all processes. (Workers write
/// while the engine holds that matrix exclusively, and tell it when they are done.)
@safe @usableFromInline
final class SharedMatrixStorage<Element: MatrixElement>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  let memory: SharedMemory
  let segment: SegmentID
  /// Another process has it too: it is not written any more.
  @usableFromInline let hasTravelled = Atomic(false)
  /// Nobody but the ranks that computed it together has it: they may compute into it again, all of them, and none alone.
  let isOfRanksOnly = Atomic(false)

  init(_ memory: consuming SharedMemory) {
    unsafe base = memory.baseAddress.bindMemory(
      to: Element.self, capacity: memory.byteCount / MemoryLayout<Element>.stride)
    self.memory = memory
    segment = SegmentID.next()
  }
}

/// Names one segment for as long as this process lives. Descriptor numbers would not do: they are used again.
package struct SegmentID: Hashable, Sendable {
  package let number: UInt64

  private static let counter = Atomic<UInt64>(0)

  static func next() -> SegmentID {
    SegmentID(number: counter.wrappingAdd(1, ordering: .relaxed).newValue)
  }
}
