// SPDX-License-Identifier: Apache-2.0
// Connections between real processes: every size both ways, threads that share an end, sleep and wake (faults.md F36).

import Glibc
import Synchronization
import Testing

@testable import Multiprocessing

@Suite struct ConnectionTests {
  @Test(.timeLimit(.minutes(10)), arguments: [4096, 65_536, Connection.ringCapacity])
  func echoesMessagesOfEverySize(ringCapacity: Int) async throws {
    try await onThread {
      let (worker, near) = try connectedPartner(ringCapacity: ringCapacity)
      for byteCount in [0, 1, 7, 1000, 4071, 4072, 4073, 65_535, 300_000, 5_000_003] {
        let bytes = ConnectionPartner.pattern(byteCount)
        try near.tell(.echo, try Payload(bytes))
        #expect(try near.answer([UInt8].self) == bytes)
        // And as bytes in memory.
        try near.tell(.echo, try Payload(bytes))
        let incoming = try #require(try near.receive(deadline: .in(seconds: 60)))
        let decoded = try incoming.decode([UInt8].self)
        #expect(incoming.tag == 0 && decoded == bytes)
      }
      try near.tell(.leave, nil)
      #expect(try near.receive(deadline: .in(seconds: 60)) == nil)
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func manyMessagesKeepTheirOrder() async throws {
    try await onThread {
      let (near, far) = try Connection.pair(ringCapacity: 4096)
      let other = try Connection(attaching: far)
      startThread {
        for k in 0..<100_000 { try? near.send(tag: UInt64(k), Payload(k), deadline: nil) }
      }
      for k in 0..<100_000 {
        let next = try #require(try other.receive(Int.self, deadline: .in(seconds: 60)))
        guard next.tag == UInt64(k), next.value == k else {
          Issue.record("\(next) in place of \(k)")
          return
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func bothSendSixtyFourMegabytesAtOnce() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner()
      let byteCount = 64 << 20
      try near.tell(.emit, try Payload(byteCount))
      try near.tell(.count, try Payload([UInt8](repeating: 1, count: byteCount)))
      let came = try near.answer([UInt8].self)
      #expect(came == ConnectionPartner.pattern(byteCount))
      #expect(try near.answer(Int.self) == byteCount)
      withExtendedLifetime(worker) {}
    }
  }

  /// Each answer comes after the other side has gone to sleep, is about to, or still spins.
  @Test(.timeLimit(.minutes(10))) func noWakeUpIsLost() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner()
      var seed: UInt64 = 12345
      let end = Deadline.in(seconds: 3)
      var rounds = 0
      while !end.hasPassed {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // Around the length of a spin, where the flags cross.
        let pause = Deadline(nanoseconds: Deadline.now.nanoseconds + (seed >> 33) % 140_000)
        while !pause.hasPassed {}
        try near.tell(.echo, try Payload([UInt8(truncatingIfNeeded: rounds)]))
        guard try near.receive([UInt8].self, deadline: .in(seconds: 20))?.value == [UInt8(truncatingIfNeeded: rounds)]
        else {
          Issue.record("lost in round \(rounds)")
          return
        }
        rounds += 1
      }
      #expect(rounds > 100)
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func anIdleEndUsesNoTime() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner()
      try near.tell(.cpu, nil)
      let before = try near.answer(Int.self)
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 1))
      try near.tell(.cpu, nil)
      // Two spins, and what it takes to answer.
      #expect(try near.answer(Int.self) - before < 5000)
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func threadsShareAnEnd() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner(ringCapacity: 4096)
      let received = Mutex<[Int: Int]>([:])
      let finished = Atomic<Int>(0)
      // Four senders of messages larger than the ring, three receivers: whoever sleeps is woken.
      for sender in 0..<4 {
        startThread {
          for k in 0..<50 {
            try? near.tell(.count, try? Payload([UInt8](repeating: 0, count: 1 + (k * 4 + sender) * 100)))
          }
        }
      }
      for _ in 0..<3 {
        startThread {
          do {
            while let (_, count) = try near.receive(Int.self, deadline: .in(seconds: 5)) {
              received.withLock { $0[count, default: 0] += 1 }
              if received.withLock({ $0.count }) == 200 { try near.tell(.leave, nil) }
            }
          } catch { if received.withLock({ $0.count }) < 200 { Issue.record("\(error)") } }
          finished.add(1, ordering: .releasing)
        }
      }
      #expect(eventually(within: 60) { finished.load(ordering: .acquiring) == 3 })
      let counts = received.withLock { $0 }
      #expect(counts.count == 200 && counts.values.allSatisfy { $0 == 1 })
      withExtendedLifetime(worker) {}
    }
  }

  @Test(.timeLimit(.minutes(10))) func whatNeverWaitsAssemblesOverSeveralCalls() async throws {
    try await onThread {
      let (worker, near) = try connectedPartner(ringCapacity: 65_536)
      let bytes = ConnectionPartner.pattern(1_000_000)
      for _ in 0..<20 {
        var outgoing: Outgoing? = Outgoing(tag: 0, payload: try Payload(bytes))
        var back: Incoming?
        while back == nil {
          var hasMoved = false
          if var sending = outgoing {
            outgoing = try near.trySend(&sending) ? nil : sending
            hasMoved = outgoing == nil
          }
          switch try near.tryReceive() {
          case .message(let message): back = message
          case .nothing: break
          case .ended: throw Connection.disconnected
          }
          if back != nil || hasMoved { continue }
          if near.willSleep(forRoom: outgoing != nil) {
            let ready = try waitForAny(descriptors: [near.descriptorNumber], deadline: .in(seconds: 20))
            #expect(!ready.isEmpty)
          }
          near.hasWoken()
        }
        #expect(try back?.decode([UInt8].self) == bytes)
      }
      kill(worker.pid, SIGKILL)
      #expect(try waitForAny(descriptors: [near.descriptorNumber], deadline: .in(seconds: 10)) == [0])
      near.hasWoken()
      guard case .ended = try near.tryReceive() else {
        Issue.record("not ended")
        return
      }
      #expect(!near.willSleep())
      withExtendedLifetime(worker) {}
    }
  }
}
