// SPDX-License-Identifier: Apache-2.0
// A worker process as its coordinator sees it. The engine and, later, Pool and ChildProcess own these.
// Spawned by exec of /proc/self/exe, never forked: threads and the Swift runtime do not survive a fork.
// Addressed by pidfd only: a pid may be another process's by the time a signal is sent.

import CPOSIX
import Glibc

/// A running copy of this program that executes a `WorkerProgram`.
///
/// Costs its coordinator two descriptors. Not `Sendable`: one owner watches, stops and reaps it.
public final class WorkerProcess {
  /// For messages to people; signals go through `send(signal:)`.
  public let pid: pid_t
  /// As shown by `ps`.
  public let name: String
  /// The coordinator's end. Messages sent before the worker is up wait for it. `receive` throws `workerNotStarted` when
  /// the process ended before its program ran.
  public let channel: Channel
  /// How it ended; nil until `reap` has found out.
  public private(set) var exitStatus: ExitStatus?
  private let pidDescriptor: Descriptor

  /// Starts a worker. Returns as soon as the process exists; see `waitUntilReady`.
  ///
  /// - Parameters:
  ///   - program: an internal or public type, found by name in the worker.
  ///   - name: `argv[0]` of the worker, for `ps`; its first 15 bytes are the name that `top` shows.
  ///   - environment: added to the inherited environment, over it, and over `OPENBLAS_NUM_THREADS=1` and its cousins.
  ///   - sharesOutput: the worker's standard output is this program's; otherwise it is its standard error, so that
  ///     nothing that a worker prints gets among the program's results.
  ///   - replacement: the worker takes the place of one that died; numbered faults of `WEFT_FAULT` are not for it.
  public init(
    program: any WorkerProgram.Type, name: String, environment: [String: String] = [:], sharesOutput: Bool = false,
    replacement: Bool = false
  ) throws(SystemError) {
    try WorkerProcess.checkMayStart()
    let depth = WorkerProcess.depth + 1
    let marker = WorkerMarker(
      coordinator: getpid(), identity: try ExecutableIdentity.ofThisProcess(), programName: try ProgramName.of(program))
    if let error = FaultInjection.failure(at: "coordinator.spawn") { throw WorkerProcess.refusal(name, error) }

    // Asked before anything is opened, which could get the number of a closed 1.
    let output: Int32 = sharesOutput && fcntl(1, F_GETFD) >= 0 ? 1 : 2
    var ends: [Int32] = [-1, -1]
    let paired = unsafe cposix_channel_pair(&ends, Int32(2 * Channel.messageByteLimit))
    guard paired == 0 else {
      throw SystemError(
        "socketpair", errno: -paired, "Cannot open a channel for \(name); raise the limit on open files (ulimit -n).")
    }
    let near = Descriptor(owning: ends[0])
    let far = Descriptor(owning: ends[1])
    let entries = WorkerEnvironment.entries(
      marker: marker, depth: depth, additions: environment, replacement: replacement)
    var pid: pid_t = 0
    let spawned = unsafe withCStrings([name]) { arguments in
      unsafe withCStrings(entries) { environment in
        unsafe cposix_spawn_worker("/proc/self/exe", arguments, environment, far.number, output, &pid)
      }
    }
    guard spawned == 0 else { throw WorkerProcess.refusal(name, -spawned) }
    // Nobody but us reaps this child, so the number is still its own.
    let pidfd = cposix_pidfd_open(pid)
    guard pidfd >= 0 else {
      cposix_abandon_child(pid)
      throw SystemError(
        "pidfd_open", errno: -pidfd,
        "Cannot watch \(name): "
          + (pidfd == -EMFILE || pidfd == -ENFILE
            ? "the limit on open files is reached (ulimit -n); use fewer workers."
            : "worker processes need Linux 5.4 and no filter that forbids pidfd_open."))
    }
    self.pid = pid
    self.name = name
    self.channel = Channel(owning: near, awaitsHello: true)
    self.pidDescriptor = Descriptor(owning: pidfd)
    FaultInjection.reach("coordinator.spawned")
  }

  /// Polls readable once the process has ended: give it to `waitForAny` beside the channel. Stays owned here, and a
  /// number does not keep its worker: hold the worker in a property, or by `withExtendedLifetime`, while you wait.
  public var pidDescriptorNumber: Int32 { pidDescriptor.number }

  /// False once the process has ended, reaped or not.
  public var isAlive: Bool {
    guard exitStatus == nil else { return false }
    return (try? waitForAny(descriptors: [pidDescriptor.number], deadline: .now))?.isEmpty ?? true
  }

  /// Waits until the worker runs its program, or throws `workerNotStarted` with the way it ended, or `timedOut`.
  ///
  /// Not needed before sending. The first ordinary message from the worker is left in the channel.
  public func waitUntilReady(deadline: Deadline?) throws(SystemError) {
    do {
      try channel.takeHello(deadline: deadline)
    } catch {
      guard error.code == .workerNotStarted else { throw error }
      let status = try reap(deadline: .in(seconds: 1))
      throw SystemError(
        code: .workerNotStarted, message: "\(name) ended with \(status ?? .unknown). \(error.message)")
    }
  }

  /// Sends a signal. False when the process has already ended; never reaches any other process.
  @discardableResult
  public func send(signal: Int32) -> Bool {
    exitStatus == nil && cposix_pidfd_send_signal(pidDescriptor.number, signal) == 0
  }

  /// Waits for the end of the process and releases its entry in the process table; after that it writes nowhere any more.
  ///
  /// - Returns: nil when `deadline` (nil: for ever) passes and it still runs.
  public func reap(deadline: Deadline?) throws(SystemError) -> ExitStatus? {
    while exitStatus == nil {
      var kind: Int32 = 0
      var value: Int32 = 0
      let result = unsafe cposix_pidfd_reap(pidDescriptor.number, &kind, &value)
      switch result {
      case 1 where kind == Int32(cposix_exited): exitStatus = .exited(code: value)
      case 1: exitStatus = .signaled(signal: value, coreDumped: kind == Int32(cposix_dumped))
      case -ECHILD where !isAlive: exitStatus = .unknown
      case 0, -ECHILD:
        if try waitForAny(descriptors: [pidDescriptor.number], deadline: deadline).isEmpty { return nil }
      default: throw SystemError("waitid", errno: -result, "Cannot wait for \(name).")
      }
    }
    return exitStatus
  }

  /// A worker that nobody owns is killed; it cannot write into memory that is given away afterwards.
  deinit {
    guard exitStatus == nil else { return }
    send(signal: SIGKILL)
    // A bound, because a process inside a hung device driver does not even die of SIGKILL.
    _ = try? reap(deadline: .in(seconds: 5))
  }
}

extension WorkerProcess {
  /// How many coordinators are above this process: 0 in a program that a user started.
  static var depth: Int { WorkerEnvironment.value(of: WorkerMarker.depthVariable).flatMap { Int($0) } ?? 0 }

  /// Against fork bombs: a worker whose constructor did not run arrives in the program's `main`, which would start
  /// workers, which would…
  fileprivate static func checkMayStart() throws(SystemError) {
    if WorkerEnvironment.value(of: WorkerMarker.variable) != nil {
      throw SystemError(
        code: .workerNotStarted,
        message: "This process was started as a worker but ran the program's main: the initialiser of Multiprocessing "
          + "was not called. Link the module into the program itself.")
    }
    if depth >= WorkerMarker.depthLimit {
      throw SystemError(
        code: .workerNotStarted,
        message: "Workers that start workers may do so \(WorkerMarker.depthLimit) levels deep; this one is at the end.")
    }
  }

  fileprivate static func refusal(_ name: String, _ error: Int32) -> SystemError {
    let remedy =
      switch error {
      case EAGAIN: "the limit on processes is reached (ulimit -u, or the pids cgroup); use fewer workers."
      case ENOMEM: "memory for another process is missing; use fewer workers."
      case EMFILE, ENFILE: "the limit on open files is reached (ulimit -n); use fewer workers."
      case ENOENT: "/proc/self/exe is missing; worker processes need /proc mounted."
      case EACCES, EPERM: "this program's own file, /proc/self/exe, may not be executed."
      default: "the system does not start /proc/self/exe."
      }
    return SystemError("posix_spawn", errno: error, "Cannot start \(name): \(remedy)")
  }
}
