// SPDX-License-Identifier: Apache-2.0
// The public face of a pool: making it and ending it. What it does stands in Pool+Apply, Pool+Map and Pool+Imap; how, in
// PoolCore.

import Glibc

/// Worker processes that run functions of this program.
///
/// ```swift
/// struct Square: RemoteFunction {
///   static func call(_ input: Int) async throws -> Int { input * input }
/// }
/// let pool = try Pool()
/// let squares = try pool.map(Square.self, Array(1...100))
/// ```
///
/// Every function that waits exists twice: blocking, for programs without concurrency, and async. An error that the
/// function throws arrives as `RemoteError`. A worker's death costs only what it was running: that fails with a
/// `SystemError` of code `workerLost`, or runs again where `retries` allow it; the worker is replaced. A pool whose last
/// reference goes, results and sequences of it included, is terminated; when the program ends, however it ends, so do the workers. An idle pool uses no CPU.
/// Each worker costs five descriptors. SIGINT, SIGTERM and SIGHUP do nothing to a worker by themselves: they are the
/// program's, see <doc:Signals>.
public final class Pool: Sendable {
  let core: PoolCore
  /// How many workers were asked for.
  public let processCount: Int

  /// Starts the workers; returns before they are up.
  ///
  /// - Parameters:
  ///   - processes: how many; nil: the CPUs that this process may use, see `Machine.cpuCount()`.
  ///   - maxTasksPerChild: a worker that has run so many tasks is replaced by a fresh one. A chunk of a map is one task.
  /// - Throws: what kept the first worker from being started. Later ones are tried again, and done without if need be.
  public init(processes: Int? = nil, maxTasksPerChild: Int? = nil) throws(SystemError) {
    processCount = Pool.count(processes)
    core = try PoolCore(
      PoolSettings(
        processCount: processCount, maxTasksPerChild: Pool.checked(maxTasksPerChild), initializer: nil))
  }

  /// The same; every worker, replacements too, runs `initializer` with `input` before its first task.
  ///
  /// When that fails in three starts in a row, the pool gives up: everything submitted fails with `workerNotStarted` and
  /// says why.
  public init<Initializer: RemoteFunction>(
    processes: Int? = nil, initializer: Initializer.Type, _ input: Initializer.Input, maxTasksPerChild: Int? = nil
  ) throws(SystemError) {
    processCount = Pool.count(processes)
    core = try PoolCore(
      PoolSettings(
        processCount: processCount, maxTasksPerChild: Pool.checked(maxTasksPerChild),
        initializer: (try PoolFunction.of(initializer), try Payload(input))))
  }

  private static func count(_ processes: Int?) -> Int {
    let count = processes ?? Machine.cpuCount().count
    precondition(count >= 1, "a pool has at least one process")
    return count
  }

  private static func checked(_ maxTasksPerChild: Int?) -> Int? {
    precondition(maxTasksPerChild ?? 1 >= 1, "a worker runs at least one task")
    return maxTasksPerChild
  }

  /// The workers' process numbers at the moment, for messages to people.
  public var workerIdentifiers: [pid_t] { core.workerIdentifiers(areReady: false) }

  /// For tests: those that are up.
  package var readyWorkerIdentifiers: [pid_t] { core.workerIdentifiers(areReady: true) }

  // MARK: Ending

  /// Takes no more work; what is there is finished, then the workers end. Returns at once.
  ///
  /// A `map` under way is there as a whole. Of an iteration over `imap`, what was sent ahead; then it ends with `closed`.
  public func close() { core.close() }

  /// Kills the workers now. Everything unfinished fails with `closed`. Returns at once.
  public func terminate() { core.terminate() }

  /// After `close` or `terminate`: waits until the workers are gone and every callback has returned.
  ///
  /// - Throws: `timedOut`; `deadlock` when the wait could never end: the pool is open, or this is one of its callbacks or of
  ///   the `progress` calls of its maps.
  public func join(timeout: Duration? = nil) throws(SystemError) {
    try checkJoin()
    let deadline = Deadline(after: timeout)
    guard core.wait(on: core.over, deadline: deadline, until: { core.isOver }),
      core.callbacks.waitUntilFinished(deadline: deadline)
    else { throw Pool.late }
  }

  /// The same for a Swift task; throws CancellationError when that is cancelled.
  public func join(timeout: Duration? = nil) async throws {
    try checkJoin()
    let deadline = Deadline(after: timeout)
    guard try await core.wait(on: core.over, deadline: deadline, until: { core.isOver }),
      try await core.callbacks.waitUntilFinished(deadline: deadline)
    else { throw Pool.late }
  }

  private static var late: SystemError {
    SystemError(code: .timedOut, message: "The pool's workers did not end in time; terminate() kills them.")
  }

  private func checkJoin() throws(SystemError) {
    guard core.isEnding else {
      throw SystemError(
        code: .deadlock, message: "join() would wait for ever for an open pool; call close() or terminate() first.")
    }
    guard !core.callbacks.isCurrentThread else {
      throw SystemError(code: .deadlock, message: "A callback cannot join its own pool: join() waits for callbacks.")
    }
    guard !core.isReporting else {
      throw SystemError(
        code: .deadlock, message: "A map's progress cannot join its own pool: join() waits for the map.")
    }
  }

  deinit {
    core.terminate()
    // Nothing is left when this returns. A bound, because a process inside a hung device driver does not die.
    _ = core.wait(on: core.over, deadline: .in(seconds: 1), until: { core.isOver })
  }
}
