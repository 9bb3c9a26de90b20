// SPDX-License-Identifier: Apache-2.0
// The private memory of a `Matrix`: one allocation, 64-byte aligned, freed with its last owner.
// Not a Swift array: an array ends the process when memory runs out, and a sparse file of 1 TB may ask for that.

import Glibc

/// More memory than the system gives.
public struct MemoryError: Error, Hashable, Sendable, CustomStringConvertible {
  public let byteCount: Int
  public let message: String

  init(byteCount: Int, shape: Shape) {
    self.byteCount = byteCount
    message =
      "no memory for a \(shape) matrix (\(byteCount) bytes): use fewer rows or columns, or a machine with more memory"
  }

  public var description: String { message }
}

/// Elements in memory that nobody else writes.
///
/// `@unchecked Sendable`, because the compiler cannot see it: the pointer never leaves this class and `Matrix`; memory
/// is written only by a `Matrix` that holds the sole reference (`isKnownUniquelyReferenced`), and shared only for
/// reading, as with `Array`'s own storage.
@safe @usableFromInline
final class MatrixStorage<Element: MatrixElement>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>

  /// Cache line, and the width of an AVX-512 register: an aligned row start never splits a load.
  private static var alignment: Int { 64 }
  /// What one entry of the page table can map instead of 512 small pages.
  private static var hugePage: Int { 2 << 20 }

  /// Memory with unspecified contents. Any bit pattern is a valid element.
  init(uninitialized shape: Shape) throws(MemoryError) {
    let byteCount = shape.byteCount(of: Element.elementType)
    var memory: UnsafeMutableRawPointer?
    let isLarge = byteCount >= 2 * Self.hugePage
    let alignment = isLarge ? Self.hugePage : Self.alignment
    guard unsafe posix_memalign(&memory, alignment, max(byteCount, alignment)) == 0, let memory = unsafe memory
    else { throw MemoryError(byteCount: byteCount, shape: shape) }
    // Fresh memory costs a fault a page, and new matrices are what arithmetic is made of: 128 MB are written first in
    // 17 ms by huge pages, in 63 by small ones (Xeon, Linux 6.18, 2026-11-26). A wish only: its refusal changes nothing.
    // The end that fills no huge page is left out, so that no more memory is taken than was asked for.
    if isLarge { unsafe _ = madvise(memory, byteCount / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
    unsafe base = memory.bindMemory(to: Element.self, capacity: shape.count)
  }

  deinit { unsafe free(base) }
}

/// The standard library's `update(repeating:count:)`, which is not specialized in generic code and then twice as slow.
@specialized(where Element == Double)
@specialized(where Element == Float)
@unsafe func fill<Element: MatrixElement>(_ base: UnsafeMutablePointer<Element>, count: Int, with value: Element) {
  for k in 0..<count { unsafe base[k] = value }
}
