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
    /// Of those, taken from the front; dropped when the last one is, or many.
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
    var nextLook = Deadline.now.advanced(by: TaskLoop.lookNanoseconds)
    while true {
      runJobs()
      if let result = outcome.result.withLock({ $0 }) { return result }
      // Work that yields again and again leaves no moment to sleep.
      let isDue = nextLook.hasPassed
      if isDue { nextLook = Deadline.now.advanced(by: TaskLoop.lookNanoseconds) }
      if hasJobs {
        if isDue { look(descriptor, onReadable, deadline: .now) }
      } else {
        sleep(descriptor, onReadable)
      }
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

  /// While there is always something to run, the descriptors are looked at so often.
  private static let lookNanoseconds: UInt64 = 1_000_000
  private static let takenLimit = 1000

  private var hasJobs: Bool { state.withLock { $0.taken < $0.jobs.count } }

  /// Runs what is there; what that brings about comes next time.
  private func runJobs() {
    var left = state.withLock { $0.jobs.count - $0.taken }
    while left > 0, let job = nextJob() {
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
      left -= 1
    }
  }

  private func nextJob() -> UnownedJob? {
    state.withLock { state in
      guard state.taken < state.jobs.count else {
        state.jobs.removeAll(keepingCapacity: true)
        state.taken = 0
        return nil
      }
      let job = state.jobs[state.taken]
      state.taken += 1
      if state.taken >= TaskLoop.takenLimit && state.taken * 2 > state.jobs.count {
        state.jobs.removeFirst(state.taken)
        state.taken = 0
      }
      return job
    }
  }

  private func sleep(_ descriptor: Int32, _ onReadable: (() -> Void)?) {
    // Somebody else's answer is often close: another process's, over a ring.
    let isReady = Spin.until { hasJobs }
    if isReady { return }
    let sleeps = state.withLock { state in
      state.isAsleep = state.taken == state.jobs.count
      return state.isAsleep
    }
    if sleeps { look(descriptor, onReadable, deadline: nil) }
  }

  private func look(_ descriptor: Int32, _ onReadable: (() -> Void)?, deadline: Deadline?) {
    // The descriptors are open: a failure could only be memory running out in the kernel, and is tried again.
    let descriptors = [wakeUp.descriptorNumber, descriptor, mainQueue]
    let ready = (try? waitForAny(descriptors: descriptors, deadline: deadline)) ?? []
    state.withLock { $0.isAsleep = false }
    if ready.contains(0) { wakeUp.lower() }
    if ready.contains(1) { onReadable?() }
    if ready.contains(2) { cposix_run_main_queue() }
  }
}
