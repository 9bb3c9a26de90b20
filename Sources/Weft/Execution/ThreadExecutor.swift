// SPDX-License-Identifier: Apache-2.0
//
// One thread that runs an actor's calls: `Engine`'s, which wait for processes.

import Glibc
import Multiprocessing
import Synchronization

/// A serial executor on a thread of its own. The thread sleeps while there is nothing to run and ends with the
/// executor.
final class ThreadExecutor: SerialExecutor {
  private let queue: Queue

  init() throws(EngineError) {
    queue = Queue(wakeUp: try engineErrors { () throws(SystemError) in try WakeUp() })
    let start = unsafe Unmanaged.passRetained(ThreadStart(queue: queue, executor: self))
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, nil, threadBody, start.toOpaque())
    guard result == 0 else {
      unsafe start.release()
      throw EngineError(.resources, "The engine cannot start its thread; raise the limit on processes (ulimit -u).")
    }
    pthread_detach(thread)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.state.withLock { $0.jobs.append(job) }
    queue.wakeUp.raise()
  }

  deinit {
    queue.state.withLock { $0.hasEnded = true }
    queue.wakeUp.raise()
  }
}

/// What executor and thread share: the thread must not keep the executor alive.
private final class Queue: Sendable {
  struct State {
    var jobs: [UnownedJob] = []
    var hasEnded = false
  }

  let state = Mutex(State())
  let wakeUp: WakeUp

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  /// Waits for the next jobs; none when the executor is gone.
  func next() -> [UnownedJob] {
    while true {
      let (jobs, hasEnded) = state.withLock { state in
        defer { state.jobs = [] }
        return (state.jobs, state.hasEnded)
      }
      if !jobs.isEmpty || hasEnded { return jobs }
      _ = try? waitForAny(descriptors: [wakeUp.descriptorNumber], deadline: nil)
      wakeUp.lower()
    }
  }
}

private final class ThreadStart {
  let queue: Queue
  /// Alive whenever a job is there to run: the job's actor holds it.
  unowned(unsafe) let executor: ThreadExecutor

  init(queue: Queue, executor: ThreadExecutor) {
    self.queue = queue
    unsafe self.executor = executor
  }
}

private func threadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
  while true {
    let jobs = start.queue.next()
    if jobs.isEmpty { return nil }
    for job in jobs { unsafe job.runSynchronously(on: start.executor.asUnownedSerialExecutor()) }
  }
}
