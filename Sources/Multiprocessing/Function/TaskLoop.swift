// SPDX-License-Identifier: Apache-2.0
// Runs async work to its end on one thread, in a process that has no other. Used by FunctionRunner in workers.
// Why not a semaphore around a Task: that starts a pool of threads in every worker, and hands the work to and fro
// between them for 20 µs a call; here a function that never suspends costs less than one.

import CPOSIX
import Synchronization

/// An executor for async work that belongs to one thread and runs only while that thread is in `run`.
///
/// Child tasks, `async let` and default actors run on it as well, and in a worker, where it has the main thread, the
/// main actor.
package final class TaskLoop: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    /// Of those, taken from the front; all are dropped when the last one is.
    var taken = 0
    var isAsleep = false
    var task: Task<Void, Never>?
  }

  private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }

  private let state = Mutex(State())
  private let wakeUp: WakeUp
  /// -1: the main actor is served elsewhere.
  private let mainQueue: Int32

  /// In a worker: made and used on its main thread.
  package init() throws(SystemError) {
    wakeUp = try WakeUp()
    mainQueue = WorkerEntry.isWorker.load(ordering: .relaxed) ? cposix_main_queue() : -1
  }

  /// Runs `body` to its end on the calling thread, which sleeps while the work is suspended. One call at a time.
  ///
  /// - Parameters:
  ///   - descriptor: also waited for while the work is suspended; -1: none.
  ///   - onReadable: called then, on this thread, each time `descriptor` is readable; reads it empty, and may `cancel`.
  package func run<Value: Sendable>(
    alsoWaitingFor descriptor: Int32 = -1, onReadable: (() -> Void)? = nil,
    _ body: @escaping @Sendable () async throws -> Value
  ) -> Result<Value, any Error> {
    let outcome = Outcome<Value>()
    // Immediate: runs here at once to its first suspension, which most functions do not have.
    let task = Task.immediate(executorPreference: self) {
      let result: Result<Value, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      outcome.result.withLock { $0 = result }
    }
    if let result = outcome.result.withLock({ $0 }) { return result }
    state.withLock { $0.task = task }
    defer { state.withLock { $0.task = nil } }
    while true {
      runJobs()
      if let result = outcome.result.withLock({ $0 }) { return result }
      sleep(descriptor, onReadable)
    }
  }

  /// Cancels what runs, in Swift's way: the work is told, and ends when it looks. From any thread, once the work has
  /// suspended: before that there is nothing to tell it.
  package func cancel() { state.withLock { $0.task }?.cancel() }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let sleeps = state.withLock { state in
      state.jobs.append(job)
      defer { state.isAsleep = false }
      return state.isAsleep
    }
    if sleeps { wakeUp.raise() }
  }

  private func runJobs() {
    while let job = nextJob() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func nextJob() -> UnownedJob? {
    state.withLock { state in
      guard state.taken < state.jobs.count else {
        state.jobs.removeAll(keepingCapacity: true)
        state.taken = 0
        return nil
      }
      defer { state.taken += 1 }
      return state.jobs[state.taken]
    }
  }

  private func sleep(_ descriptor: Int32, _ onReadable: (() -> Void)?) {
    // Somebody else's answer is often close: another process's, over a ring.
    let isReady = Spin.until { state.withLock { $0.taken < $0.jobs.count } }
    if isReady { return }
    let sleeps = state.withLock { state in
      state.isAsleep = state.taken == state.jobs.count
      return state.isAsleep
    }
    guard sleeps else { return }
    // The descriptors are open: a failure could only be memory running out in the kernel, and is tried again.
    let ready = (try? waitForAny(descriptors: [wakeUp.descriptorNumber, descriptor, mainQueue], deadline: nil)) ?? []
    state.withLock { $0.isAsleep = false }
    if ready.contains(0) { wakeUp.lower() }
    if ready.contains(1) { onReadable?() }
    if ready.contains(2) { cposix_run_main_queue() }
  }
}
