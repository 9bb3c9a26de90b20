// SPDX-License-Identifier: Apache-2.0
// Checks that count descriptors or run out of them. They run in a worker: in a process of the testing library, its
// timers come and go in the same table, and dispatch ends the process when it cannot have one.

import Glibc
import Multiprocessing
import Testing

@Suite struct QuietCheckTests {
  @Test(.timeLimit(.minutes(10)), arguments: QuietCheck.all.keys.sorted())
  func passes(check: String) throws {
    let worker = try puppet("quiet")
    try tell(worker, "check \(check)")
    let answer = try #require(try receivedBytes(worker.channel, within: 30))
    #expect(String(decoding: answer, as: UTF8.self) == "")
  }
}

/// Checks by name; each answers with what is wrong, "" when nothing is.
enum QuietCheck {
  static func run(_ name: String) throws -> String {
    guard let check = all[name] else { return "no such check" }
    return try check()
  }

  static let all: [String: @Sendable () throws -> String] = [
    "two hundred workers with a segment each": workers, "two hundred segments": segments,
    "descriptors nobody takes": untaken, "no descriptor left to start a worker": limitedStart,
    "no descriptor left to receive one": limitedReceive, "descriptors close themselves": closing,
    "standard descriptors": standard, "a worker of a program without standard descriptors": standardOfWorker,
    "a pool of a program without standard descriptors": standardOfPool,
    "no descriptor left for a pool's answer": limitedAnswer,
  ]

  /// What is open after `body` and was not before, having run it once to warm up.
  private static func opened(by body: () throws -> Void) throws -> String {
    try body()
    let before = descriptors(of: getpid())
    for _ in 0..<200 { try body() }
    let left = descriptors(of: getpid()).filter { before[$0.key] != $0.value }
    return left.isEmpty ? "" : "left open: \(left)"
  }

  @Sendable private static func workers() throws -> String {
    try opened {
      let worker = try puppet()
      let memory = try SharedMemory(byteCount: 10_000)
      guard try ask(worker, "return", descriptors: [memory.descriptorNumber]) == "back" else { throw wrong }
    }
  }

  @Sendable private static func segments() throws -> String {
    let left = try opened {
      let memory = try SharedMemory(byteCount: 50_000)
      _ = try SharedMemory(attaching: Descriptor(duplicating: memory.descriptorNumber), byteCount: 1, writable: false)
    }
    let mapped = text(ofFile: "/proc/self/maps")?.contains("/dev/shm") ?? true
    return left + (mapped ? "still mapped" : "")
  }

  @Sendable private static func untaken() throws -> String {
    let (a, b) = try socketPair()
    let near = channel(a)
    let far = channel(b)
    return try opened {
      try near.send([1], descriptors: [0, 1, 2], deadline: nil)
      guard try nextMessage(far).descriptorCount == 3 else { throw wrong }
    }
  }

  @Sendable private static func limitedStart() throws -> String {
    let before = descriptors(of: getpid())
    defer { limitDescriptors(to: 1024) }
    for free in 0..<3 {
      limitDescriptors(to: before.count + free)
      do throws(SystemError) {
        _ = try puppet()
        if free < 2 { return "started with \(free) descriptors left" }
      } catch {
        guard error.code == .resourceLimit, error.description.contains("ulimit -n") else { return "\(error)" }
      }
      let left = descriptors(of: getpid()).filter { before[$0.key] != $0.value }
      if !left.isEmpty { return "left open by a failed start: \(left)" }
    }
    return ""
  }

  @Sendable private static func limitedReceive() throws -> String {
    let (a, b) = try socketPair()
    let near = channel(a)
    let far = channel(b)
    try near.send([1], descriptors: [0, 1, 2], deadline: nil)
    try near.send([2], deadline: nil)
    let before = descriptors(of: getpid())
    limitDescriptors(to: before.count + 1)
    defer { limitDescriptors(to: 1024) }
    do throws(SystemError) {
      _ = try far.receive(deadline: .in(seconds: 1))
      return "received"
    } catch {
      guard error.code == .resourceLimit, error.description.contains("ulimit -n") else { return "\(error)" }
    }
    guard try receivedBytes(far) == [2] else { return "the next message is lost too" }
    limitDescriptors(to: 1024)
    return descriptors(of: getpid()) == before ? "" : "some were opened all the same"
  }

  @Sendable private static func closing() throws -> String {
    let number: Int32
    do {
      let descriptor = try Descriptor(duplicating: 2)
      number = descriptor.number
      guard fcntl(number, F_GETFD) == FD_CLOEXEC else { return "inheritable" }
    }
    guard fcntl(number, F_GETFD) == -1 else { return "still open" }
    let released = Descriptor(owning: dup(2)).release()
    return fcntl(released, F_GETFD) == 0 ? "" : "closed though released"
  }

  @Sendable private static func standard() throws -> String {
    close(0)
    close(1)
    StandardDescriptors.ensureOpen()
    let open = descriptors(of: getpid())
    return open[0] == "/dev/null" && open[1] == "/dev/null" && open.count == 5 ? "" : "\(open)"
  }

  @Sendable private static func standardOfWorker() throws -> String {
    for number in Int32(0)...2 { close(number) }
    // Its channel's ends are among 0, 1, 2 here.
    let worker = try puppet()
    guard try ask(worker, "echo fine") == "fine" else { return "no answer" }
    let open = descriptors(of: worker.pid)
    let right = (0...2).allSatisfy { open[$0] == "/dev/null" } && open.count == 5
    return right ? "" : "\(open)"
  }

  /// What its workers print must not get into the words that the pool shares with them.
  @Sendable private static func standardOfPool() throws -> String {
    for number in Int32(0)...2 { close(number) }
    let pool = try Pool(processes: 1)
    for _ in 0..<20 {
      let result = try pool.applyAsync(PoolComplain.self, "0123456789abcdef")
      guard result.wait(timeout: .seconds(5)) else { return "no answer" }
      guard try result.get() == 16 else { return "a wrong answer" }
    }
    let open = descriptors(of: try pool.apply(PoolProcess.self, 0))
    return (0...2).allSatisfy { open[$0] == "/dev/null" } ? "" : "\(open)"
  }

  @Sendable private static func limitedAnswer() throws -> String {
    let pool = try Pool(processes: 1)
    _ = try pool.apply(PoolSquare.self, 1)
    limitDescriptors(to: (descriptors(of: getpid()).keys.max() ?? 0) + 1)
    var fillers: [Int32] = []
    repeat { fillers.append(dup(2)) } while fillers.last != -1
    defer {
      limitDescriptors(to: 1024)
      for filler in fillers where filler >= 0 { close(filler) }
    }
    let result = try pool.applyAsync(PoolSegment.self, Nothing())
    guard result.wait(timeout: .seconds(10)) else { return "no answer" }
    do {
      _ = try result.get()
      return "received"
    } catch { return "\(error)".contains("ulimit -n") ? "" : "\(error)" }
  }

  private static var wrong: SystemError { SystemError(code: .protocolMismatch, message: "a wrong answer") }

  /// Assumes that descriptors are numbered without gaps, as they are in a fresh worker.
  private static func limitDescriptors(to count: Int) {
    var limit = rlimit(rlim_cur: UInt(count), rlim_max: 1024)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
