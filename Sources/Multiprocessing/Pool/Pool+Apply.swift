// SPDX-License-Identifier: Apache-2.0
// One call at a time: apply waits for it, applyAsync does not.

extension Pool {
  /// Runs `function` with `input` in a worker and waits for its output.
  ///
  /// - Parameters:
  ///   - timeout: how long it may run, from its start in the worker. Then it is cancelled, its worker killed if need be.
  ///   - retries: how many more times it is tried when the worker that runs it dies.
  /// - Throws: `RemoteError`, which the function threw; `SystemError`: `timedOut`, `workerLost` (with the signal and its
  ///   likely cause), `closed`, `payload`, `programNotFound` for a private or local type.
  public func apply<Function: RemoteFunction>(
    _ function: Function.Type, _ input: Function.Input, timeout: Duration? = nil, retries: Int = 0
  ) throws -> Function.Output {
    let job = try job(function, input, timeout, retries)
    try core.submit(job)
    _ = core.wait(on: job.notice, deadline: nil, until: { job.isDone })
    return try job.value(of: Function.Output.self)
  }

  /// The same for a Swift task. When that is cancelled, so is the call, and CancellationError is thrown at once: a function
  /// that was not started never is; one that runs is cancelled, and its worker killed when it has not ended after 0.2 s.
  public func apply<Function: RemoteFunction>(
    _ function: Function.Type, _ input: Function.Input, timeout: Duration? = nil, retries: Int = 0
  ) async throws -> Function.Output {
    let job = try job(function, input, timeout, retries)
    try Task.checkCancellation()
    try core.submit(job)
    do {
      _ = try await core.wait(on: job.notice, deadline: nil, until: { job.isDone })
    } catch {
      core.cancel([job], error: error, stopsRunning: true)
      throw error
    }
    return try job.value(of: Function.Output.self)
  }

  /// Runs `function` with `input` in a worker; returns at once.
  ///
  /// - Parameters:
  ///   - timeout, retries: as for `apply`.
  ///   - callback: gets the output, on a thread of the pool's own where callbacks run one after the other.
  ///   - errorCallback: gets the error instead.
  /// - Throws: `SystemError` when the call cannot be submitted: `closed`, `payload`, `programNotFound`.
  @discardableResult
  public func applyAsync<Function: RemoteFunction>(
    _ function: Function.Type, _ input: Function.Input, timeout: Duration? = nil, retries: Int = 0,
    callback: (@Sendable (Function.Output) -> Void)? = nil, errorCallback: (@Sendable (any Error) -> Void)? = nil
  ) throws(SystemError) -> AsyncResult<Function.Output> {
    let job = try job(function, input, timeout, retries)
    let result = AsyncResult<Function.Output>(self, job)
    if callback != nil || errorCallback != nil {
      try core.callbacks.start()
      job.onFinish { result.report(callback, errorCallback) }
    }
    do {
      try core.submit(job)
    } catch {
      // Lets go of the callback, and with it of the result and the pool.
      _ = job.finish(.failed(error))
      throw error
    }
    return result
  }

  private func job<Function: RemoteFunction>(
    _ function: Function.Type, _ input: Function.Input, _ timeout: Duration?, _ retries: Int
  ) throws(SystemError) -> PoolJob {
    PoolJob(try PoolFunction.of(function), .call, input: try Payload(input), timeout: timeout, retries: retries)
  }
}
