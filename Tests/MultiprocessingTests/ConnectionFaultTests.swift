// SPDX-License-Identifier: Apache-2.0
// Connections when something goes wrong: deadlines that take nothing, what is taken back, death in the middle of a
// message, damage (faults.md F35, F38, F72); and descriptors in messages.

import Glibc
import Testing

@testable import Multiprocessing

@Suite struct ConnectionFaultTests {
  @Test(.timeLimit(.minutes(10))) func aDeadlineTakesNothing() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner()
      let start = Deadline.now
      expectError {
        _ = try near.receive(deadline: .in(seconds: 0.05))
      } satisfies: {
        #expect($0.code == .timedOut)
      }
      // The partner sleeps: what is too large for the ring waits, is given up, and never arrives.
      try near.tell(.pause, try Payload(300))
      for _ in 0..<3 {
        expectError {
          try near.send(tag: 0, try Payload([UInt8](repeating: 9, count: 3_000_000)), deadline: .in(seconds: 0.02))
        } satisfies: {
          #expect($0.code == .timedOut)
        }
      }
      try near.tell(.echo, try Payload([4, 5, 6] as [UInt8]))
      #expect(try near.answer([UInt8].self) == [4, 5, 6])
      #expect(Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9 < 30)
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [0.0, 0.000_05, 0.001])
  func aReceiverThatGivesUpInTheMiddleGetsItWholeLater(patience: Double) async throws {
    try await onThread {
      let (near, far) = try Connection.pair(ringCapacity: 4096)
      let other = try Connection(attaching: far)
      let numbers = (0..<200_000).map(Double.init)
      startThread {
        var outgoing = Outgoing(tag: 5, payload: try? Payload(numbers))
        while (try? near.trySend(&outgoing)) == false { usleep(5) }
        try? near.send(tag: 6, nil, deadline: nil)
      }
      var interruptions = 0
      while true {
        do throws(SystemError) {
          let next = try other.receive([Double].self, deadline: .in(seconds: patience))
          #expect(next?.tag == 5 && next?.value == numbers)
          break
        } catch {
          try #require(error.code == .timedOut)
          interruptions += 1
        }
      }
      #expect(interruptions > 0 || patience > 0)
      #expect(try other.receive(deadline: .in(seconds: 60))?.tag == 6)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aValueOfAnotherTypeIsConsumed() throws {
    let (near, far) = try Connection.pair()
    let other = try Connection(attaching: far)
    let long = [UInt8](repeating: 1, count: 70_000)
    for payload in [try Payload("text"), try Payload([1, 2, 3]), try Payload(long), nil] {
      try near.send(tag: 1, payload, deadline: nil)
      try near.send(tag: 2, Payload(2.5), deadline: nil)
      expectError {
        _ = try other.receive(Double.self, deadline: .in(seconds: 10))
      } satisfies: {
        #expect($0.code == .payload)
      }
      let next = try #require(try other.receive(Double.self, deadline: .in(seconds: 10)))
      #expect(next.tag == 2 && next.value == 2.5)
    }
  }

  @Test(.timeLimit(.minutes(10))) func descriptorsComeWithTheirMessage() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner()
      // One, more than a packet holds, and one that waits for room in between.
      for count in [1, 40, 3] {
        let sent = (0..<count).map { _ in OwnedDescriptor(Descriptor(owning: readingEnd())) }
        try near.tell(.returnDescriptors, try Payload(Luggage(descriptors: sent)))
        let back = try near.answer(Luggage.self).descriptors
        #expect(back.map { inode($0.number) } == sent.map { inode($0.number) })
        try near.tell(.echo, try Payload([1] as [UInt8]))
        #expect(try near.answer([UInt8].self) == [1])
      }
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func nothingIsLeftOfAConnection() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner()
      try near.tell(.openMany, nil)
      #expect(try near.answer(Int.self) == 0)
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func descriptorsOfAMessageTakenBackGoToNobody() throws {
    let (near, far) = try Connection.pair(ringCapacity: 4096)
    let other = try Connection(attaching: far)
    let one = OwnedDescriptor(Descriptor(owning: readingEnd()))
    let two = OwnedDescriptor(Descriptor(owning: readingEnd()))
    struct Heavy: Codable {
      var luggage: Luggage
      var bytes: [UInt8]
    }
    let heavy = Heavy(luggage: Luggage(descriptors: [one]), bytes: [UInt8](repeating: 1, count: 10_000))
    expectError {
      try near.send(tag: 1, Payload(heavy), deadline: .in(seconds: 0.01))
    } satisfies: {
      #expect($0.code == .timedOut)
    }
    guard case .nothing = try other.tryReceive() else {
      Issue.record("something arrived")
      return
    }
    try near.send(tag: 2, Payload(Luggage(descriptors: [two])), deadline: .in(seconds: 10))
    let came = try #require(try other.receive(Luggage.self, deadline: .in(seconds: 10)))
    #expect(came.tag == 2 && came.value.descriptors.map { inode($0.number) } == [inode(two.number)])
  }

  @Test(.timeLimit(.minutes(10))) func aWriterKilledInTheMiddleEndsTheConnection() async throws {
    try await onThread {
      for round in 0..<20 {
        let (worker, near) = try connectedPartner(ringCapacity: round % 2 == 0 ? 4096 : 65_536)
        try near.tell(.emit, try Payload(1000))
        try near.tell(.emitAndDie, try Payload(1_000_000))
        // Read only afterwards: a reader that keeps up would let it finish.
        #expect(try worker.reap(deadline: .in(seconds: 60)) == .signaled(signal: SIGKILL, coreDumped: false))
        #expect(try near.answer([UInt8].self) == ConnectionPartner.pattern(1000))
        if round < 10 {
          #expect(try near.receive(deadline: .in(seconds: 60)) == nil)
        } else {
          #expect(try near.receive([UInt8].self, deadline: .in(seconds: 60)) == nil)
        }
        expectError {
          try near.send(tag: 0, nil, deadline: .in(seconds: 10))
        } satisfies: {
          #expect($0.code == .disconnected)
        }
        withExtendedLifetime(worker) {}
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aReaderKilledAtAnyTimeEndsTheSender() async throws {
    try await onThread {
      for round in 0..<30 {
        let (worker, near) = try connectedPartner()
        try near.tell(.echo, try Payload([1] as [UInt8]))
        #expect(try near.answer([UInt8].self) == [1])
        let pid = worker.pid
        startThread {
          usleep(UInt32(round * 150))
          kill(pid, SIGKILL)
        }
        let payload = try Payload([UInt8](repeating: 1, count: 1_000_000))
        expectError {
          while true { try near.tell(.count, payload) }
        } satisfies: {
          #expect($0.code == .disconnected)
        }
        while let message = try near.receive(deadline: .in(seconds: 60)) {
          #expect(try message.decode(Int.self) == 1_000_000)
        }
        withExtendedLifetime(worker) {}
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func refusesAStranger() throws {
    // Not the descriptors of a connection.
    let memory = try SharedMemory(byteCount: 10_000)
    let (a, b) = try socketPair()
    defer { close(b) }
    let socket = OwnedDescriptor(Descriptor(owning: a))
    expectError {
      let segment = OwnedDescriptor(try Descriptor(duplicating: memory.descriptorNumber))
      _ = try Connection(attaching: .init(segment: segment, socket: socket))
    } satisfies: {
      #expect($0.code == .protocolMismatch)
    }
    // A message above the limit, and nothing after it.
    let (near, far) = try Connection.pair()
    let other = try Connection(attaching: far, messageByteLimit: 1000)
    try near.send(tag: 1, Payload([UInt8](repeating: 0, count: 900)), deadline: nil)
    try near.send(tag: 2, Payload([UInt8](repeating: 0, count: 1001)), deadline: nil)
    try near.send(tag: 3, nil, deadline: nil)
    #expect(try other.receive(deadline: .in(seconds: 10))?.tag == 1)
    for _ in 0..<2 {
      expectError {
        _ = try other.receive(deadline: .in(seconds: 10))
      } satisfies: {
        #expect($0.code == .protocolMismatch)
      }
    }
  }

  /// What a damaged process may have left in the ring: errors, never a trap.
  @Test(.timeLimit(.minutes(10))) func damagedRingsAreErrors() throws {
    var seed: UInt64 = 99
    func random() -> UInt64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return seed >> 20
    }
    var refused = 0
    for _ in 0..<1000 {
      let (near, far) = try Connection.pair(ringCapacity: 4096)
      let other = try Connection(attaching: far, messageByteLimit: 1 << 20)
      let memory = try SharedMemory(
        attaching: Descriptor(duplicating: far.segment.number), byteCount: 4096 + 320 + 4096, writable: true)
      let ring = unsafe memory.baseAddress + 4096
      for k in 0..<8 {
        try near.send(tag: random(), Payload([UInt8](repeating: 1, count: k * 20)), deadline: nil)
      }
      for _ in 0..<(1 + random() % 4) {
        unsafe (ring + 320 + Int(random() % 1000)).storeBytes(of: UInt8(random() & 255), as: UInt8.self)
      }
      if random() % 8 == 0 { unsafe (ring + 64).storeBytes(of: random() << (random() % 40), as: UInt64.self) }
      for _ in 0..<40 {
        do {
          if case .message(let message) = try other.tryReceive() { _ = try? message.decode([UInt8].self) }
        } catch {
          refused += 1
          break
        }
      }
    }
    #expect(refused > 100)
  }
}

private func inode(_ number: Int32) -> UInt {
  var status = stat()
  unsafe fstat(number, &status)
  return status.st_ino
}

/// The reading end of a new pipe: a descriptor unlike any other.
private func readingEnd() -> Int32 {
  var ends: [Int32] = [-1, -1]
  unsafe pipe(&ends)
  close(ends[1])
  return ends[0]
}
