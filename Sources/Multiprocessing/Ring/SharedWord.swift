// SPDX-License-Identifier: Apache-2.0
// An atomic word in memory that several processes share. Used by the ring and by everything that counts.

import Synchronization

/// A 64-bit word at a fixed place in shared memory. Does not own the memory.
@safe package struct SharedWord: Sendable {
  // What it points to is atomic.
  private nonisolated(unsafe) let pointer: UnsafeMutablePointer<Atomic<UInt64>>

  /// `address` is aligned to 8, and outlives this value.
  @unsafe package init(_ address: UnsafeMutableRawPointer) {
    unsafe pointer = address.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  @inline(__always)
  package func load() -> UInt64 { unsafe pointer.pointee.load(ordering: .acquiring) }
  @inline(__always)
  package func store(_ value: UInt64) { unsafe pointer.pointee.store(value, ordering: .releasing) }
  /// The value before.
  @inline(__always) @discardableResult
  package func add(_ value: UInt64) -> UInt64 {
    unsafe pointer.pointee.wrappingAdd(value, ordering: .acquiringAndReleasing).oldValue
  }
  /// Whether the word was `expected` and is `desired` now.
  @inline(__always)
  package func exchange(_ expected: UInt64, for desired: UInt64) -> Bool {
    unsafe pointer.pointee.compareExchange(expected: expected, desired: desired, ordering: .acquiringAndReleasing)
      .exchanged
  }
}
