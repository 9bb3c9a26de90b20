// SPDX-License-Identifier: Apache-2.0
// How threads and Swift tasks of this process wait for something that another thread of it does. Every job of a pool has
// one (the chunks of one map share theirs); the pool posts it when a job is finished.

import Synchronization

/// A count of events, and who waits for the next one. Waiters may be woken for no reason: they look again.
///
/// Against lost wake-ups: read `count`, look whether there is something to wait for, then wait *while* the count is still
/// the one that was read.
@safe final class Notice: Sendable {
  // A place of its own, since a futex needs an address. Only atomic operations touch it, until `deinit`.
  private nonisolated(unsafe) let memory: UnsafeMutableRawPointer
  private let sleepers = Atomic<Int>(0)
  private let suspended = Mutex<[CheckedContinuation<Void, Never>]>([])

  init() {
    unsafe memory = .allocate(byteCount: 8, alignment: 8)
    unsafe memory.storeBytes(of: 0, as: UInt64.self)
  }

  deinit { unsafe memory.deallocate() }

  private var word: FutexWord { unsafe FutexWord(memory) }

  var count: UInt32 { word.load() }

  /// Something happened: wakes every waiter.
  func post() {
    word.add(1)
    // Whoever is not counted yet has not compared the word yet either, and will see that it has changed.
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { word.wake() }
    let woken = suspended.withLock { waiters in
      defer { waiters = [] }
      return waiters
    }
    for continuation in woken { continuation.resume() }
  }

  /// Sleeps until something happens after `seen` was read, at most until `deadline`.
  func sleep(while seen: UInt32, deadline: Deadline?) {
    sleepers.add(1, ordering: .sequentiallyConsistent)
    word.wait(while: seen, deadline: deadline)
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
  }

  /// The same for a Swift task; ends early for cancellation, which the caller looks for.
  func suspend(while seen: UInt32, isolation: isolated (any Actor)? = #isolation) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = suspended.withLock { waiters in
          guard count == seen else { return false }
          waiters.append(continuation)
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      post()
    }
  }
}
