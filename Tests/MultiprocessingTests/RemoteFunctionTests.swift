// SPDX-License-Identifier: Apache-2.0
// Remote functions: their names, the loop that runs them in a worker, and what of their errors comes home.

import Glibc
import Synchronization
import Testing

@testable import Multiprocessing

struct Square: RemoteFunction {
  static func call(_ input: Int) -> Int { input * input }
}

/// Suspends in every way a function may: sleep, child tasks, an actor, the main actor, a continuation.
struct Suspending: RemoteFunction {
  actor Counter {
    private var count = 0
    func add(_ number: Int) -> Int {
      count += number
      return count
    }
  }
  @MainActor static var onMainActor = 0

  @MainActor static func add(_ number: Int) -> Int {
    MainActor.assertIsolated()
    onMainActor += number
    return onMainActor
  }

  static func call(_ input: String) async throws -> Int {
    switch input {
    case "sleep":
      try await Task.sleep(for: .milliseconds(2))
      return 1
    case "actor":
      let counter = Counter()
      return await withTaskGroup(of: Int.self) { group in
        for k in 1...4 { group.addTask { await counter.add(k) } }
        return await group.reduce(0) { max($0, $1) }
      }
    case "main actor":
      async let other = add(4)
      await Task.yield()
      return await other
    case "detached":
      return await withCheckedContinuation { continuation in
        Task.detached {
          try await Task.sleep(for: .milliseconds(1))
          continuation.resume(returning: 5)
        }
      }
    default: return await Task { @MainActor in onMainActor }.value
    }
  }
}

struct SampleError: Error, CustomStringConvertible {
  var description: String { "the sample is wrong" }
}

struct Throwing: RemoteFunction {
  static func call(_ input: String) async throws -> Nothing {
    switch input {
    case "sync": try synchronous()
    case "typed": try typed()
    case "again":
      do { try synchronous() } catch {
        // Thrown and caught on the way: the first one's place is what counts.
        try? typed()
        throw error
      }
    default: try await outer()
    }
    return Nothing()
  }

  @inline(never) static func synchronous() throws { throw SampleError() }
  @inline(never) static func typed() throws(SystemError) {
    throw SystemError(code: .closed, message: "It is closed.")
  }
  @inline(never) static func outer() async throws {
    await Task.yield()
    try await inner()
    await Task.yield()
  }
  @inline(never) static func inner() async throws {
    try await Task.sleep(for: .milliseconds(1))
    try synchronous()
  }
}

private struct PrivateFunction: RemoteFunction {
  static func call(_ input: Int) -> Int { input }
}

struct Boxed<Element: Codable & Sendable>: RemoteFunction {
  static func call(_ input: Element) -> [Element] { [input] }
}

/// Runs functions as Pool and ChildProcess will: by name, one message each.
enum FunctionHost: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      let runner = try FunctionRunner(processName: "host")
      while let name = try channel.receive(deadline: nil), !name.bytes.isEmpty {
        guard let input = try channel.receive(deadline: nil) else { return 1 }
        let function = try FunctionName.resolve(String(decoding: name.bytes, as: UTF8.self))
        try answer(function, input.bytes, runner, channel)
      }
      return text(ofFile: "/proc/self/status")?.contains("Threads:\t2\n") == true ? 2 : 0
    } catch {
      print("host: \(error)")
      return 3
    }
  }

  private static func answer<Function: RemoteFunction>(
    _ function: Function.Type, _ bytes: [UInt8], _ runner: FunctionRunner, _ channel: borrowing Channel
  ) throws {
    let input = try PayloadDecoding.decode(Function.Input.self, bytes: bytes)
    let answer: Payload
    switch runner.run(function, input) {
    case .success(let output): answer = try Payload(Answer(output: output))
    case .failure(let error): answer = try Payload(Answer<Function.Output>(error: error))
    }
    try channel.send(answer.bytes, deadline: nil)
  }

  struct Answer<Output: Codable & Sendable>: Codable, Sendable {
    var output: Output?
    var error: RemoteError?
  }

  static func ask<Function: RemoteFunction>(
    _ worker: WorkerProcess, _ function: Function.Type, _ input: Function.Input
  ) throws -> Answer<Function.Output> {
    try worker.channel.send(Array(FunctionName.of(function).utf8), deadline: nil)
    try worker.channel.send(Payload(input).bytes, deadline: nil)
    let bytes = try #require(try receivedBytes(worker.channel, within: 60), "an answer to \(input)")
    return try PayloadDecoding.decode(Answer<Function.Output>.self, bytes: bytes)
  }
}

@Suite struct RemoteFunctionTests {
  @Test(.timeLimit(.minutes(10))) func namesLeadBack() throws {
    for function in [Square.self, Boxed<[String: Int]>.self, Throwing.self] as [any RemoteFunction.Type] {
      #expect(try FunctionName.resolve(FunctionName.of(function)) == function)
      #expect(try FunctionName.resolve(FunctionName.of(function)) == function, "and from memory")
    }
    struct Local: RemoteFunction {
      static func call(_ input: Int) -> Int { input }
    }
    for function in [PrivateFunction.self, Local.self, Boxed<PrivateInput>.self] as [any RemoteFunction.Type] {
      do {
        _ = try FunctionName.of(function)
        Issue.record("named \(function)")
      } catch { #expect(error.code == .programNotFound && error.message.contains("internal or public")) }
    }
    do {
      _ = try FunctionName.resolve("no such name")
      Issue.record("resolved")
    } catch { #expect(error.code == .programNotFound && error.message.contains("same build")) }
  }

  @Test(.timeLimit(.minutes(10))) func runsInAWorkerWithoutAThread() throws {
    let worker = try WorkerProcess(program: FunctionHost.self, name: "host")
    for k in 0..<10 { #expect(try FunctionHost.ask(worker, Square.self, k).output == k * k) }
    #expect(try FunctionHost.ask(worker, Boxed<String>.self, "x").output == ["x"])
    #expect(try shutDown(worker) == .exited(code: 2), "its own thread and the one that watches the coordinator")
  }

  @Test(.timeLimit(.minutes(10))) func suspendsInAWorker() throws {
    let worker = try WorkerProcess(program: FunctionHost.self, name: "host")
    let answers = try ["sleep", "actor", "main actor", "detached", "main actor", "unstructured"].map { way in
      try FunctionHost.ask(worker, Suspending.self, way).output
    }
    #expect(answers == [1, 10, 4, 5, 8, 8])
    #expect(try shutDown(worker) == .exited(code: 0))
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("sync", ["synchronous", "call"]), ("again", ["synchronous", "call"]), ("typed", ["typed", "call"]),
      ("async", ["synchronous", "inner", "outer", "call"]),
    ])
  func errorsComeHomeWithTheirPlace(kind: String, functions: [String]) throws {
    let worker = try WorkerProcess(program: FunctionHost.self, name: "host")
    let error = try #require(try FunctionHost.ask(worker, Throwing.self, kind).error)
    #expect(error.processName == "host" && error.position == nil)
    if kind == "typed" {
      #expect(error.typeName == "Multiprocessing.SystemError" && error.message == "It is closed.")
    } else {
      #expect(error.typeName == "MultiprocessingTests.SampleError" && error.message == "the sample is wrong")
    }
    var found = error.stackTrace[...]
    for function in functions {
      let place = found.firstIndex { $0.contains("MultiprocessingTests.Throwing.\(function)(") }
      found = found[(try #require(place, "\(function) in \(error)") + 1)...]
    }
    #expect(found.isEmpty, "nothing of the worker's own: \(error)")
    #expect(error.description.contains("host: \(error.message)\n    at "))
  }

  @Test(.timeLimit(.minutes(10))) func aRemoteErrorStaysWhatItWas() {
    let first = RemoteError(typeName: "T", message: "m", stackTrace: ["f"], processName: "p", position: 3)
    #expect(RemoteError(first, stackTrace: ["other"], processName: "q") == first)
    #expect(first.description == "T in p, input 3: m\n    at f")
  }

  /// The empty name is the end.
  private func shutDown(_ worker: WorkerProcess) throws -> Multiprocessing.ExitStatus? {
    try worker.channel.send([], deadline: .in(seconds: 60))
    return try worker.reap(deadline: .in(seconds: 60))
  }
}

/// A type inside a function's name is looked up with it.
private struct PrivateInput: Codable, Sendable {}

@Suite struct TaskLoopTests {
  @Test(.timeLimit(.minutes(10))) func runsOnTheCallingThread() async throws {
    try await OwnThread.run {
      let loop = try TaskLoop()
      let here = pthread_self()
      let result = loop.run {
        try await Task.sleep(for: .milliseconds(5))
        async let child = pthread_self() == here
        return await (child, pthread_self() == here)
      }
      let (child, itself) = try result.get()
      #expect(child && itself)
    }
  }

  @Test(.timeLimit(.minutes(10))) func throwsWhatIsThrown() async throws {
    try await OwnThread.run {
      let loop = try TaskLoop()
      #expect(throws: SampleError.self) { try loop.run { throw SampleError() }.get() }
      #expect(try loop.run { 5 }.get() == 5)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aReadableDescriptorCancels() async throws {
    try await OwnThread.run {
      let loop = try TaskLoop()
      let signal = try WakeUp()
      signal.raise()
      let start = Deadline.now.nanoseconds
      let result = loop.run(
        alsoWaitingFor: signal.descriptorNumber,
        onReadable: {
          signal.lower()
          loop.cancel()
        }, { try await Task.sleep(for: .seconds(300)) })
      #expect(throws: CancellationError.self) { try result.get() }
      #expect(Deadline.now.nanoseconds - start < 100_000_000_000)
      // Nothing runs: nothing is cancelled, and the next work is not either.
      loop.cancel()
      #expect(try loop.run { Task.isCancelled }.get() == false)
    }
  }
}

/// A thread outside the pool of the tests, whose threads must not sleep.
enum OwnThread {
  private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work { continuation.resume(with: Result { try body() }) }
      var thread = pthread_t()
      let created = unsafe pthread_create(
        &thread, nil,
        { argument in
          unsafe Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
          return nil
        }, Unmanaged.passRetained(work).toOpaque())
      precondition(created == 0, "a test needs a thread")
      pthread_detach(thread)
    }
  }
}
