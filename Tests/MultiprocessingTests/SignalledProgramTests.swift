// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a user meets them: a program with workers, in a process group of its own, gets one, alone or with
// its whole group, and ends as its shell expects. With nothing printed that it did not print, and nobody left.

import Glibc
import Multiprocessing
import Testing

/// The program. Prints to a file; tells by its channel who its workers are, once they work.
enum SignalledProgram: WorkerProgram {
  private static let long = 600_000

  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard let message = try receivedBytes(channel) else { return 1 }
      let words = String(decoding: message, as: UTF8.self).split(separator: ":").map(String.init)
      try becomeAProgram(printingTo: words[1])
      return words[0].hasPrefix("child") ? try runChild(words[0], channel) : try runPool(words[0], channel)
    } catch {
      print("program: \(error)")
      return 3
    }
  }

  /// As a shell starts one, and not as a worker is started.
  private static func becomeAProgram(printingTo path: String) throws {
    setpgid(0, 0)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(Int32(SIG_SETMASK), &none, nil)
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    dup2(file, 1)
    dup2(file, 2)
  }

  private static func announce(_ pids: [pid_t?], _ channel: borrowing Channel) throws {
    try channel.send(Array(pids.map { "\($0 ?? 0)" }.joined(separator: " ").utf8), deadline: nil)
  }

  private static func runPool(_ kind: String, _ channel: borrowing Channel) throws -> Int32 {
    let signals = kind == "unprepared" ? nil : try TerminationSignals.install()
    let pool = try Pool(processes: 2)
    switch kind {
    case "finish": try signals?.whenReceived(endingAfter: .seconds(60)) { _ in pool.close() }
    case "stop": try signals?.whenReceived { _ in pool.terminate() }
    // Waits itself: the end comes all the same.
    case "grace":
      try signals?.whenReceived(endingAfter: .milliseconds(300)) { _ in
        pool.close()
        _ = try? pool.join()
      }
    case "linger": try signals?.whenReceived { _ in pool.close() }
    default: break
    }
    // Those that can be cancelled and those that cannot, more than there are workers.
    let milliseconds = kind == "finish" ? 500 : long
    let results = try (0..<5).map { k in
      try k % 2 == 0 ? pool.applyAsync(PoolSpin.self, milliseconds) : pool.applyAsync(PoolSleep.self, milliseconds)
    }
    guard eventually(within: 30, { pool.readyWorkerIdentifiers.count == 2 }) else { return 4 }
    _ = eventually(within: 0.1) { false }
    try announce(pool.workerIdentifiers, channel)
    do {
      for result in results { _ = try result.get() }
      pool.close()
      try pool.join()
      print("finished \(results.count)")
    } catch let error as SystemError where error.code == .closed { print("stopped") }
    signals?.reraise()
    return 5
  }

  private static func runChild(_ kind: String, _ channel: borrowing Channel) throws -> Int32 {
    let signals = kind == "child" ? nil : try TerminationSignals.install()
    let child = try ChildProcess(Chore.self, .init(work: "sleep"), name: "sleeper")
    try signals?.whenReceived { _ in child.terminate() }
    try child.start()
    _ = eventually(within: 0.1) { false }
    try announce([child.pid], channel)
    let status = try child.join()
    print("sleeper ended with \(status ?? .unknown)")
    signals?.reraise()
    return 5
  }
}

@Suite struct SignalledProgramTests {
  /// A program that works, and what is known of it.
  private struct Running {
    let program: WorkerProcess
    let folder = TemporaryFolder()
    let workers: [pid_t]
    let names = SignalledProgramTests.sharedMemoryNames()

    init(_ kind: String) throws {
      program = try WorkerProcess(program: SignalledProgram.self, name: "program")
      try tell(program, "\(kind):\(folder.path)/output")
      let answer = try receivedBytes(program.channel, within: 60)
      workers = String(decoding: answer ?? [], as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
      try #require(!workers.isEmpty && workers.allSatisfy(isRunning))
    }

    func send(_ signal: Int32, toGroup: Bool) { kill(toGroup ? -program.pid : program.pid, signal) }

    /// Without zombies: in some containers nobody reaps orphans.
    private func processesOfGroup() -> [Substring] {
      shell("ps -A -o pgid=,pid=,stat=,args=").output.split(separator: "\n").filter { line in
        let words = line.split(separator: " ")
        return words.count > 2 && words[0] == "\(program.pid)" && words[2].first != "Z"
      }
    }

    /// It has ended by `signal`, with exactly this output, and nothing is left.
    func expectEnd(by signal: Int32, output: String = "", _ what: String) throws {
      let status = try program.reap(deadline: .in(seconds: 30))
      #expect(status == .signaled(signal: signal, coreDumped: false), "\(what)")
      #expect(text(ofFile: folder.path + "/output") == output, "\(what)")
      #expect(eventually(within: 1) { !workers.contains(where: isRunning) }, "\(what)")
      #expect(eventually(within: 1) { processesOfGroup().isEmpty }, "\(processesOfGroup()), \(what)")
      // Others on this machine may have names there for a moment.
      #expect(eventually(within: 10) { SignalledProgramTests.sharedMemoryNames().isSubset(of: names) }, "\(what)")
    }
  }

  private static func sharedMemoryNames() -> Set<String> {
    Set(shell("ls -A /dev/shm").output.split(separator: "\n").map(String.init))
  }

  @Test(.timeLimit(.minutes(10)), arguments: [SIGINT, SIGTERM], [false, true])
  func aSignalEndsTheProgram(signal: Int32, toGroup: Bool) throws {
    let outputs = [
      "unprepared": "", "finish": "finished 5\n", "stop": "stopped\n", "grace": "", "child": "",
      "child joined": "sleeper ended with signal 15 (SIGTERM)\n",
    ]
    for (kind, output) in outputs {
      let running = try Running(kind)
      running.send(signal, toGroup: toGroup)
      try running.expectEnd(by: signal, output: output, "\(kind), signal \(signal), group: \(toGroup)")
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [SIGINT, SIGTERM], [false, true])
  func theSecondSignalEndsItAtOnce(signal: Int32, toGroup: Bool) throws {
    let running = try Running("linger")
    running.send(SIGINT, toGroup: toGroup)
    #expect(try running.program.reap(deadline: .in(seconds: 0.3)) == nil, "the first waits for what runs")
    #expect(running.workers.allSatisfy(isRunning))
    running.send(signal, toGroup: toGroup)
    #expect(seconds { _ = try? running.program.reap(deadline: .in(seconds: 30)) } < 5)
    try running.expectEnd(by: signal, "then \(signal), group: \(toGroup)")
  }
}
