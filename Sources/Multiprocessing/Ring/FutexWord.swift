// SPDX-License-Identifier: Apache-2.0
// A word in shared memory to sleep on, and the short look before anybody sleeps. Used by everything that waits.

import CPOSIX
import Synchronization

/// A 32-bit word at a fixed place in shared memory, on which processes can sleep. Does not own the memory.
@safe package struct FutexWord: Sendable {
  private nonisolated(unsafe) let pointer: UnsafeMutablePointer<Atomic<UInt32>>

  /// `address` is aligned to 4, and outlives this value.
  @unsafe package init(_ address: UnsafeMutableRawPointer) {
    unsafe pointer = address.assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  @inline(__always)
  package func load() -> UInt32 { unsafe pointer.pointee.load(ordering: .acquiring) }
  @inline(__always)
  package func store(_ value: UInt32) { unsafe pointer.pointee.store(value, ordering: .sequentiallyConsistent) }
  /// The value before.
  @inline(__always) @discardableResult
  package func add(_ value: UInt32) -> UInt32 {
    unsafe pointer.pointee.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue
  }
  /// Whether the word was `expected` and is `desired` now.
  @inline(__always)
  package func exchange(_ expected: UInt32, for desired: UInt32) -> Bool {
    unsafe pointer.pointee.compareExchange(
      expected: expected, desired: desired, ordering: .sequentiallyConsistent
    ).exchanged
  }

  /// Sleeps while the word is `expected`, until woken or until `deadline` (nil: none), whichever is first; may also return
  /// for no reason. The caller looks again.
  package func wait(while expected: UInt32, deadline: Deadline?) {
    let left = deadline.map { Int64(clamping: $0.remainingNanoseconds) } ?? -1
    _ = unsafe cposix_futex_wait(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self), expected, left)
  }

  /// Wakes at most `count` sleepers of all processes.
  package func wake(_ count: Int32 = .max) {
    _ = unsafe cposix_futex_wake(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self), count)
  }
}

/// Looks again and again for a short while before anyone sleeps: a wake-up from sleep costs about 80 µs, a look 0.1 µs.
package enum Spin {
  /// How long is worth it: somewhat more than one wake-up.
  package static let nanoseconds: UInt64 = 60_000

  /// Whether `condition` came true while spinning. Does not spin on a machine of one CPU, and only now and then where it
  /// has not been worth it.
  @inline(__always)
  package static func until(_ nanoseconds: UInt64 = nanoseconds, _ condition: () -> Bool) -> Bool {
    if condition() { return true }
    guard isWorthwhile else { return false }
    let isLong = nanoseconds >= Spin.nanoseconds
    let end = Deadline.now.nanoseconds + (isLong && !isPromising ? 0 : nanoseconds)
    repeat {
      for _ in 0..<16 {
        if condition() {
          note(isFruitful: true)
          return true
        }
        cposix_pause()
      }
    } while Deadline.now.nanoseconds < end
    if isLong { note(isFruitful: false) }
    return condition()
  }

  /// Long spins in a row after which the condition still did not hold.
  private static let fruitless = Atomic<UInt32>(0)

  /// Where two processes share a CPU, or what comes takes longer in any case, a spin only holds up the other side: after
  /// eight fruitless ones in a row, one in sixteen is made. That one brings two sides that could be awake at once, each
  /// on its own CPU, together again; with spins that only became shorter both would sleep for ever, because none would
  /// outlast a wake-up.
  private static var isPromising: Bool {
    let count = fruitless.load(ordering: .relaxed)
    return count < 8 || count % 16 == 0
  }

  private static func note(isFruitful: Bool) {
    let count = fruitless.load(ordering: .relaxed)
    // No write where nothing changes; that threads overwrite each other's count does no harm.
    if !isFruitful || count != 0 { fruitless.store(isFruitful ? 0 : count &+ 1, ordering: .relaxed) }
  }

  private static let isWorthwhile = Machine.cpuCount().count > 1
}
