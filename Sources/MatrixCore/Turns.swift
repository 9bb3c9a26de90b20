// SPDX-License-Identifier: Apache-2.0
//
// What threads of one loop do one after the other: beside `Threads.forEach`, for what is made by several and has an
// order, such as a file.

import Glibc

/// Lets threads into what they share, one at a time, in any order or in that of their numbers.
///
///     Threads.forEach(threads, threads: threads) { _ in
///       while let part = turns.exclusively({ parts.next() }) {
///         …                                    // what all do at once
///         turns.inTurn(part.number) { … }      // what part 0 does before part 1
///       }
///     }
///
/// Numbers begin at 0; each has to be given out before the next and to be used once: who waits for a number that nobody
/// has waits for ever. Made on one thread and lent to others by a body of `Threads.forEach`: not Sendable. Rejected:
/// `Mutex`, on which nobody can wait for a number.
@safe package final class Turns {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var turn = 0

  package init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` while no other thread is in one. It must not wait for a turn.
  package func exclusively<R>(_ body: () -> R) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Runs `body` after those of all lower numbers; others may be in `exclusively` meanwhile.
  package func inTurn(_ number: Int, _ body: () -> Void) {
    unsafe pthread_mutex_lock(mutex)
    while turn != number { unsafe pthread_cond_wait(changed, mutex) }
    unsafe pthread_mutex_unlock(mutex)
    body()
    unsafe pthread_mutex_lock(mutex)
    turn += 1
    unsafe pthread_cond_broadcast(changed)
    unsafe pthread_mutex_unlock(mutex)
  }
}
