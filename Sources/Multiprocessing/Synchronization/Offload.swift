// SPDX-License-Identifier: Apache-2.0
// Where async functions wait for other processes: on a thread of their own, because a wait on a cooperative thread
// would keep Swift's other tasks from running. Called by every async twin of a waiting function, after a brief spin.

import Glibc
import Synchronization

/// Waits that may last, outside of Swift's cooperative pool.
package enum Offload {
  /// Runs `body` on another thread and suspends until it is done. `body` asks `isCancelled` at least every 50 ms and
  /// throws `CancellationError` when it says so.
  ///
  /// A new thread for each wait: glibc keeps the stacks of ended ones, and to wake a kept thread costs as much as to
  /// start one. Waits may last for ever, so no number of threads kept would be enough.
  package nonisolated(nonsending) static func run<Success: Sendable>(
    _ body: @escaping @Sendable (_ isCancelled: @escaping () -> Bool) throws -> Success
  ) async throws -> Success {
    try Task.checkCancellation()
    let flag = Flag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        do throws(SystemError) {
          try startThread {
            continuation.resume(with: Result { try body { flag.isRaised.load(ordering: .relaxed) } })
          }
        } catch { continuation.resume(throwing: error) }
      }
    } onCancel: {
      flag.isRaised.store(true, ordering: .relaxed)
    }
  }

  private final class Flag: Sendable { let isRaised = Atomic(false) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a detached thread with every signal blocked: handlers run on the program's own threads.
  package static func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    pthread_detach(try startJoinableThread(body))
  }

  /// Starts a thread that has to be joined, with every signal blocked.
  package static func startJoinableThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> pthread_t {
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(Body(body))
    let error = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, argument.toOpaque())
    guard error == 0 else {
      unsafe argument.release()
      throw SystemError(
        "pthread_create", errno: error, "Cannot start a thread; raise the limit on processes and threads (ulimit -u).")
    }
    return thread
  }
}
