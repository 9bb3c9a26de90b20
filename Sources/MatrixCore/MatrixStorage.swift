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

  /// Memory with unspecified contents. Any bit pattern is a valid element.
  init(uninitialized shape: Shape) throws(MemoryError) {
    let byteCount = shape.byteCount(of: Element.elementType)
    var memory: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&memory, Self.alignment, max(byteCount, Self.alignment)) == 0,
      let memory = unsafe memory
    else { throw MemoryError(byteCount: byteCount, shape: shape) }
    unsafe base = memory.bindMemory(to: Element.self, capacity: shape.count)
  }

  deinit { unsafe free(base) }
}
