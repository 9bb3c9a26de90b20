// SPDX-License-Identifier: Apache-2.0
// The other process of ConnectionTests and ConnectionFaultTests, and what those need to talk to it.

import Glibc
import Testing

@testable import Multiprocessing

/// The other end of the tests' connections. Its first message on the channel carries the end; then every message through
/// the connection is a command by its tag.
enum ConnectionPartner: WorkerProgram {
  enum Command: UInt64 {
    /// Answers with the same value.
    case echo
    /// Answers with the number of bytes (of an [UInt8]).
    case count
    /// Sends an [UInt8] of as many bytes as it is told, and answers what comes meanwhile only afterwards.
    case emit
    /// The same, and is killed when half of it is in the ring.
    case emitAndDie
    /// Ends without reading any more.
    case leave
    /// Does nothing for so many milliseconds.
    case pause
    /// Answers with the CPU time it has used, in microseconds.
    case cpu
    /// Sends the descriptors back.
    case returnDescriptors
    /// Opens and closes many connections and answers with what is left of them.
    case openMany
  }

  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard var message = try channel.receive(deadline: .in(seconds: 60)),
        let segment = message.takeDescriptor(), let socket = message.takeDescriptor()
      else { return 2 }
      let connection = try Connection(
        attaching: .init(segment: OwnedDescriptor(segment), socket: OwnedDescriptor(socket)))
      return try serve(connection)
    } catch {
      StandardDescriptors.complain("partner: \(error)")
      return 4
    }
  }

  private static func serve(_ connection: Connection) throws -> Int32 {
    while let message = try connection.receive(deadline: nil) {
      switch Command(rawValue: message.tag) {
      case .echo: try connection.send(tag: 0, Payload(message.decode([UInt8].self)), deadline: nil)
      case .count: try connection.send(tag: 1, Payload(message.decode([UInt8].self).count), deadline: nil)
      case .emit:
        let count = try message.decode(Int.self)
        try connection.send(tag: 2, Payload(pattern(count)), deadline: nil)
      case .emitAndDie:
        var outgoing = Outgoing(tag: 3, payload: try Payload(pattern(message.decode(Int.self))))
        while try !connection.trySend(&outgoing) { if outgoing.hasBegun { break } }
        raise(SIGKILL)
      case .leave: return 0
      case .pause:
        _ = try waitForAny(descriptors: [], deadline: .in(seconds: Double(message.decode(Int.self)) / 1000))
      case .cpu: try connection.send(tag: 6, Payload(cpuMicroseconds()), deadline: nil)
      case .returnDescriptors:
        let luggage = try message.decode(Luggage.self)
        try connection.send(tag: 7, Payload(luggage), deadline: nil)
      case .openMany: try connection.send(tag: 8, Payload(leftOver()), deadline: nil)
      case nil: return 3
      }
    }
    return 0
  }

  /// Descriptors and mappings that two hundred connections, their messages taken or not, have left here.
  private static func leftOver() throws -> Int {
    func count() -> Int {
      let maps = text(ofFile: "/proc/self/maps") ?? ""
      return descriptors(of: getpid()).count + maps.split(separator: "\n").filter { $0.contains("/dev/shm") }.count
    }
    func open() throws {
      let (near, far) = try Connection.pair()
      let other = try Connection(attaching: far)
      for _ in 0..<3 {
        let luggage = Luggage(descriptors: [OwnedDescriptor(try Descriptor(duplicating: 2))])
        try near.send(tag: 0, Payload(luggage), deadline: nil)
      }
      _ = try other.receive(Luggage.self, deadline: nil)
      _ = try other.receive(deadline: nil)
    }
    try open()
    let before = count()
    for _ in 0..<200 { try open() }
    return count() - before
  }

  static func cpuMicroseconds(ofThread: Bool = false) -> Int {
    var time = timespec()
    unsafe clock_gettime(ofThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }

  /// Bytes that repeat after 4099 of them: no frame begins where another did.
  static func pattern(_ count: Int) -> [UInt8] {
    let block = (0..<4099).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes.append(contentsOf: block.prefix(count - bytes.count)) }
    return bytes
  }
}

/// Descriptors as a value.
struct Luggage: Codable, Sendable {
  let descriptors: [OwnedDescriptor]

  init(descriptors: [OwnedDescriptor]) { self.descriptors = descriptors }

  func encode(to encoder: any Encoder) throws {
    try Travel.encode(descriptors.map(\.number), owner: Holder(descriptors), numbers: [], to: encoder)
  }

  init(from decoder: any Decoder) throws { descriptors = try Travel.decodeAll(from: decoder).descriptors }

  private final class Holder: Sendable {
    let descriptors: [OwnedDescriptor]
    init(_ descriptors: [OwnedDescriptor]) { self.descriptors = descriptors }
  }
}

/// A partner and this process's end.
func connectedPartner(ringCapacity: Int = Connection.ringCapacity) throws -> (worker: WorkerProcess, near: Connection) {
  let worker = try WorkerProcess(program: ConnectionPartner.self, name: "test-partner")
  let (near, far) = try Connection.pair(ringCapacity: ringCapacity)
  try worker.channel.send([], descriptors: [far.segment.number, far.socket.number], deadline: .in(seconds: 10))
  return (worker, near)
}

extension Connection {
  func tell(_ command: ConnectionPartner.Command, _ payload: Payload?) throws {
    try send(tag: command.rawValue, payload, deadline: .in(seconds: 60))
  }

  func answer<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try #require(try receive(type, deadline: .in(seconds: 60))).value
  }
}

/// Runs `body` on a thread of its own and waits for it: what waits must not hold a thread of the cooperative pool.
func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
  try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
    startThread { continuation.resume(with: Result(catching: body)) }
  }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
  let started = unsafe pthread_create(
    &thread, nil,
    { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, box)
  precondition(started == 0, "a thread")
  pthread_detach(thread)
}
