// SPDX-License-Identifier: Apache-2.0
// What the tests of Manager share: a visitor process that is handed handles and calls through them, updates that run in
// the server, threads to block on, and the state of the server's process.

import Glibc
import Multiprocessing
import Synchronization
import Testing

private struct PrivateNote: Codable { var text: String }

func putPrivateNote(into space: ManagerNamespace) throws { try space.set("note", PrivateNote(text: "hello")) }

/// What a visitor is told to do, and with which objects.
struct ManagerVisitorOrder: Codable, Sendable {
  var command: String
  var count = 0
  var numbers: ManagerDictionary<String, Int>?
  var arrays: ManagerDictionary<String, [Double]>?
  var list: ManagerList<Int>?
  var space: ManagerNamespace?
}

/// A process that carries out orders, one message each, and answers with one.
enum ManagerVisitor: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      while var message = try channel.receive(deadline: nil) {
        var owned: [OwnedDescriptor] = []
        while let descriptor = message.takeDescriptor() { owned.append(OwnedDescriptor(descriptor)) }
        // A byte in front says how many descriptors are the order's; a segment may follow.
        let memory = owned.count > Int(message.bytes[0]) ? owned.removeLast() : nil
        let order = try PayloadDecoding.decode(
          ManagerVisitorOrder.self, bytes: Array(message.bytes.dropFirst()), descriptors: owned)
        var answer: String
        do { answer = try obey(order, memory) } catch let error as SystemError { answer = "\(error.code): \(error)" }
        try channel.send(Array(answer.utf8), deadline: nil)
      }
      return 0
    } catch {
      print("visitor: \(error)")
      return 4
    }
  }

  private static let kept = Mutex<ManagerDictionary<String, Int>?>(nil)

  private static func obey(_ order: ManagerVisitorOrder, _ descriptor: OwnedDescriptor?) throws -> String {
    switch order.command {
    case "increment":
      for _ in 0..<order.count { try order.numbers?.increment("total") }
      return "done"
    case "append":
      for k in 0..<order.count { try order.list?.append(k) }
      return try "\(order.space?.get("greeting", as: String.self) ?? "nothing")"
    case "note": return try order.space?.get("note", as: PrivateNote.self)?.text ?? "nothing"
    case "slow": return "\(try order.numbers?.update("slow", SlowUpdate.self, 30) ?? 0)"
    case "count":
      // Each increment is in the memory that came along once it is answered.
      let number = try #require(descriptor)
      let memory = try SharedMemory(
        attaching: Descriptor(duplicating: number.number), byteCount: 8, writable: true)
      let word = unsafe SharedWord(memory.baseAddress)
      while true {
        try order.numbers?.increment("\(getpid())")
        word.add(1)
        try order.numbers?.set("noise \(getpid())", 7)
        _ = try order.numbers?.get("total")
      }
    case "flood":
      let values = [Double](repeating: 1, count: order.count)
      while true { try order.arrays?.set("flood", values) }
    case "become nobody":
      guard setgid(65534) == 0, setuid(65534) == 0 else { return "cannot" }
      return "\(getuid())"
    case "set":
      try order.numbers?.set("visitor", order.count)
      return "set"
    case "keep":
      kept.withLock { $0 = order.numbers }
      return "kept"
    case "set kept":
      try kept.withLock { $0 }?.set("visitor", order.count)
      return "set"
    default: return "what?"
    }
  }
}

func tell(_ visitor: WorkerProcess, _ order: ManagerVisitorOrder, memory number: Int32? = nil) throws {
  let payload = try Payload(order)
  var bytes = [UInt8(payload.descriptors.count)]
  unsafe payload.forEachPart { unsafe bytes.append(contentsOf: $0) }
  var descriptors = payload.descriptors
  if let number { descriptors.append(number) }
  try visitor.channel.send(bytes, descriptors: descriptors, deadline: .in(seconds: 10))
  withExtendedLifetime(payload) {}
}

func answer(of visitor: WorkerProcess, within seconds: Double = 60) throws -> String {
  guard let bytes = try receivedBytes(visitor.channel, within: seconds) else { return "(gone)" }
  return String(decoding: bytes, as: UTF8.self)
}

func visitor() throws -> WorkerProcess { try WorkerProcess(program: ManagerVisitor.self, name: "test-visitor") }

// MARK: Updates

struct UpdateRefusal: Error, CustomStringConvertible {
  var description: String { "refused by the update" }
}

enum AppendNumber: RemoteUpdate {
  static func update(_ value: inout [Double]?, _ argument: Double) throws -> Int {
    guard argument >= 0 else { throw UpdateRefusal() }
    value = value ?? []
    value?.append(argument)
    return value?.count ?? 0
  }
}

/// Holds the object for so many seconds.
enum SlowUpdate: RemoteUpdate {
  static func update(_ value: inout Int?, _ argument: Double) throws -> Int {
    _ = try waitForAny(descriptors: [], deadline: .in(seconds: argument))
    value = (value ?? 0) + 1
    return value ?? 0
  }
}

enum ClearNumber: RemoteUpdate {
  static func update(_ value: inout Int?, _ argument: Nothing) -> Nothing {
    value = nil
    return argument
  }
}

// MARK: Threads

/// Work on threads of its own: a test that blocks must not take the cooperative pool's.
enum PlainThreads {
  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let error = unsafe pthread_create(
      &thread, nil,
      { argument in
        unsafe Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, work)
    precondition(error == 0, "a thread for a test")
    return thread
  }

  /// The result of `body`, run on a thread of its own.
  static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      pthread_detach(start { continuation.resume(with: Result { try body() }) })
    }
  }
}

// MARK: Processes

/// Bytes of memory that a process has in RAM.
func residentByteCount(of pid: pid_t) -> Int {
  let pages = text(ofFile: "/proc/\(pid)/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  return (pages ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}

func bytes(ofFile path: String) -> [UInt8] {
  let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard number >= 0 else { return [] }
  let file = Descriptor(owning: number)
  var result: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = unsafe read(file.number, &part, part.count)
    guard count > 0 else { return result }
    result += part.prefix(count)
  }
}

func isLongManagerRun() -> Bool { environment("WEFT_LONG") == "1" }
