// SPDX-License-Identifier: Apache-2.0
// The length cap of a manager's server where its clients are on the same machine: in the rings (faults.md F72). What
// ManagerSecurityTests shows over TCP, from someone who has the key and writes into the shared memory what he likes.

import Glibc
import Testing

@testable import Multiprocessing

@Suite(.serialized) struct ManagerRingTests {
  /// A client's end whose ring is written by hand.
  private struct ForgedLine {
    let near: Connection
    private let memory: OwnedDescriptor

    init(_ manager: Manager) throws {
      let line = try ManagerStranger(manager)
      #expect(try line.introduce(with: manager.key) == .welcome)
      let (near, far) = try Connection.pair(ringCapacity: ManagerHandshake.ringCapacity)
      try line.socket.write(
        [1], descriptors: [far.segment.number, far.socket.number], deadline: .in(seconds: 5))
      self.near = near
      memory = far.segment
    }

    /// Announces a message and sends its first eight bytes.
    func announce(byteCount: UInt64, tag: UInt64) throws {
      let byteTotal = try SegmentFile.byteCount(of: memory.number)
      let segment = try SharedMemory(
        attaching: Descriptor(duplicating: memory.number), byteCount: byteTotal, writable: true)
      // The near end writes the first ring, which begins with the second page.
      let ring = try unsafe ByteRing(
        attachingAt: segment.baseAddress + 4096, capacity: ManagerHandshake.ringCapacity)
      var writer = RingWriter(ring)
      let words = [FrameHead(.message, fragmentByteCount: 8).word, tag, byteCount, 1]
      unsafe words.withUnsafeBytes { unsafe writer.write($0) }
      _ = writer.publish()
      try Connection.wake(near.descriptorNumber)
    }

    /// Whether the server hangs up, within ten seconds.
    func isClosed() throws -> Bool { try near.receive(deadline: .in(seconds: 10)) == nil }
  }

  private var setTag: UInt64 { ManagerRequest(.set, argumentCount: 2, object: 1).tag }

  @Test(.timeLimit(.minutes(10))) func aLengthBombInTheRingsIsClosedAndMemoryStaysFlat() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      let list = try manager.list(Int.self)
      let limit = UInt64(Manager.messageByteLimit)
      let before = residentByteCount(of: pid)
      for byteCount in [limit + 1, 0xFFFF_FFFF, 1 << 36, UInt64(Int64.max), .max] {
        let line = try ForgedLine(manager)
        try line.announce(byteCount: byteCount, tag: setTag)
        #expect(try line.isClosed(), "\(byteCount)")
      }
      // Announced within the limit and never sent: no memory is touched for it.
      var stalled = try (0..<8).map { _ in
        let line = try ForgedLine(manager)
        try line.announce(byteCount: limit, tag: setTag)
        return line
      }
      try list.append(1)
      #expect(try stalled[0].near.willStayOpen())
      #expect(residentByteCount(of: pid) < before + 16 << 20)
      stalled = []
      #expect(eventually(within: 10) { descriptors(of: pid).count < 20 })
      #expect(try list.count() == 1)
    }
  }

  /// Sent in earnest, by a client that does not care for the limit: the server reads no more than its head.
  @Test(.timeLimit(.minutes(10))) func aMessageAboveTheLimitIsNotRead() async throws {
    try await PlainThreads.run {
      var limits = ManagerLimits()
      limits.messageByteCount = 1 << 20
      let manager = try Manager(limits)
      let pid = try #require(manager.pid)
      let arrays = try manager.dictionary(Int.self, [UInt8].self)
      let before = residentByteCount(of: pid)
      for byteCount in [1 << 20, 64 << 20] {
        let line = try ForgedLine(manager)
        try line.near.send(tag: setTag, Payload(7), deadline: .in(seconds: 10))
        // 16 bytes of head make the first one too long, too.
        let payload = try Payload([UInt8](repeating: 7, count: byteCount))
        do throws(SystemError) {
          try line.near.send(tag: setTag, payload, deadline: .in(seconds: 10))
          Issue.record("the server took \(byteCount) bytes")
        } catch { #expect(error.code == .disconnected, "\(error)") }
        #expect(try line.isClosed())
      }
      #expect(residentByteCount(of: pid) < before + 8 << 20)
      // The limit itself is allowed.
      try arrays.set(1, [UInt8](repeating: 1, count: (1 << 20) - 16))
      #expect(try arrays.get(1)?.count == (1 << 20) - 16)
      #expect(try arrays.count() == 1)
    }
  }
}

extension Connection {
  /// Whether nothing comes, and no end, for a tenth of a second.
  fileprivate func willStayOpen() throws -> Bool {
    do {
      return try receive(deadline: .in(seconds: 0.1)) != nil
    } catch { return error.code == .timedOut }
  }
}
