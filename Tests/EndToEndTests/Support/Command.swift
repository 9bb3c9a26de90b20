// SPDX-License-Identifier: Apache-2.0
//
// Runs programs as real processes: posix_spawn into a process group of their own, a wall-clock limit that ends the
// whole group, standard streams as the test wants them, and afterwards a look for anything left alive. Every end-to-end
// test goes through here.

import Glibc

/// A program about to be run. The defaults are a shell's: signals as usual, standard input empty.
struct Command {
  enum Input {
    case empty, closed
    case file(String)
  }

  enum Output {
    /// Into memory; a regular file to the program, so that nobody has to read while it runs.
    case captured
    case closed
    /// Opened for writing: a file, a device, a terminal.
    case file(String)
    /// Opened the wrong way round.
    case readOnly(String)
  }

  var program: String
  var arguments: [String]
  /// Added to this process's own environment; an empty text takes a variable away.
  var environment: [String: String] = [:]
  var folder: String?
  /// Kept until the end of the run.
  private var scratch: ScratchFolder?
  var input = Input.empty
  var output = Output.captured
  var errors = Output.captured
  /// What the program gets as descriptor 3.
  var descriptor3: Int32?
  /// Seconds after which the process group is killed and the run counts as hung.
  var limit = 60.0

  init(_ program: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]) {
    self.program = program
    self.arguments = arguments
    self.folder = folder
    self.environment = environment
  }

  /// `weft` with these arguments.
  static func weft(
    _ arguments: [String], in folder: ScratchFolder? = nil, environment: [String: String] = [:]
  ) -> Command {
    var command = Command(Binary.path, arguments, in: folder?.path, environment: environment)
    command.scratch = folder
    return command
  }

  /// A shell line, in which `"$WEFT"` is the program.
  static func shell(
    _ line: String, in folder: ScratchFolder? = nil, environment: [String: String] = [:]
  ) -> Command {
    var command = weft([], in: folder, environment: environment.merging(["WEFT": Binary.path]) { $1 })
    (command.program, command.arguments) = ("/bin/sh", ["-c", line])
    return command
  }

  /// The same, run by another program: `strace`, `prlimit`, `unshare`.
  func under(_ wrapper: String, _ options: [String]) -> Command {
    var command = self
    command.program = wrapper
    command.arguments = options + [program] + arguments
    return command
  }

  func run() throws -> Run { try start().wait() }
}

struct CommandError: Error, CustomStringConvertible {
  let description: String
}

extension Command {
  /// Starts the program.
  func start() throws -> RunningCommand {
    let tag = "\(getpid())-\(Tag.next())"
    let captures = (Capture(output), Capture(errors))
    var files = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&files)
    defer { unsafe posix_spawn_file_actions_destroy(&files) }
    // First, since its number may be below 3.
    if let descriptor3 { unsafe posix_spawn_file_actions_adddup2(&files, descriptor3, 3) }
    switch input {
    case .empty: unsafe posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
    case .closed: unsafe posix_spawn_file_actions_addclose(&files, 0)
    case .file(let path): unsafe posix_spawn_file_actions_addopen(&files, 0, path, O_RDONLY, 0)
    }
    for (number, output, capture) in [(1, output, captures.0), (2, errors, captures.1)] as [(Int32, Output, Capture)] {
      switch output {
      case .captured: unsafe posix_spawn_file_actions_adddup2(&files, capture.descriptor, number)
      case .closed: unsafe posix_spawn_file_actions_addclose(&files, number)
      case .file(let path):
        unsafe posix_spawn_file_actions_addopen(&files, number, path, O_WRONLY | O_CREAT | O_NOCTTY, 0o644)
      case .readOnly(let path): unsafe posix_spawn_file_actions_addopen(&files, number, path, O_RDONLY, 0)
      }
    }
    // Swift's Glibc has neither `addclosefrom_np` nor `addchdir_np`. A descriptor that is closed meanwhile is no error.
    for number in Files.names(in: "/proc/self/fd").compactMap({ Int32($0) }) where number > (descriptor3 == nil ? 2 : 3)
    {
      unsafe posix_spawn_file_actions_addclose(&files, number)
    }
    let words = (folder.map { ["/usr/bin/env", "-C", $0] } ?? []) + [program] + arguments

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    var none = sigset_t()
    unsafe sigfillset(&all)
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    var pid: pid_t = 0
    let start = Clock.seconds
    let error = unsafe withCStrings(words) { arguments in
      unsafe withCStrings(variables(tag: tag)) { environment in
        unsafe posix_spawnp(&pid, words[0], &files, &attributes, arguments, environment)
      }
    }
    guard error == 0 else { throw CommandError(description: "cannot start \(program): error \(error)") }
    return RunningCommand(pid: pid, tag: tag, captures: captures, start: start, limit: limit, scratch: scratch)
  }

  /// This process's environment without what would steer the program, then `environment`, then the tag.
  private func variables(tag: String) -> [String] {
    var result: [String: String] = [:]
    var index = 0
    while let entry = unsafe environ[index] {
      let parts = unsafe String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      index += 1
      let name = String(parts[0])
      let isSteering =
        name.hasPrefix("WEFT") || name.hasPrefix("LC_") || ["COLUMNS", "TERM", "LANGUAGE"].contains(name)
      if !isSteering { result[name] = parts.count == 2 ? String(parts[1]) : "" }
    }
    for (name, value) in environment { result[name] = value.isEmpty ? nil : value }
    result[Tag.variable] = tag
    return result.map { "\($0.key)=\($0.value)" }.sorted()
  }
}

/// A started program.
final class RunningCommand {
  let pid: pid_t
  let tag: String
  let start: Double
  private let captures: (Capture, Capture)
  private let limit: Double
  private let scratch: ScratchFolder?
  private var status: Int32?
  private var seconds = 0.0

  init(
    pid: pid_t, tag: String, captures: (Capture, Capture), start: Double, limit: Double, scratch: ScratchFolder?
  ) {
    (self.pid, self.tag, self.captures, self.start, self.limit) = (pid, tag, captures, start, limit)
    self.scratch = scratch
  }

  /// To the process alone; false once it has ended.
  @discardableResult
  func send(_ signal: Int32) -> Bool { !hasEnded && kill(pid, signal) == 0 }

  /// To the whole process group, as a terminal does.
  @discardableResult
  func sendToGroup(_ signal: Int32) -> Bool { !hasEnded && kill(-pid, signal) == 0 }

  var hasEnded: Bool {
    if status != nil { return true }
    var value: Int32 = 0
    guard unsafe waitpid(pid, &value, WNOHANG) == pid else { return false }
    status = value
    seconds = Clock.seconds - start
    return true
  }

  /// Other processes of this run that are alive: the workers.
  var others: [pid_t] { Tag.processes(tag).filter { $0 != pid } }

  /// Waits for the end, then up to a second for the end of everything that it started.
  ///
  /// - Parameter meanwhile: called every few milliseconds.
  func wait(meanwhile: () -> Void = {}) -> Run {
    var isHung = false
    while !hasEnded {
      if Clock.seconds - start > limit, !isHung {
        isHung = true
        kill(-pid, SIGKILL)
      }
      meanwhile()
      usleep(1_000)
    }
    let status = status ?? 0
    let signal = status & 0x7F
    var leftovers = Tag.processes(tag)
    let deadline = Clock.seconds + 1
    while !leftovers.isEmpty, Clock.seconds < deadline {
      usleep(5_000)
      leftovers = Tag.processes(tag)
    }
    let names = leftovers.map { "\($0) \(Tag.name(of: $0))" }
    for pid in leftovers { kill(pid, SIGKILL) }
    return Run(
      code: isHung ? -1 : signal == 0 ? status >> 8 & 0xFF : 128 + signal, signal: signal == 0 ? nil : signal,
      isHung: isHung, output: captures.0.bytes, errors: String(decoding: captures.1.bytes, as: UTF8.self),
      seconds: seconds, leftovers: names)
  }

  /// A test that failed half-way leaves nothing behind either.
  deinit {
    guard !hasEnded else { return }
    kill(-pid, SIGKILL)
    waitpid(pid, nil, 0)
  }
}

/// What became of a run.
struct Run {
  /// As a shell shows it: 128 + n after signal n. -1 when it was killed at its limit.
  let code: Int32
  let signal: Int32?
  let isHung: Bool
  let output: [UInt8]
  let errors: String
  let seconds: Double
  /// Processes of the run that were alive a second after its end.
  let leftovers: [String]

  var text: String { String(decoding: output, as: UTF8.self) }
  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// For a test's comment.
  var summary: String {
    "exit \(code)\(isHung ? " (hung)" : "") after \(seconds) s, leftovers \(leftovers): \(errors.prefix(600))"
  }
}

/// A file without a name that takes a program's output.
final class Capture: Sendable {
  let descriptor: Int32

  init(_ output: Command.Output) {
    guard case .captured = output else {
      descriptor = -1
      return
    }
    var template = Array("/tmp/weft-capture-XXXXXX".utf8CString)
    descriptor = unsafe mkstemp(&template)
    precondition(descriptor >= 0, "mkstemp: errno \(errno)")
    unsafe unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  var bytes: [UInt8] { descriptor < 0 ? [] : Files.bytes(ofDescriptor: descriptor) }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

/// Calls `body` with an array of C strings that ends with NULL.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var copies = unsafe strings.map { unsafe strdup($0) as UnsafeMutablePointer<CChar>? }
  unsafe copies.append(nil)
  defer { unsafe copies.forEach { unsafe free($0) } }
  return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}
