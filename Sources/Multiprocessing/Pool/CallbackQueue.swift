// SPDX-License-Identifier: Apache-2.0
// Runs the callbacks of a pool's results, one after the other, on a thread of their own: a callback may wait for another
// result or start new work without stopping the pool. The thread exists from the first callback on.

import Glibc
import Synchronization

/// A callback that runs once. What it holds, a result and with it perhaps the last reference to the pool, goes on the
/// thread that ran it, whoever still holds this object: a pool that ends under its own lock would wait for itself.
final class Callback: Sendable {
  private let body: Mutex<(@Sendable () -> Void)?>

  init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }

  func run() {
    let body = body.withLock { body in
      defer { body = nil }
      return body
    }
    body?()
  }
}

final class CallbackQueue: Sendable {
  private struct State {
    var callbacks: [Callback] = []
    var thread: pthread_t?
    var isStarted = false
    var isClosed = false
    var isFinished = false
  }

  private let state = Mutex(State())
  private let notice = Notice()

  /// Before the first `post`.
  func start() throws(SystemError) {
    let isFirst = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return }
    do {
      try Offload.startThread { self.run() }
    } catch {
      state.withLock { $0.isStarted = false }
      throw error
    }
  }

  func post(_ callback: Callback) {
    state.withLock { $0.callbacks.append(callback) }
    notice.post()
  }

  /// No more will be posted: the thread ends after the last.
  func close() {
    state.withLock { state in
      state.isClosed = true
      if !state.isStarted { state.isFinished = true }
    }
    notice.post()
  }

  /// Whether this is one of the callbacks speaking.
  var isCurrentThread: Bool {
    state.withLock { state in state.thread == pthread_self() }
  }

  private var isFinished: Bool { state.withLock { $0.isFinished } }

  /// After `close`: waits until the last callback has returned. False: not by `deadline`.
  func waitUntilFinished(deadline: Deadline?) -> Bool {
    while true {
      let seen = notice.count
      if isFinished { return true }
      if let deadline, deadline.hasPassed { return false }
      notice.sleep(while: seen, deadline: deadline)
    }
  }

  /// The same for a Swift task. On a thread of its own, because the pool's, which watches over deadlines, is gone by then.
  func waitUntilFinished(deadline: Deadline?) async throws -> Bool {
    if isFinished { return true }
    return try await Offload.run { isCancelled in
      while !isCancelled() {
        let slice = Deadline.in(seconds: 0.04)
        if self.waitUntilFinished(deadline: min(slice, deadline ?? slice)) { return true }
        if deadline?.hasPassed == true { return false }
      }
      throw CancellationError()
    }
  }

  private func run() {
    state.withLock { $0.thread = pthread_self() }
    while true {
      let seen = notice.count
      let (callbacks, isLast) = state.withLock { state in
        defer { state.callbacks = [] }
        let isLast = state.isClosed && state.callbacks.isEmpty
        if isLast {
          state.isFinished = true
          // Another thread may get this number.
          state.thread = nil
        }
        return (state.callbacks, isLast)
      }
      if isLast { return notice.post() }
      for callback in callbacks { callback.run() }
      if callbacks.isEmpty { notice.sleep(while: seen, deadline: nil) }
    }
  }
}
