// SPDX-License-Identifier: Apache-2.0
// One function in a process of its own: its life, its output, its end, and the end of the program around it.

import Glibc
import Testing

@testable import Multiprocessing

/// What a child does, in a word; what it has to say goes to a file or to its standard output.
struct Chore: RemoteFunction {
  struct Input: Codable, Sendable {
    var work: String
    var path = ""
    var numbers: [Int] = []
    var handles: [Handle] = []
  }

  static func call(_ input: Input) async throws -> Int {
    switch input.work {
    case "report":
      return write(
        "\(CurrentProcess.name) \(CurrentProcess.isWorker) \(CurrentProcess.parentPid) \(CurrentProcess.pid)",
        input.path)
    case "sum": return write("\(input.numbers.reduce(0, +))", input.path)
    case "print":
      print("printed by \(CurrentProcess.name)")
      return 0
    case "throw": throw SampleError()
    case "exit": exit(7)
    case "sleep": try await Task.sleep(for: .seconds(600))
    case "sleep a little":
      try await Task.sleep(for: .milliseconds(300))
      return write("done", input.path)
    case "handles":
      for (index, handle) in input.handles.enumerated() {
        let line = "\(index)\n"
        _ = unsafe Glibc.write(handle.descriptor.number, line, line.utf8.count)
      }
    case "nest":
      let child = try ChildProcess(
        Chore.self, Input(work: "report", path: input.path), name: "\(CurrentProcess.name)-inner")
      try child.start()
      return try await child.join() == .exited(code: 0) ? 0 : 1
    default: return 1
    }
    return 0
  }

  private static func write(_ line: String, _ path: String) -> Int {
    guard let file = unsafe fopen(path, "we") else { exit(9) }
    _ = unsafe fputs(line, file)
    unsafe fclose(file)
    return 0
  }
}

/// A program that starts children and ends: a worker, so that the end can be looked at.
enum ParentProgram: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard var message = try channel.receive(deadline: nil) else { return 1 }
      let words = String(decoding: message.bytes, as: UTF8.self).split(separator: ":").map(String.init)
      let path = words.count > 1 ? words[1] : ""
      switch words[0] {
      case "output", "no output":
        guard let file = message.takeDescriptor() else { return 1 }
        if words[0] == "output" {
          dup2(file.number, 1)
        } else {
          dup2(file.number, 2)
          close(1)
        }
        let child = try ChildProcess(Chore.self, .init(work: "print"), name: "printer")
        try child.start()
        return try child.join() == .exited(code: 0) ? 0 : 2
      case "ends":
        try ChildProcess(Chore.self, .init(work: "sleep a little", path: path)).start()
        let daemon = try ChildProcess(Chore.self, .init(work: "sleep"), isDaemon: true)
        try daemon.start()
        try channel.send(Array("\(daemon.pid ?? 0)".utf8), deadline: nil)
        return 0
      case "is killed":
        let children = try (0..<3).map { _ in try ChildProcess(Chore.self, .init(work: "sleep")) }
        for child in children { try child.start() }
        let pids = children.map { "\($0.pid ?? 0)" }
        try channel.send(Array(pids.joined(separator: " ").utf8), deadline: nil)
        _ = try channel.receive(deadline: nil)
        return 0
      default: return 1
      }
    } catch {
      print("parent: \(error)")
      return 3
    }
  }
}

@Suite struct ChildProcessTests {
  private func child(_ input: Chore.Input, name: String? = nil) throws -> ChildProcess<Chore> {
    let child = try ChildProcess(Chore.self, input, name: name)
    try child.start()
    return child
  }

  @Test(.timeLimit(.minutes(10))) func runsAndEnds() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/report"
    let child = try ChildProcess(Chore.self, .init(work: "report", path: path), name: "reporter")
    #expect(!child.isAlive && child.pid == nil && child.exitStatus == nil && child.sentinel == -1)
    expectError {
      _ = try OwnThread.blockingJoin(child)
    } satisfies: {
      #expect($0.code == .workerNotStarted && $0.message.contains("reporter was not started"))
    }
    try child.start()
    let pid = try #require(child.pid)
    #expect(try await child.join() == .exited(code: 0))
    #expect(!child.isAlive && child.exitStatus == .exited(code: 0) && child.pid == pid)
    #expect(try await child.join(timeout: .zero) == .exited(code: 0), "as often as one likes")
    #expect(text(ofFile: path) == "reporter true \(getpid()) \(pid)")
    expectError {
      try child.start()
    } satisfies: {
      #expect($0.code == .workerNotStarted && $0.message.contains("started already"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func namesThoseWithoutAName() throws {
    let first = try ChildProcess(Chore.self, .init(work: "print"))
    let second = try ChildProcess(Chore.self, .init(work: "print"))
    #expect(first.name.hasPrefix("Chore-") && first.name != second.name)
    #expect(!CurrentProcess.isWorker && CurrentProcess.parentPid == getppid() && !CurrentProcess.name.contains("/"))
  }

  @Test(.timeLimit(.minutes(10))) func endsAsItsFunctionDoes() async throws {
    #expect(try await child(.init(work: "exit")).join() == .exited(code: 7))
    #expect(try await child(.init(work: "throw")).join() == .exited(code: 1))
  }

  @Test(.timeLimit(.minutes(10))) func timesOut() async throws {
    let sleeper = try child(.init(work: "sleep"))
    #expect(try await sleeper.join(timeout: .milliseconds(20)) == nil)
    #expect(sleeper.isAlive && sleeper.exitStatus == nil)
    #expect(try await OwnThread.run { try OwnThread.blockingJoin(sleeper, timeout: .milliseconds(20)) } == nil)
    sleeper.terminate()
    #expect(try await sleeper.join() == .signaled(signal: SIGTERM, coreDumped: false))
    sleeper.kill()
    let other = try child(.init(work: "sleep"))
    other.kill()
    let status = try await OwnThread.run { try OwnThread.blockingJoin(other) }
    #expect(status == .signaled(signal: SIGKILL, coreDumped: false))
    let seen = try withExtendedLifetime(other) { try waitForAny(descriptors: [other.sentinel], deadline: .now) }
    #expect(seen == [0])
  }

  @Test(.timeLimit(.minutes(10))) func aCancelledJoinEnds() async throws {
    let sleeper = try child(.init(work: "sleep"))
    let join = Task { try await sleeper.join() }
    try await Task.sleep(for: .milliseconds(20))
    join.cancel()
    await #expect(throws: CancellationError.self) { try await join.value }
    #expect(sleeper.isAlive)
    sleeper.kill()
    _ = try await sleeper.join()
  }

  @Test(.timeLimit(.minutes(10)), arguments: [10, 20_000, 2_000_000])
  func takesInputsOfAnySize(count: Int) async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/sum"
    #expect(
      try await child(.init(work: "sum", path: path, numbers: Array(1...count))).join() == .exited(code: 0))
    #expect(text(ofFile: path) == "\(count * (count + 1) / 2)")
  }

  @Test(.timeLimit(.minutes(10)), arguments: [1, 16, 40], [0, 100_000])
  func takesDescriptors(count: Int, padding: Int) async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/lines"
    let handles = (0..<count).map { _ in
      Handle(
        OwnedDescriptor(Descriptor(owning: unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600))), [])
    }
    let input = Chore.Input(work: "handles", numbers: [Int](repeating: 1, count: padding), handles: handles)
    #expect(try await child(input).join() == .exited(code: 0))
    #expect(text(ofFile: path) == (0..<count).map { "\($0)\n" }.joined())
  }

  @Test(.timeLimit(.minutes(10))) func childrenHaveChildren() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/report"
    let outer = try child(.init(work: "nest", path: path), name: "outer")
    #expect(try await outer.join() == .exited(code: 0))
    #expect(text(ofFile: path)?.hasPrefix("outer-inner true \(try #require(outer.pid)) ") == true)
  }

  @Test(.timeLimit(.minutes(10))) func refusesWhatCannotTravel() throws {
    struct Local: RemoteFunction {
      static func call(_ input: Int) -> Int { input }
    }
    expectError {
      _ = try ChildProcess(Local.self, 1)
    } satisfies: {
      #expect($0.code == .programNotFound)
    }
  }

  // MARK: The program around it

  /// Without a standard output, a child's is the standard error.
  @Test(.timeLimit(.minutes(10)), arguments: ["output", "no output"])
  func printsToTheProgramsOutput(command: String) throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/output"
    let file = Descriptor(owning: unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
    let parent = try WorkerProcess(program: ParentProgram.self, name: "parent")
    try parent.channel.send(Array(command.utf8), descriptors: [file.number], deadline: nil)
    #expect(try parent.reap(deadline: .in(seconds: 60)) == .exited(code: 0))
    #expect(text(ofFile: path) == "printed by printer\n")
  }

  @Test(.timeLimit(.minutes(10))) func theProgramWaitsForItsChildrenAndKillsItsDaemons() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/done"
    let parent = try WorkerProcess(program: ParentProgram.self, name: "parent")
    try parent.channel.send(Array("ends:\(path)".utf8), deadline: nil)
    let answer = try #require(try receivedBytes(parent.channel, within: 60))
    let daemon = try #require(pid_t(String(decoding: answer, as: UTF8.self)))
    #expect(daemon > 0)
    #expect(try parent.reap(deadline: .in(seconds: 60)) == .exited(code: 0))
    #expect(text(ofFile: path) == "done")
    #expect(!isRunning(daemon))
  }

  @Test(.timeLimit(.minutes(10))) func aKilledProgramTakesItsChildrenAlong() throws {
    let parent = try WorkerProcess(program: ParentProgram.self, name: "parent")
    try parent.channel.send(Array("is killed".utf8), deadline: nil)
    let answer = try #require(try receivedBytes(parent.channel, within: 60))
    let pids = String(decoding: answer, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    #expect(pids.count == 3 && pids.allSatisfy(isRunning))
    parent.send(signal: SIGKILL)
    #expect(eventually(within: 30) { !pids.contains(where: isRunning) })
  }
}

extension OwnThread {
  /// The blocking twin, which an async context does not choose.
  static func blockingJoin<Function>(
    _ child: ChildProcess<Function>, timeout: Duration? = nil
  ) throws -> Multiprocessing.ExitStatus? {
    try child.join(timeout: timeout)
  }
}
