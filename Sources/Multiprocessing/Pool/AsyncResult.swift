// SPDX-License-Identifier: Apache-2.0
// What Pool.applyAsync returns: a result that will be there.

import Synchronization

/// The result of one call that a pool runs. Dropping it stops nothing; while it is there, so is its pool.
public final class AsyncResult<Value: Codable & Sendable>: Sendable {
  // Not only its core: a program may mention its pool for the last time when it submits.
  private let pool: Pool
  private let job: PoolJob
  private let decoded = Mutex<Result<Value, any Error>?>(nil)

  init(_ pool: Pool, _ job: PoolJob) {
    self.pool = pool
    self.job = job
  }

  /// Whether the call has ended, one way or the other.
  public var isReady: Bool { job.isDone }

  /// Whether it has ended without an error; false while it runs.
  public var isSuccessful: Bool {
    guard isReady, case .success = result else { return false }
    return true
  }

  /// Waits until the call has ended; false: not within `timeout` (nil: for ever).
  @discardableResult
  public func wait(timeout: Duration? = nil) -> Bool {
    pool.core.wait(on: job.notice, deadline: Deadline(after: timeout), until: { job.isDone })
  }

  /// The same for a Swift task. When that is cancelled, the wait ends with CancellationError and the call goes on.
  @discardableResult
  public func wait(timeout: Duration? = nil) async throws -> Bool {
    try await pool.core.wait(on: job.notice, deadline: Deadline(after: timeout), until: { job.isDone })
  }

  /// Waits for the output.
  ///
  /// - Throws: `RemoteError`, which the function threw; `SystemError`: `timedOut` when it was not there within `timeout`
  ///   (the call goes on) or had a timeout of its own, `workerLost` when its worker died, `closed` when the pool was
  ///   terminated, `payload` when the output cannot be decoded.
  public func get(timeout: Duration? = nil) throws -> Value {
    guard wait(timeout: timeout) else { throw late }
    return try result.get()
  }

  /// The same for a Swift task. When that is cancelled, the wait ends with CancellationError and the call goes on.
  public func get(timeout: Duration? = nil) async throws -> Value {
    guard try await wait(timeout: timeout) else { throw late }
    return try result.get()
  }

  /// Ends the call with CancellationError: it is not started any more; if it runs, the Swift task it runs in is cancelled,
  /// and its worker killed when it has not ended after 0.2 s. Does nothing once it has ended.
  public func cancel() { pool.core.cancel([job], error: CancellationError(), stopsRunning: true) }

  private var late: SystemError {
    SystemError(code: .timedOut, message: "The result was not there in time; ask again, or cancel() the call.")
  }

  /// Of an ended call. Decoded once, by whoever asks first.
  private var result: Result<Value, any Error> {
    decoded.withLock { decoded in
      if let decoded { return decoded }
      let made = Result { try job.value(of: Value.self) }
      decoded = made
      return made
    }
  }

  /// Calls the one that is right.
  func report(_ callback: (@Sendable (Value) -> Void)?, _ errorCallback: (@Sendable (any Error) -> Void)?) {
    switch result {
    case .success(let value): callback?(value)
    case .failure(let error): errorCallback?(error)
    }
  }
}

extension PoolJob {
  /// The output of a finished call.
  func value<Output: Decodable>(of type: Output.Type) throws -> Output {
    switch outcome {
    case .answered(.value, let incoming)?: return try incoming.decode(type)
    default: throw failure
    }
  }

  /// Why a finished job has no output.
  var failure: any Error {
    switch outcome {
    case .failed(let error)?: return error
    case .answered(.failure, let incoming)?:
      do throws(SystemError) {
        return located(try incoming.decode(RemoteError.self))
      } catch { return error }
    default: return SystemError(code: .protocolMismatch, message: "A worker's answer is not one to what it was asked.")
    }
  }

  /// The error with its position in the whole map instead of in this job.
  func located(_ error: RemoteError) -> RemoteError {
    guard let position else { return error }
    var error = error
    error.position = position + (kind == .call ? 0 : error.position ?? 0)
    return error
  }
}
