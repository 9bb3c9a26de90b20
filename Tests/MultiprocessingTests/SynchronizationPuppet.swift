// SPDX-License-Identifier: Apache-2.0
// The worker program of the tests of locks, semaphores, conditions, events, barriers and shared values: gets the
// objects themselves, plays one role with them, and says how far it is. Made to be killed in any moment.

import Glibc
import Multiprocessing

import struct Multiprocessing.Semaphore

/// What a puppet is to do, and with what.
struct Part: Codable, Sendable {
  var role: String
  var number = 0
  var lock: Lock?
  var recursiveLock: RecursiveLock?
  var semaphore: Semaphore?
  var condition: Condition?
  var event: Event?
  var barrier: Barrier?
  var value: SharedValue<Int>?
  var array: SharedArray<Int>?
}

enum SynchronizationPuppet: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard let part = try receive(channel) else { return 0 }
      do {
        let answer = try play(part) { text in
          try channel.send(Array(text.utf8), deadline: nil)
        }
        try channel.send(Array(answer.utf8), deadline: nil)
      } catch let error as SystemError {
        try channel.send(Array(error.code.description.utf8), deadline: nil)
      }
      // Stays, so that objects given up are told apart from a process that ended.
      _ = try channel.receive(deadline: nil)
      return 0
    } catch {
      print("puppet: \(error)")
      return 4
    }
  }

  private static func receive(_ channel: borrowing Channel) throws -> Part? {
    guard var message = try channel.receive(deadline: nil) else { return nil }
    var descriptors: [OwnedDescriptor] = []
    while let descriptor = message.takeDescriptor() { descriptors.append(OwnedDescriptor(descriptor)) }
    return try PayloadDecoding.decode(Part.self, bytes: message.bytes, descriptors: descriptors)
  }

  static func play(_ part: Part, say: (String) throws -> Void) throws -> String {
    switch part.role {
    case "hold":
      try part.lock?.acquire()
      try part.recursiveLock?.acquire()
      try part.recursiveLock?.acquire()
      try say("held")
      while true { pause() }
    case "lock":
      try part.lock?.acquire(timeout: .seconds(20))
      part.lock?.release()
      return "taken"
    case "count": return try count(part)
    case "value":
      for _ in 0..<part.number { try part.value?.withLock { $0 += 1 } }
      return "\(part.value?.value ?? -1)"
    case "half":
      try part.value?.withLock { value in
        value = -1
        try say("inside")
        while true { pause() }
      }
      return ""
    case "element":
      part.array?[1] = 7
      try part.array?.withLock { $0[2] = 8 }
      return "done"
    case "half element":
      try part.array?.withLock { elements in
        elements[0] = -1
        try say("inside")
        while true { pause() }
      }
      return ""
    case "event":
      try say("ready")
      return try part.event?.wait(timeout: .seconds(20)) == true ? "set" : "not set"
    case "set":
      part.event?.set()
      return "done"
    case "permit":
      try part.semaphore?.withPermit(timeout: .seconds(20)) {
        try say("held")
        if part.number == 0 { while true { pause() } }
      }
      return "done"
    case "acquire":
      try part.semaphore?.acquire(timeout: .seconds(20))
      return "taken"
    case "notified":
      guard let condition = part.condition else { return "?" }
      try condition.lock.acquire()
      // The lock is held until the wait has begun: who takes it next can be sure that we wait.
      try say("waiting")
      let isNotified = try condition.wait(timeout: .seconds(20))
      condition.lock.release()
      return isNotified ? "notified" : "timed out"
    case "look":
      // Counts its looks in an element of its own, until element 0 says that it is over.
      guard let condition = part.condition, let array = part.array else { return "?" }
      try condition.lock.acquire()
      try say("waiting")
      try condition.wait(timeout: .seconds(60)) {
        array[part.number] += 1
        return array[0] != 0
      }
      condition.lock.release()
      return "done"
    case "meet":
      try say("ready")
      var last = 0
      for _ in 0..<max(1, part.number) { last = try part.barrier?.wait(timeout: .seconds(20)) ?? -1 }
      return "passed \(last)"
    case "know the barrier":
      try say("ready")
      while true { pause() }
    default: return "unknown part"
    }
  }

  /// Adds one to elements 0 and 1 of the array under the lock, again and again. They differ only while the lock is
  /// held, or when its holder has died: element 2 counts any other difference, element 3 the repairs.
  private static func count(_ part: Part) throws -> String {
    guard let lock = part.lock, let array = part.array else { return "?" }
    for _ in 0..<part.number {
      let repair = {
        array[1] = array[0]
        array[3] += 1
      }
      try lock.withLock(timeout: .seconds(60), repair: repair) {
        if array[0] != array[1] { array[2] += 1 }
        array[0] += 1
        array[1] += 1
      }
    }
    return "counted"
  }
}

/// A worker that plays `part`.
func player(_ part: Part) throws -> WorkerProcess {
  let worker = try WorkerProcess(program: SynchronizationPuppet.self, name: "test-\(part.role)")
  let payload = try Payload(part)
  var bytes: [UInt8] = []
  unsafe payload.forEachPart { unsafe bytes.append(contentsOf: $0) }
  try worker.channel.send(bytes, descriptors: payload.descriptors, deadline: .in(seconds: 30))
  withExtendedLifetime(payload) {}
  try worker.waitUntilReady(deadline: .in(seconds: 30))
  return worker
}

extension WorkerProcess {
  /// Its next word; "(gone)" when it ended.
  func word() throws -> String {
    guard let message = try channel.receive(deadline: .in(seconds: 60)) else { return "(gone)" }
    return String(decoding: message.bytes, as: UTF8.self)
  }

  func kill() throws {
    send(signal: SIGKILL)
    _ = try reap(deadline: .in(seconds: 30))
  }
}

/// Runs a test that blocks on a thread of its own: Swift's pool has few, and others wait for them.
func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
  try await Offload.run { _ in try body() }
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
}

/// `#expect` for other threads than the test's own.
func verify(_ isAsExpected: Bool, _ what: String = "", line: Int = #line) throws {
  if !isAsExpected { throw Unexpected(description: "line \(line): not as expected \(what)") }
}

func verifyError(_ code: SystemError.Code, line: Int = #line, _ body: () throws -> Void) throws {
  do { try body() } catch let error as SystemError {
    try verify(error.code == code, "\(error.code): \(error)", line: line)
    return
  }
  throw Unexpected(description: "line \(line): no error")
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = Deadline.now.nanoseconds
  try body()
  return Double(Deadline.now.nanoseconds - start) * 1e-9
}
