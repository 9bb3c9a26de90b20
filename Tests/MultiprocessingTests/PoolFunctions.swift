// SPDX-License-Identifier: Apache-2.0
// The functions that the tests of Pool run in workers.

import Glibc
import Multiprocessing
import Synchronization

struct PoolSquare: RemoteFunction {
  static func call(_ input: Int) -> Int { input &* input }
}

/// The same, in up to 120 µs.
struct PoolWork: RemoteFunction {
  static func call(_ input: Int) -> Int {
    let end = Deadline(nanoseconds: Deadline.now.nanoseconds + UInt64(input % 7) * 20_000)
    while !end.hasPassed {}
    return input * input
  }
}

struct PoolUppercase: RemoteFunction {
  static func call(_ input: String) -> String { input.uppercased() }
}

struct PoolReverse: RemoteFunction {
  static func call(_ input: [Double]) -> [Double] { input.reversed() }
}

struct PoolTestError: Error, CustomStringConvertible {
  var description: String { "no odd numbers" }
}

/// Throws for odd inputs.
struct PoolHalf: RemoteFunction {
  // Never inlined: its name is to be found in the stack trace of an optimized build too.
  @inline(never)
  static func call(_ input: Int) throws -> Int {
    guard input % 2 == 0 else { throw PoolTestError() }
    return input / 2
  }
}

/// The worker's process number, after so many milliseconds.
struct PoolProcess: RemoteFunction {
  static func call(_ milliseconds: Int) -> pid_t {
    usleep(UInt32(milliseconds) * 1000)
    return getpid()
  }
}

/// Sleeps as Swift tasks do: can be cancelled.
struct PoolSleep: RemoteFunction {
  static func call(_ milliseconds: Int) async throws -> Int {
    try await Task.sleep(for: .milliseconds(milliseconds))
    return milliseconds
  }
}

/// Cannot be cancelled.
struct PoolSpin: RemoteFunction {
  static func call(_ milliseconds: Int) -> Int {
    let end = Deadline.in(seconds: Double(milliseconds) / 1000)
    while !end.hasPassed {}
    return milliseconds
  }
}

/// Ends its worker by a signal, for one input; 0 ends it by exit(3).
struct PoolDie: RemoteFunction {
  struct Input: Codable, Sendable {
    var number: Int
    var deadly: Int
    var signal: Int32
  }
  static func call(_ input: Input) -> Int {
    if input.number == input.deadly {
      if input.signal == 0 { exit(3) }
      raise(input.signal)
    }
    return input.number
  }
}

/// Dies until it has died so many times: counts in a file, one byte each.
struct PoolDieTimes: RemoteFunction {
  struct Input: Codable, Sendable {
    var path: String
    var times: Int
  }
  static func call(_ input: Input) -> Int {
    let file = unsafe open(input.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let died = Int(lseek(file, 0, SEEK_END))
    if died < input.times {
      _ = unsafe write(file, "x", 1)
      raise(SIGKILL)
    }
    close(file)
    return died
  }
}

/// Sets what PoolState answers; throws when there is nothing to set.
struct PoolSet: RemoteFunction {
  static let text = Mutex("unset")
  static func call(_ input: String) throws -> Nothing {
    if input.isEmpty { throw PoolTestError() }
    text.withLock { $0 = input }
    return Nothing()
  }
}

struct PoolText: RemoteFunction {
  static func call(_ input: Nothing) -> String { PoolSet.text.withLock { $0 } }
}

/// A pool in a worker.
struct PoolNested: RemoteFunction {
  static func call(_ input: [Int]) async throws -> [Int] {
    let pool = try Pool(processes: 2)
    return try await pool.map(PoolSquare.self, input)
  }
}

/// Adds one to every byte of a segment that came by descriptor.
struct PoolIncrement: RemoteFunction {
  struct Segment: Codable, Sendable {
    let descriptor: OwnedDescriptor
    init(_ descriptor: OwnedDescriptor) { self.descriptor = descriptor }
    init(from decoder: any Decoder) throws { descriptor = try Travel.decode(from: decoder).descriptor }
    func encode(to encoder: any Encoder) throws {
      try Travel.encode(descriptor.number, owner: descriptor, numbers: [], to: encoder)
    }
  }
  static func call(_ input: Segment) throws -> Int {
    let memory = try SharedMemory(
      attaching: Descriptor(duplicating: input.descriptor.number), byteCount: 100, writable: true)
    for k in 0..<100 { unsafe (memory.baseAddress + k).assumingMemoryBound(to: UInt8.self).pointee += 1 }
    return 100
  }
}

/// A result with a descriptor.
struct PoolSegment: RemoteFunction {
  static func call(_ input: Nothing) throws -> PoolIncrement.Segment {
    PoolIncrement.Segment(OwnedDescriptor(try Descriptor(duplicating: 2)))
  }
}

/// So many numbers: a result that takes a while to send.
struct PoolNumbers: RemoteFunction {
  static func call(_ count: Int) -> [Int] { Array(0..<count) }
}

/// A name that no other process can look up.
private struct PoolPrivate: RemoteFunction {
  static func call(_ input: Int) -> Int { input }
}

func applyPrivateFunction(_ pool: Pool) throws -> Int { try pool.apply(PoolPrivate.self, 1) }

/// Never sleeps and never lets go of its thread for long, but can be cancelled. Whether it was, within so many
/// milliseconds.
struct PoolYield: RemoteFunction {
  static func call(_ milliseconds: Int) async -> Bool {
    let end = Deadline.in(seconds: Double(milliseconds) / 1000)
    while !Task.isCancelled && !end.hasPassed { await Task.yield() }
    return Task.isCancelled
  }
}

/// Whether the main actor gets its turn while the function yields again and again.
struct PoolYieldToMainActor: RemoteFunction {
  private static let hasRun = Atomic(false)

  static func call(_ milliseconds: Int) async -> Bool {
    hasRun.store(false, ordering: .relaxed)
    let end = Deadline.in(seconds: Double(milliseconds) / 1000)
    async let other: Void = run()
    while !hasRun.load(ordering: .relaxed) && !end.hasPassed { await Task.yield() }
    let result = hasRun.load(ordering: .relaxed)
    await other
    return result
  }

  @MainActor private static func run() { hasRun.store(true, ordering: .relaxed) }
}

/// Says so much on standard error.
struct PoolComplain: RemoteFunction {
  static func call(_ text: String) -> Int {
    _ = unsafe write(2, text, text.utf8.count)
    return text.utf8.count
  }
}
