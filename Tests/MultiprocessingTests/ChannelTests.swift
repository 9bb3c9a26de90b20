// SPDX-License-Identifier: Apache-2.0
// Messages: whole or not at all, with their descriptors, with a limit and a deadline (faults.md F35–F38, F72).

import Glibc
import Multiprocessing
import Testing

@Suite struct ChannelTests {
  @Test(.timeLimit(.minutes(10)), arguments: [0, 1, 4095, 65_536, Channel.messageByteLimit])
  func carriesMessagesOfEverySize(byteCount: Int) throws {
    let (a, b) = try socketPair()
    let near = channel(a)
    let other = channel(b)
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try near.send(bytes, deadline: .in(seconds: 5))
    let message = try nextMessage(other)
    #expect(message.bytes == bytes && message.descriptorCount == 0)
  }

  @Test(.timeLimit(.minutes(10))) func refusesWhatIsTooLarge() throws {
    let (a, b) = try socketPair()
    let near = channel(a)
    defer { close(b) }
    let one = [UInt8](repeating: 0, count: Channel.messageByteLimit + 1)
    expectError {
      try near.send(one, deadline: .in(seconds: 1))
    } satisfies: { error in
      #expect(error.code == .messageTooLarge && error.description.contains("131072"))
    }
    expectError {
      try near.send([], descriptors: [Int32](repeating: 0, count: 17), deadline: .in(seconds: 1))
    } satisfies: { error in
      #expect(error.code == .messageTooLarge)
    }
  }

  @Test(.timeLimit(.minutes(10))) func waitsNoLongerThanTold() throws {
    let (a, b) = try socketPair()
    let near = channel(a)
    let other = channel(b)
    let start = Deadline.now
    expectError {
      _ = try near.receive(deadline: .in(seconds: 0.05))
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    expectError {
      _ = try near.receive(deadline: .in(seconds: 0.05), spinMicroseconds: 200)
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    // Nobody reads: the queue fills, then sending waits.
    let bytes = [UInt8](repeating: 7, count: 60_000)
    var sent = 0
    expectError {
      while sent < 10_000 {
        try near.send(bytes, deadline: .in(seconds: 0.05))
        sent += 1
      }
    } satisfies: { error in
      #expect(error.code == .timedOut)
    }
    #expect(sent > 0)
    let elapsed = Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9
    #expect(elapsed >= 0.15 && elapsed < 5)
    // Nothing was torn by giving up.
    for _ in 0..<sent {
      let message = try nextMessage(other)
      #expect(message.bytes == bytes)
    }
    guard case .nothing = try other.tryReceive() else {
      Issue.record("one message too many")
      return
    }
  }

  @Test(.timeLimit(.minutes(10))) func theEndIsSeenAfterTheLastMessage() throws {
    let (a, b) = try socketPair()
    let near = channel(a)
    do {
      let other = channel(b)
      try other.send([1], deadline: nil)
      try other.send([], deadline: nil)
      // Unread when the other end closes: the kernel answers ECONNRESET first.
      try near.send([9], deadline: nil)
    }
    #expect(try receivedBytes(near) == [1])
    #expect(try receivedBytes(near) == [])
    #expect(try receivedBytes(near) == nil)
    guard case .ended = try near.tryReceive() else {
      Issue.record("not ended")
      return
    }
    expectError {
      try near.send([1], deadline: .in(seconds: 1))
    } satisfies: { error in
      #expect(error.code == .disconnected)
    }
  }

  @Test(.timeLimit(.minutes(10))) func anAnswerSurvivesItsSendersDeath() throws {
    let worker = try puppet()
    try tell(worker, "depart")
    try tell(worker, "echo unread")
    #expect(try worker.reap(deadline: .in(seconds: 10)) == .exited(code: 0))
    let last = try nextMessage(worker.channel)
    #expect(String(decoding: last.bytes, as: UTF8.self) == "farewell")
    #expect(try receivedBytes(worker.channel) == nil)
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [(UInt8(1), 1), (0, 7), (2, 8), (9, 9), (255, 140_000)])
  func refusesAStranger(byte: UInt8, count: Int) throws {
    let bytes = [UInt8](repeating: byte, count: count)
    let (a, b) = try socketPair()
    let near = channel(a)
    var size: Int32 = 400_000
    unsafe setsockopt(b, SOL_SOCKET, SO_SNDBUF, &size, 4)
    try #require(unsafe send(b, bytes, bytes.count, 0) == bytes.count)
    expectError {
      _ = try near.receive(deadline: .in(seconds: 1))
    } satisfies: { error in
      #expect(error.code == .protocolMismatch)
    }
    close(b)
  }

  @Test(.timeLimit(.minutes(10))) func passesDescriptors() throws {
    let worker = try puppet()
    let memory = try SharedMemory(byteCount: 100)
    try tell(worker, "return", descriptors: [memory.descriptorNumber])
    var message = try nextMessage(worker.channel)
    #expect(message.descriptorCount == 1)
    guard let taken = message.takeDescriptor() else {
      Issue.record("no descriptor came")
      return
    }
    let back = taken.number
    #expect(back != memory.descriptorNumber && fcntl(back, F_GETFD) == FD_CLOEXEC)
    var (one, two) = (stat(), stat())
    unsafe fstat(back, &one)
    unsafe fstat(memory.descriptorNumber, &two)
    #expect(one.st_ino == two.st_ino)
    #expect(message.descriptorCount == 0)
  }
}
