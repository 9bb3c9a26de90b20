// SPDX-License-Identifier: Apache-2.0
// Workers: start, talk, end; what they inherit and what they do not; how their end is known (faults.md F01, F11–F18).

import Glibc
import Multiprocessing
import Testing

private enum PrivateProgram: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 { 0 }
}

/// A nested internal type: has a name that another process can look up.
enum Outer {
  enum Inner: WorkerProgram {
    static func run(_ channel: borrowing Channel) -> Int32 { 42 }
  }
  enum Generic<Element>: WorkerProgram {
    static func run(_ channel: borrowing Channel) -> Int32 { Int32(MemoryLayout<Element>.size) }
  }
}

/// Uses the concurrency runtime: its initialisers come after ours in link order.
enum AsyncProgram: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    Task {
      exit(
        await withTaskGroup(of: Int32.self) { group in
          for k in Int32(1)...4 { group.addTask { k } }
          return await group.reduce(0, +)
        })
    }
    _ = try? waitForAny(descriptors: [], deadline: .in(seconds: 10))
    return 99
  }
}

@Suite struct WorkerProcessTests {
  @Test(.timeLimit(.minutes(10))) func talksAndReturns() throws {
    let worker = try puppet()
    #expect(try ask(worker, "echo hello") == "hello")
    #expect(try ask(worker, "echo") == "")
    #expect(worker.isAlive && worker.exitStatus == nil)
    try tell(worker, "exit 7")
    #expect(try worker.reap(deadline: .in(seconds: 10)) == .exited(code: 7))
    #expect(!worker.isAlive && worker.exitStatus == .exited(code: 7))
    #expect(try receivedBytes(worker.channel) == nil)
    #expect(!worker.send(signal: SIGTERM))
  }

  @Test(.timeLimit(.minutes(10))) func waitsUntilReady() throws {
    let worker = try puppet()
    try worker.waitUntilReady(deadline: .in(seconds: 10))
    try worker.waitUntilReady(deadline: .in(seconds: 0))
    #expect(try ask(worker, "echo still there") == "still there")
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("exit 255", Multiprocessing.ExitStatus.exited(code: 255)), ("quit 3", .exited(code: 3)),
      ("raise 15", .signaled(signal: SIGTERM, coreDumped: false)),
      ("raise 9", .signaled(signal: SIGKILL, coreDumped: false)),
    ])
  func decodesTheEnd(command: String, status: Multiprocessing.ExitStatus) throws {
    let worker = try puppet()
    try tell(worker, command)
    #expect(try worker.reap(deadline: .in(seconds: 10)) == status)
  }

  @Test(.timeLimit(.minutes(10))) func namesTheEnd() {
    #expect(Multiprocessing.ExitStatus.signaled(signal: 9, coreDumped: false).description == "signal 9 (SIGKILL)")
    #expect(
      Multiprocessing.ExitStatus.signaled(signal: 11, coreDumped: true).description
        == "signal 11 (SIGSEGV), core dumped")
    #expect(Multiprocessing.ExitStatus.exited(code: 3).description == "exit code 3")
    #expect(Multiprocessing.ExitStatus.signalName(40) == "signal 40")
  }

  @Test(.timeLimit(.minutes(10))) func killsAStoppedWorker() throws {
    let worker = try puppet()
    try worker.waitUntilReady(deadline: .in(seconds: 10))
    #expect(worker.send(signal: SIGSTOP))
    #expect(eventually(within: 5) { state(of: worker.pid) == "T" })
    #expect(worker.isAlive)
    #expect(try worker.reap(deadline: .in(seconds: 0.05)) == nil)
    worker.send(signal: SIGKILL)
    #expect(try worker.reap(deadline: .in(seconds: 5)) == .signaled(signal: SIGKILL, coreDumped: false))
    #expect(state(of: worker.pid) == nil, "reaped, so not even a zombie")
  }

  @Test(.timeLimit(.minutes(10))) func deathIsAnEventBesideMessages() throws {
    let workers = try (0..<3).map { _ in try puppet() }
    for worker in workers { #expect(try ask(worker, "echo up") == "up") }
    workers[1].send(signal: SIGKILL)
    let watched = workers.map(\.pidDescriptorNumber) + workers.map { $0.channel.descriptorNumber }
    withExtendedLifetime(workers) {
      let seen = eventually(within: 5) { (try? waitForAny(descriptors: watched, deadline: .in(seconds: 5))) == [1, 4] }
      #expect(seen)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aForgottenWorkerIsKilledAndReaped() throws {
    let pid: pid_t
    do {
      let worker = try puppet()
      pid = worker.pid
      try tell(worker, "spin")
    }
    #expect(state(of: pid) == nil)
  }

  // MARK: Names

  @Test(.timeLimit(.minutes(10))) func refusesTypesWithoutAName() {
    enum Local: WorkerProgram {
      static func run(_ channel: borrowing Channel) -> Int32 { 0 }
    }
    for program in [PrivateProgram.self, Local.self] as [any WorkerProgram.Type] {
      expectError {
        _ = try WorkerProcess(program: program, name: "none")
      } satisfies: { error in
        #expect(error.code == .programNotFound && error.description.contains("internal or public"))
      }
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func findsNestedAndGenericTypes() throws {
    let programs: [(any WorkerProgram.Type, Int32)] = [
      (Outer.Inner.self, 42), (Outer.Generic<Double>.self, 8), (AsyncProgram.self, 10),
    ]
    for (program, code) in programs {
      let worker = try WorkerProcess(program: program, name: "named")
      #expect(try worker.reap(deadline: .in(seconds: 10)) == .exited(code: code), "\(program)")
    }
  }

  // MARK: What a worker inherits

  @Test(.timeLimit(.minutes(10))) func environmentOfAWorker() throws {
    let worker = try puppet(environment: ["WEFT_TEST_ADDED": "a=b", "OMP_NUM_THREADS": "3"])
    #expect(try ask(worker, "getenv WEFT_TEST_ADDED") == "a=b")
    #expect(try ask(worker, "getenv OMP_NUM_THREADS") == "3")
    #expect(try ask(worker, "getenv OPENBLAS_NUM_THREADS") == "1")
    #expect(try ask(worker, "getenv MKL_NUM_THREADS") == "1")
    #expect(try ask(worker, "getenv PATH") == environment("PATH"))
    #expect(try ask(worker, "getenv WEFT_WORKER") == "(unset)", "its own children are ordinary programs")
    #expect(try ask(worker, "getenv WEFT_WORKER_DEPTH") == "1")
  }

  @Test(.timeLimit(.minutes(10))) func showsItsName() throws {
    let worker = try puppet("weft-worker 2 of 4")
    try worker.waitUntilReady(deadline: .in(seconds: 10))
    #expect(text(ofFile: "/proc/\(worker.pid)/cmdline") == "weft-worker 2 of 4\0")
    #expect(text(ofFile: "/proc/\(worker.pid)/comm") == "weft-worker 2 o\n")
  }

  /// Sixty-four at once, from eight threads: a descriptor that leaked into a sibling would keep a channel open for ever.
  @Test(.timeLimit(.minutes(10))) func hasExactlyTheDocumentedDescriptors() async throws {
    let leaks = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let workers = try (0..<8).map { _ in try puppet() }
          return try workers.compactMap { worker in
            try worker.waitUntilReady(deadline: .in(seconds: 30))
            let open = descriptors(of: worker.pid)
            let expected =
              open.count == 5 && open[0] == "/dev/null" && open[1] == open[2]
              && open[3]?.hasPrefix("socket:") == true && open[4]?.contains("pidfd") == true
            return expected ? nil : "\(open)"
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(leaks.isEmpty)
  }

  @Test(.timeLimit(.minutes(10))) func signalDispositionsDoNotLeak() async {
    await #expect(processExitsWith: .success) {
      signal(SIGTERM, SIG_IGN)
      var blocked = sigset_t()
      unsafe sigemptyset(&blocked)
      unsafe sigaddset(&blocked, SIGUSR1)
      unsafe pthread_sigmask(Int32(SIG_BLOCK), &blocked, nil)
      let worker = try puppet()
      try worker.waitUntilReady(deadline: .in(seconds: 10))
      let status = try #require(text(ofFile: "/proc/\(worker.pid)/status"))
      func mask(_ field: String) -> UInt64? {
        status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
          .flatMap { UInt64($0.dropFirst(field.count + 1).filter { $0 != "\t" }, radix: 16) }
      }
      func bit(_ signal: Int32) -> UInt64 { 1 << UInt64(signal - 1) }
      // Bits above 31 are glibc's own.
      #expect(mask("SigIgn").map { $0 & 0x7FFF_FFFF } == bit(SIGPIPE) | bit(SIGXFSZ))
      #expect(mask("SigBlk").map { $0 & 0x7FFF_FFFF } == bit(SIGINT) | bit(SIGHUP))
      worker.send(signal: SIGINT)
      #expect(try ask(worker, "echo here") == "here", "Ctrl-C is the coordinator's to interpret")
      worker.send(signal: SIGTERM)
      #expect(try worker.reap(deadline: .in(seconds: 5)) == .signaled(signal: SIGTERM, coreDumped: false))
    }
  }

  // MARK: Starting where it cannot work

  @Test(.timeLimit(.minutes(10)), arguments: ["nonsense", "1;1;1;1;1;1;x", ""])
  func startedByHand(marker: String) {
    let run = shell("WEFT_WORKER='\(marker)' '\(ownPath)' 2>&1 3<&-")
    #expect(run.code == 64)
    #expect(run.output.contains("no coordinator started this process") && run.output.split(separator: "\n").count == 1)
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ["WEFT_WORKER_DEPTH": "5"], ["WEFT_WORKER": "1;1;1;1;1;1;x"],
    ])
  func neverAForkBomb(variables: [String: String]) async {
    // As a worker's main would find it if the constructor had not run, or as the end of a chain of workers.
    await #expect(processExitsWith: .success) { [variables] in
      for (name, value) in variables { unsafe setenv(name, value, 1) }
      expectError {
        _ = try puppet()
      } satisfies: { error in
        #expect(error.code == .workerNotStarted)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func workersOfWorkersEndSomewhere() throws {
    #expect(try ask(try puppet(), "nest-chain") == "4", "five levels, of which the first asks")
  }

  @Test(.timeLimit(.minutes(10))) func aBuildMismatchIsNamed() async throws {
    let marker = WorkerMarker(
      coordinator: getpid(), identity: try ExecutableIdentity.ofThisProcess(), programName: "x;y")
    #expect(WorkerMarker(text: marker.text) == nil, "a name with a separator is not read wrongly")
    var other = marker
    other.programName = "x"
    other.identity.modified += 1
    #expect(WorkerMarker(text: other.text) == other)
    // A channel on 3, but the marker of another build. bash, since sh takes numbers of one digit only.
    var ends: [Int32] = [0, 0]
    try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
    let run = shell("bash -c \"WEFT_WORKER='\(other.text)' '\(ownPath)' 2>&1 3<&\(ends[0])\"")
    for end in ends { close(end) }
    #expect(run.code == 76 && run.output.contains("another build"))
  }

  @Test(.timeLimit(.minutes(10))) func anEndBeforeTheProgramIsNamed() async {
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_FAULT", "worker.hello:*:exit=9", 1)
      let worker = try puppet()
      expectError {
        try worker.waitUntilReady(deadline: .in(seconds: 10))
      } satisfies: { error in
        #expect(error.code == .workerNotStarted && error.description.contains("test-puppet ended with exit code 9"))
      }
      let other = try puppet()
      expectError {
        _ = try other.channel.receive(deadline: .in(seconds: 10))
      } satisfies: { error in
        #expect(error.code == .workerNotStarted)
      }
    }
  }
}
