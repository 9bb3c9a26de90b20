// SPDX-License-Identifier: Apache-2.0
//
// Several threads of this process on one loop: for what is done with matrices while no worker runs.

import Glibc
import Multiprocessing
import Synchronization

package enum Threads {
  /// As many as this process may use CPUs. Asks the kernel, which takes 0.1 ms: for once before a long loop.
  package static var available: Int { Machine.cpuCount().count }

  /// Calls `body` with every index below `count` once, on this thread and up to `threads - 1` others, whichever is free
  /// next; returns when all calls have. Where no thread can be had, this one does it all.
  ///
  /// `body` runs on several threads at a time: what it shares is its own to guard.
  package static func forEach(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      // Every thread has ended when this returns.
      nonisolated(unsafe) let call = body
      let next = Counter()
      let work: @Sendable () -> Void = {
        while case let index = next.value.add(1, ordering: .relaxed).oldValue, index < count { unsafe call(index) }
      }
      var others: [pthread_t] = []
      for _ in 1..<max(1, min(threads, count)) {
        guard let thread = try? Offload.startJoinableThread(work) else { break }
        others.append(thread)
      }
      work()
      for thread in others { pthread_join(thread, nil) }
    }
  }

  private final class Counter: Sendable { let value = Atomic(0) }
}
