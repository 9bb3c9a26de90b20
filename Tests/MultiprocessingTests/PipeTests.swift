// SPDX-License-Identifier: Apache-2.0
// Pipes: between processes and tasks, their ends travelling, end of file, cancellation, a killed partner.

import Glibc
import Synchronization
import Testing

@testable import Multiprocessing

/// A message with some of everything.
struct PipeLetter: Codable, Equatable, Sendable {
  var text: String
  var numbers: [Double]
  var answer: Int?
}

/// The other side: takes an end of a pipe and answers letters, adding to `answer`.
enum PipePartner: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard var message = try channel.receive(deadline: .in(seconds: 60)),
        let segment = message.takeDescriptor(), let socket = message.takeDescriptor()
      else { return 2 }
      let connection = try Connection(
        attaching: .init(segment: OwnedDescriptor(segment), socket: OwnedDescriptor(socket)))
      let type = Pipe<PipeLetter>.End.self
      guard let end = try connection.receive(type, deadline: .in(seconds: 60))?.value else { return 3 }
      while var letter = try end.receive() {
        letter.answer = (letter.answer ?? 0) + 1
        if letter.text == "die" { raise(SIGKILL) }
        if letter.text == "end" { return 0 }
        if letter.text == "dawdle" { usleep(300_000) }
        try end.send(letter)
      }
      return 0
    } catch {
      if error.code == .disconnected { return 0 }
      StandardDescriptors.complain("pipe partner: \(error)")
      return 4
    }
  }
}

/// A partner, and this process's end of the pipe to it.
func pipePartner() throws -> (worker: WorkerProcess, here: Pipe<PipeLetter>.End) {
  let worker = try WorkerProcess(program: PipePartner.self, name: "test-pipe")
  let (near, far) = try Connection.pair()
  try worker.channel.send([], descriptors: [far.segment.number, far.socket.number], deadline: .in(seconds: 10))
  let (here, there) = try Pipe<PipeLetter>.make()
  try near.send(tag: 0, Payload(there), deadline: .in(seconds: 10))
  there.close()
  return (worker, here)
}

/// In functions that are not async, where the blocking twins are called.
private func send(_ end: Pipe<PipeLetter>.End, _ letter: PipeLetter) throws {
  try end.send(letter, timeout: .seconds(60))
}

private func next(_ end: Pipe<PipeLetter>.End) throws -> PipeLetter? { try end.receive(timeout: .seconds(60)) }

@Suite struct PipeTests {
  private let letter = PipeLetter(text: "grüße", numbers: [1, .infinity, -0.0], answer: nil)

  @Test(.timeLimit(.minutes(10))) func lettersGoBothWays() async throws {
    let letter = letter
    try await onThread {
      let (worker, here) = try pipePartner()
      for k in 0..<200 {
        let long = PipeLetter(text: "\(k)", numbers: [Double](repeating: 0.5, count: k * 997), answer: k)
        try send(here, long)
        try send(here, letter)
        let answer = try #require(try next(here))
        #expect(answer.answer == k + 1 && answer.numbers == long.numbers && answer.text == long.text)
        #expect(try next(here)?.answer == 1)
      }
      try send(here, PipeLetter(text: "end", numbers: []))
      #expect(try next(here) == nil)
      #expect(try worker.reap(deadline: .in(seconds: 10)) == .exited(code: 0))
      expectError {
        try send(here, letter)
      } satisfies: {
        #expect($0.code == .disconnected)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func closingIsTheEndOfFile() async throws {
    let letter = letter
    try await onThread {
      let (here, there) = try Pipe<PipeLetter>.make()
      try send(here, letter)
      here.close()
      here.close()
      #expect(try next(there) == letter)
      #expect(try next(there) == nil)
      #expect(try there.poll(timeout: nil))
      let uses: [() throws -> Void] = [
        { try send(here, letter) }, { _ = try next(here) }, { _ = try here.poll() }, { _ = try Payload(here) },
      ]
      for use in uses {
        expectError(use) { #expect($0.code == .closed) }
      }
      // The partner sees it too, and ends by itself.
      let (worker, end) = try pipePartner()
      end.close()
      #expect(try worker.reap(deadline: .in(seconds: 10)) == .exited(code: 0))
    }
  }

  @Test(.timeLimit(.minutes(10))) func waitsNoLongerThanTold() async throws {
    let letter = letter
    try await onThread {
      let (here, there) = try Pipe<PipeLetter>.make()
      #expect(try !there.poll())
      let start = Deadline.now
      #expect(try !there.poll(timeout: .milliseconds(30)))
      let many = PipeLetter(text: "", numbers: [Double](repeating: 0, count: 100_000))
      let uses: [() throws -> Void] = [
        { _ = try there.receive(timeout: .milliseconds(30)) },
        { try here.send(many, timeout: .milliseconds(30)) },
      ]
      for use in uses {
        expectError(use) { #expect($0.code == .timedOut) }
      }
      let elapsed = Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9
      #expect(elapsed > 0.085 && elapsed < 10)
      // Nobody has read: the pipe is full of what was given up.
      #expect(try !there.poll())
      try send(here, letter)
      #expect(try there.poll())
      #expect(try there.poll(timeout: nil))
      #expect(try next(there) == letter)
      #expect(try !there.poll())
    }
  }

  @Test(.timeLimit(.minutes(10))) func endsTravelInMessages() async throws {
    let letter = letter
    try await onThread {
      let (post, office) = try Pipe<Pipe<PipeLetter>.End>.make()
      let (here, there) = try Pipe<PipeLetter>.make()
      let (worker, far) = try pipePartner()
      // Used, but between messages.
      try send(far, letter)
      #expect(try next(far)?.answer == 1)
      for end in [there, far] {
        try post.send(end, timeout: .seconds(60))
        end.close()
      }
      let moved = try #require(try office.receive(timeout: .seconds(60)))
      try send(here, letter)
      #expect(try next(moved) == letter)
      let movedFar = try #require(try office.receive(timeout: .seconds(60)))
      try send(movedFar, letter)
      #expect(try next(movedFar)?.answer == 1)
      // In the middle of a message.
      expectError {
        let many = PipeLetter(text: "", numbers: [Double](repeating: 0, count: 100_000))
        try moved.send(many, timeout: .milliseconds(1))
      } satisfies: {
        #expect($0.code == .timedOut)
      }
      expectError {
        try post.send(moved, timeout: .seconds(60))
      } satisfies: {
        #expect($0.code == .payload && $0.description.contains("middle of a message"))
      }
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func aKilledPartnerIsTheEndOfFile() async throws {
    let letter = letter
    try await onThread {
      for round in 0..<(environment("WEFT_LONG") == nil ? 40 : 2000) {
        let (worker, here) = try pipePartner()
        let pid = worker.pid
        if round % 4 == 0 {
          try send(here, PipeLetter(text: "die", numbers: []))
        } else {
          startThread {
            usleep(UInt32(5000 + round % 40 * 200))
            kill(pid, SIGKILL)
          }
        }
        let long = PipeLetter(text: "", numbers: [Double](repeating: 0, count: 50_000), answer: round)
        var asked = 0
        var answered = 0
        do {
          while true {
            try send(here, asked % 2 == 0 ? letter : long)
            asked += 1
            guard let answer = try next(here) else { break }
            #expect(answer.answer == (answered % 2 == 0 ? 1 : round + 1))
            answered += 1
          }
        } catch let error as SystemError {
          #expect(error.code == .disconnected)
        }
        #expect(try next(here) == nil)
        #expect(asked - answered <= 1)
        withExtendedLifetime(worker) {}
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func tasksWaitWithoutHoldingAThread() async throws {
    let (worker, here) = try pipePartner()
    // More waiting tasks than there are threads to hold.
    let pipes = try (0..<8).map { _ in try Pipe<Int>.make() }
    let sums = Task {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for (_, there) in pipes {
          group.addTask {
            var sum = 0
            while let number = try await there.receive() { sum += number }
            return sum
          }
        }
        return try await group.reduce(0, +)
      }
    }
    for k in 0..<20 {
      for (here, _) in pipes { try await here.send(k) }
      try await here.send(letter)
      #expect(try await here.poll(timeout: nil))
      #expect(try await here.receive()?.answer == 1)
    }
    try await here.send(PipeLetter(text: "", numbers: [Double](repeating: 2, count: 300_000), answer: 6))
    let answer = try await here.receive()
    #expect(answer?.answer == 7 && answer?.numbers.count == 300_000)
    for (here, _) in pipes { here.close() }
    #expect(try await sums.value == 8 * 190)
    withExtendedLifetime(worker) {}
  }

  @Test(.timeLimit(.minutes(10))) func cancellationLosesNothing() async throws {
    let (here, there) = try Pipe<PipeLetter>.make()
    let many = PipeLetter(text: "", numbers: [Double](repeating: 0, count: 100_000))
    let waits: [@Sendable () async throws -> Void] = [
      { _ = try await there.receive() }, { _ = try await there.poll(timeout: nil) }, { try await here.send(many) },
    ]
    for wait in waits {
      let task = Task { try await wait() }
      try await Task.sleep(for: .milliseconds(30))
      let start = Deadline.now
      task.cancel()
      let result = await task.result
      #expect(throws: CancellationError.self) { try result.get() }
      #expect(Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9 < 5)
    }
    await #expect(throws: SystemError.self) { _ = try await there.receive(timeout: .milliseconds(20)) }
    try await here.send(letter)
    #expect(try await there.receive() == letter)
  }
}
