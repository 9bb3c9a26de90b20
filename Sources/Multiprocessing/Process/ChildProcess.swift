// SPDX-License-Identifier: Apache-2.0
// One function in a process of its own. For users; built on WorkerProcess. What the child runs: ChildProcess+Program.

import Glibc
import Synchronization

/// A process that runs one function and ends.
///
///     let child = try ChildProcess(Count.self, items, name: "counter")
///     try child.start()
///     let status = try await child.join()
///
/// The function's output is dropped: results come back through what its input holds (a `Queue`, a `Pipe`, a
/// `SharedValue`), or by a `Pool`. A function that throws ends the child with exit code 1, its error and stack trace on
/// standard error. Standard output is the program's, standard input is empty.
///
/// When the program ends by `exit` or by returning from `main`, it waits for its children and kills the daemons among
/// them; when it is killed, its children end within a second. Dropping a `ChildProcess` stops nothing.
public final class ChildProcess<Function: RemoteFunction>: Sendable {
  private struct State {
    /// nil from the start on: what it holds is the child's then.
    var input: Payload?
    var running: RunningChild?
  }

  /// As shown by `ps`, and `CurrentProcess.name` in the child.
  public let name: String
  /// Killed, and not waited for, when the program ends.
  public let isDaemon: Bool
  private let functionName: String
  private let state: Mutex<State>

  /// A child that is not started yet.
  ///
  /// - Parameters:
  ///   - input: encoded now: later changes to what it refers to do not reach the child, except in shared objects.
  ///   - name: nil: the function's and a number.
  /// - Throws: `programNotFound` for a private or local function, `payload` for an input that cannot be encoded.
  public init(
    _ function: Function.Type, _ input: Function.Input, name: String? = nil, isDaemon: Bool = false
  ) throws(SystemError) {
    functionName = try FunctionName.of(function)
    self.name = name ?? "\(function)-\(ChildNumber.next())"
    self.isDaemon = isDaemon
    state = Mutex(State(input: try Payload(input)))
  }

  /// Starts the process; returns as soon as it exists and its input is on the way. Once for each object.
  public func start() throws(SystemError) {
    guard let input = state.withLock({ $0.input.take() }) else {
      throw SystemError(
        code: .workerNotStarted, message: "\(name) was started already; make another ChildProcess to run it again.")
    }
    RunningChildren.forgetEnded()
    do throws(SystemError) {
      let worker = try WorkerProcess(program: ChildProgram.self, name: name, sharesOutput: true)
      try ChildStart.send(input, function: functionName, to: worker)
      let running = RunningChild(worker, isDaemon: isDaemon)
      RunningChildren.add(running)
      state.withLock { $0.running = running }
    } catch {
      // A start that was refused, for a limit of the machine, may be tried again.
      state.withLock { $0.input = input }
      throw error
    }
  }

  private var running: RunningChild? { state.withLock { $0.running } }

  /// Waits for the child's end.
  ///
  /// - Returns: how it ended; nil when `timeout` (nil: for ever) passes and it still runs.
  /// - Throws: `workerNotStarted` before `start`.
  public func join(timeout: Duration? = nil) throws(SystemError) -> ExitStatus? {
    try started().wait(deadline: Deadline(after: timeout))
  }

  /// The same without holding up the task's thread. Ends with `CancellationError` when the task is cancelled; the child
  /// runs on.
  public nonisolated(nonsending) func join(timeout: Duration? = nil) async throws -> ExitStatus? {
    let child = try started()
    if let status = try child.wait(deadline: .now) { return status }
    let deadline = Deadline(after: timeout)
    return try await Offload.run { isCancelled in
      while !isCancelled() {
        let slice = Deadline.in(seconds: 0.04)
        if let status = try child.wait(deadline: min(slice, deadline ?? slice)) { return status }
        if deadline?.hasPassed == true { return nil }
      }
      throw CancellationError()
    }
  }

  private func started() throws(SystemError) -> RunningChild {
    guard let running else {
      throw SystemError(code: .workerNotStarted, message: "\(name) was not started; call start() first.")
    }
    return running
  }

  /// nil before the start.
  public var pid: pid_t? { running?.pid }

  /// How it ended; nil before that.
  public var exitStatus: ExitStatus? { try? running?.wait(deadline: .now) }

  /// Whether it was started and has not ended.
  public var isAlive: Bool { running != nil && exitStatus == nil }

  /// Polls readable from the child's end on: for `waitForAny`, with others. Valid while this object lives; -1 before
  /// the start.
  public var sentinel: Int32 { running?.sentinel ?? -1 }

  /// Ends the child by SIGTERM: at once, unless its function handles that signal. Does nothing unless it runs.
  public func terminate() { running?.send(signal: SIGTERM) }

  /// Ends the child by SIGKILL, which nothing can prevent.
  public func kill() { running?.send(signal: SIGKILL) }
}

/// The numbers in the names of children without one.
private enum ChildNumber {
  private static let last = Atomic(0)
  static func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
