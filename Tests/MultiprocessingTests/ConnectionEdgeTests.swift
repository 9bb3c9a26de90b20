// SPDX-License-Identifier: Apache-2.0
// Connections where two events meet: a message taken back and the end, damage and death, a look at an end in use
// (faults.md F35, F38). Each of these once lost a message or waited for ever.

import Glibc
import Synchronization
import Testing

@testable import Multiprocessing

@Suite struct ConnectionEdgeTests {
  @Test(.timeLimit(.minutes(10))) func aMessageBehindOneTakenBackIsNotTheEnd() async throws {
    try await onThread {
      for round in 0..<30 {
        let (near, other) = try Held.pair(ringCapacity: 4096)
        startThread {
          // The reader has taken what there is of the long message, and sleeps in the middle of it.
          usleep(20_000)
          var short = Outgoing(tag: 2, payload: try? Payload([7]))
          _ = try? near.connection?.trySend(&short)
          near.drop()
        }
        var long = Outgoing(tag: 1, payload: try Payload([Int](repeating: 1, count: 100_000)))
        #expect(try near.connection?.trySend(&long) == false)
        let next = try other.connection?.receive([Int].self, deadline: .in(seconds: 20))
        guard next?.tag == 2, next?.value == [7] else {
          Issue.record("\(String(describing: next)) in round \(round)")
          return
        }
        #expect(try other.connection?.receive([Int].self, deadline: .in(seconds: 20)) == nil)
      }
    }
  }

  /// The end is found while descriptors are looked for, not in a sleep.
  @Test(.timeLimit(.minutes(10))) func aSenderIsToldOfAnEndThatWasFoundBefore() async throws {
    try await onThread {
      for _ in 0..<3 {
        let (near, other) = try Held.pair(ringCapacity: 4096)
        let connection = try #require(near.connection)
        let luggage = Luggage(descriptors: [OwnedDescriptor(try Descriptor(duplicating: 2))])
        try other.connection?.send(tag: 1, Payload(luggage), deadline: nil)
        // So that the next one does not look for itself, for a millisecond.
        try connection.send(tag: 2, nil, deadline: nil)
        other.drop()
        guard case .message = try connection.tryReceive() else {
          Issue.record("nothing came")
          return
        }
        let long = try Payload([UInt8](repeating: 1, count: 100_000))
        expectError {
          try connection.send(tag: 3, long, deadline: .in(seconds: 2))
        } satisfies: {
          #expect($0.code == .disconnected)
        }
      }
    }
  }

  /// What arrived made no sense; then the other side goes.
  @Test(.timeLimit(.minutes(10))) func aSenderIsToldOfTheEndAfterDamage() async throws {
    try await onThread {
      let (near, other) = try Held.pair(ringCapacity: 4096, messageByteLimit: 1000)
      let connection = try #require(near.connection)
      try other.connection?.send(tag: 1, Payload([UInt8](repeating: 0, count: 1001)), deadline: nil)
      startThread {
        usleep(200_000)
        other.drop()
      }
      let long = try Payload([UInt8](repeating: 1, count: 100_000))
      let before = ConnectionPartner.cpuMicroseconds(ofThread: true)
      expectError {
        try connection.send(tag: 2, long, deadline: .in(seconds: 5))
      } satisfies: {
        #expect($0.code == .disconnected)
      }
      #expect(ConnectionPartner.cpuMicroseconds(ofThread: true) - before < 100_000, "it sleeps meanwhile")
      expectError {
        _ = try connection.receive(deadline: .in(seconds: 5))
      } satisfies: {
        #expect($0.code == .protocolMismatch)
      }
    }
  }

  /// Frames are published whole: a few bytes alone are damage, not something to wait for.
  @Test(.timeLimit(.minutes(10))) func partOfAHeadIsAnError() throws {
    let (near, far) = try Connection.pair(ringCapacity: 4096)
    let memory = try SharedMemory(
      attaching: Descriptor(duplicating: far.segment.number), byteCount: 4096 + 320, writable: true)
    unsafe SharedWord(memory.baseAddress + 4096 + 64).add(4)
    let other = try Connection(attaching: far)
    let code = Mutex<SystemError.Code?>(nil)
    let isDone = Atomic(false)
    withExtendedLifetime(near) {
      startThread {
        expectError {
          _ = try other.receive(deadline: .in(seconds: 0.1))
        } satisfies: { error in
          code.withLock { $0 = error.code }
        }
        isDone.store(true, ordering: .releasing)
      }
      #expect(eventually(within: 10) { isDone.load(ordering: .acquiring) }, "the deadline is kept")
    }
    #expect(code.withLock { $0 } == .protocolMismatch)
  }

  /// Asking whether an end may move takes its turn for an instant; who wanted it in that instant is told.
  @Test(.timeLimit(.minutes(10))) func lookingAtAnEndHoldsUpNobody() async throws {
    try await onThread {
      let (near, other) = try Held.pair()
      let connection = try #require(other.connection)
      let isDone = Atomic(false)
      startThread {
        while !isDone.load(ordering: .acquiring) { _ = try? connection.descriptorsToMove() }
      }
      defer { isDone.store(true, ordering: .releasing) }
      for k in 0..<30_000 {
        try near.connection?.send(tag: UInt64(k), nil, deadline: nil)
        guard try connection.receive(deadline: .in(seconds: 5))?.tag == UInt64(k) else {
          Issue.record("another message than \(k)")
          return
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func anEndMovesWithoutWhatWasTakenBack() throws {
    let (near, far) = try Connection.pair(ringCapacity: 4096)
    let other = try Connection(attaching: far)
    let one = OwnedDescriptor(try Descriptor(duplicating: 2))
    let memory = try SharedMemory(byteCount: 1)
    struct Heavy: Codable {
      var luggage: Luggage
      var bytes: [UInt8]
    }
    let heavy = Heavy(luggage: Luggage(descriptors: [one]), bytes: [UInt8](repeating: 1, count: 10_000))
    var outgoing = Outgoing(tag: 1, payload: try Payload(heavy))
    #expect(try !near.trySend(&outgoing))
    guard case .nothing = try other.tryReceive() else {
      Issue.record("something arrived")
      return
    }
    try near.send(tag: 2, nil, deadline: .in(seconds: 10))
    guard case .message = try other.tryReceive() else {
      Issue.record("nothing arrived")
      return
    }
    let numbers = try other.descriptorsToMove()
    let moved = try Connection(
      attaching: .init(
        segment: OwnedDescriptor(try Descriptor(duplicating: numbers.segment)),
        socket: OwnedDescriptor(try Descriptor(duplicating: numbers.socket))))
    let two = OwnedDescriptor(try Descriptor(duplicating: memory.descriptorNumber))
    try near.send(tag: 3, Payload(Luggage(descriptors: [two])), deadline: .in(seconds: 10))
    let came = try #require(try moved.receive(Luggage.self, deadline: .in(seconds: 10)))
    #expect(try came.value.descriptors.map { try SegmentFile.byteCount(of: $0.number) } == [4096])
  }
}

/// An end that a test lets go of at the time it wants.
private final class Held: Sendable {
  private let held: Mutex<Connection?>

  private init(_ connection: Connection) { held = Mutex(connection) }

  var connection: Connection? { held.withLock { $0 } }
  func drop() { held.withLock { $0 = nil } }

  /// Both ends, with no other reference to them.
  static func pair(
    ringCapacity: Int = Connection.ringCapacity, messageByteLimit: Int = Connection.messageByteLimit
  ) throws -> (near: Held, other: Held) {
    let (near, far) = try Connection.pair(ringCapacity: ringCapacity, messageByteLimit: messageByteLimit)
    return (Held(near), Held(try Connection(attaching: far)))
  }
}
