// SPDX-License-Identifier: Apache-2.0
//
// A program that is measured from outside, or that is asked for measurements: started with posix_spawn, which costs the same
// however large the harness has grown.

import Glibc

/// A child process. Standard input is empty and standard output thrown away, unless it is asked over pipes.
final class Child {
  let pid: pid_t
  private var input: Int32?
  private var output: Int32?
  private var unread: [UInt8] = []
  private var hasEnded = false

  /// - Parameters:
  ///   - environment: added to the harness's own, over it.
  ///   - isAsked: standard input and output become pipes, for `ask`.
  init(_ arguments: [String], environment: [String: String] = [:], isAsked: Bool = false) throws(BenchmarkError) {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let entries = try Child.entries(environment)
    let (requests, answers) = isAsked ? (try Pipe(), try Pipe()) : (nil, nil)
    defer {
      requests.map { _ = close($0.readEnd) }
      answers.map { _ = close($0.writeEnd) }
    }
    if let requests, let answers {
      unsafe posix_spawn_file_actions_adddup2(&actions, requests.readEnd, 0)
      unsafe posix_spawn_file_actions_adddup2(&actions, answers.writeEnd, 1)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    var argumentPointers = unsafe arguments.map { unsafe strdup($0) }
    var entryPointers = unsafe entries.map { unsafe strdup($0) }
    defer {
      unsafe argumentPointers.forEach { unsafe free($0) }
      unsafe entryPointers.forEach { unsafe free($0) }
    }
    unsafe argumentPointers.append(nil)
    unsafe entryPointers.append(nil)
    var pid: pid_t = 0
    let result = unsafe posix_spawn(&pid, arguments[0], &actions, nil, argumentPointers, entryPointers)
    guard result == 0 else {
      requests.map { _ = close($0.writeEnd) }
      answers.map { _ = close($0.readEnd) }
      throw BenchmarkError(description: "\(arguments[0]) cannot be started (error \(result))")
    }
    self.pid = pid
    input = requests?.writeEnd
    output = answers?.readEnd
  }

  /// Waits for the end.
  ///
  /// - Throws: when that was not exit code 0.
  func wait() throws(BenchmarkError) {
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    hasEnded = true
    guard status != 0 else { return }
    let signal = status & 0x7f
    throw BenchmarkError(
      description: signal == 0 ? "it ended with exit code \((status >> 8) & 0xff)" : "it ended by signal \(signal)")
  }

  /// True while it runs.
  var isRunning: Bool {
    var information = unsafe siginfo_t()
    let result = unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
    return unsafe result == 0 && information._sifields._sigchld.si_pid == 0
  }

  /// Sends a line and waits for a line.
  func ask(_ line: String) throws(BenchmarkError) -> String {
    guard let input, let output else { throw BenchmarkError(description: "it was not started to be asked") }
    let request = Array((line + "\n").utf8)
    // One that has gone may have left an answer.
    _ = unsafe write(input, request, request.count)
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      var piece = [UInt8](repeating: 0, count: 4096)
      let count = unsafe read(output, &piece, piece.count)
      guard count > 0 else {
        try wait()
        throw BenchmarkError(description: "it ended without an answer")
      }
      unread += piece[..<count]
    }
  }

  /// A resident program ends when there is nothing more to read.
  deinit {
    input.map { _ = close($0) }
    output.map { _ = close($0) }
    var status: Int32 = 0
    if !hasEnded { unsafe waitpid(pid, &status, 0) }
  }

  /// The harness's environment with `additions`, as a program wants it.
  private static func entries(_ additions: [String: String]) throws(BenchmarkError) -> [String] {
    let inherited = try readFile("/proc/self/environ").split(separator: "\0").map(String.init)
    return inherited.filter { additions[String($0.prefix { $0 != "=" })] == nil }
      + additions.map { "\($0.key)=\($0.value)" }
  }
}

/// Both ends of a pipe, which no other child inherits.
private struct Pipe {
  var readEnd: Int32
  var writeEnd: Int32

  init() throws(BenchmarkError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw BenchmarkError(description: "no pipe can be opened") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }
}
