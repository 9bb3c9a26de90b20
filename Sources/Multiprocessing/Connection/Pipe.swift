// SPDX-License-Identifier: Apache-2.0
// A two-way pipe between two processes, for users: values in, values out, end of file when the other side goes. A thin
// cover over Connection.

import Synchronization

/// A two-way pipe of messages between two processes (or within one).
///
///     let (here, there) = try Pipe<Job>.make()
///     let child = try ChildProcess(Work.self, there)
///     try child.start()
///     there.close()
///     try here.send(job)
public enum Pipe<Message: Codable & Sendable> {
  /// A new pipe's two ends, which are alike.
  ///
  /// Throws `insufficientMemory` without half a mebibyte of shared memory, and `resourceLimit` at the limit on open files:
  /// each end holds two.
  public static func make() throws(SystemError) -> (End, End) {
    let (near, far) = try Connection.pair()
    return (End(near), End(try Connection(attaching: far)))
  }

  /// One end: sends to the other and receives from it. For one process at a time: pass it on (to a ChildProcess, a task,
  /// through a Pipe) before using it, and then close it here.
  ///
  /// Any thread may use it. Messages keep their order; each goes to one receiver.
  public final class End: Codable, Sendable {
    private let held: Mutex<Connection?>

    fileprivate init(_ connection: Connection) { held = Mutex(connection) }

    private func connection() throws(SystemError) -> Connection {
      guard let connection = held.withLock({ $0 }) else {
        throw SystemError(code: .closed, message: "This end of the pipe was closed in this process.")
      }
      return connection
    }

    /// Gives the end up in this process. When no process holds it any more, the other end receives what was sent and then
    /// nil. A call under way on another thread keeps it until that call returns. Closing twice changes nothing.
    public func close() { held.withLock { $0 = nil } }

    // MARK: Sending

    /// Sends a message of any size; returns when all of it is on its way, and waits while the other side does not read.
    ///
    /// Throws `timedOut` after `timeout` (nil: never), and the message will then never arrive; `disconnected` when the
    /// other end is closed or its process has died (noticed within about a millisecond: what was sent just before is lost);
    /// `payload` when the message cannot be encoded; `closed`.
    public func send(_ message: Message, timeout: Duration? = nil) throws(SystemError) {
      let limit = WaitLimit(Deadline(after: timeout))
      try connection().send(Outgoing(tag: 0, payload: try Payload(message)), limit)
    }

    /// The same without holding up other tasks; cancelling the task ends it with `CancellationError`, and the message does
    /// not arrive.
    public nonisolated(nonsending) func send(_ message: Message, timeout: Duration? = nil) async throws {
      try Task.checkCancellation()
      let deadline = Deadline(after: timeout)
      let connection = try connection()
      let payload = try Payload(message)
      // What has room goes at once. What was begun here and is not finished is taken back, and begun again elsewhere.
      if payload.byteCount <= Connection.ringCapacity / 4 {
        do throws(SystemError) {
          return try connection.send(Outgoing(tag: 0, payload: payload), WaitLimit(.now))
        } catch {
          guard error.code == .timedOut else { throw error }
        }
      }
      try await Offload.run { isCancelled in
        try Pipe.orCancellation(isCancelled) { () throws(SystemError) in
          try connection.send(Outgoing(tag: 0, payload: payload), WaitLimit(deadline, isCancelled: isCancelled))
        }
      }
    }

    // MARK: Receiving

    /// The next message; nil (end of file): the other end is closed or its process has died, and everything whole that it
    /// sent has been received.
    ///
    /// Throws `timedOut` after `timeout` (nil: never), and nothing is lost then; `payload` when what arrived is no
    /// `Message`, which is then consumed; `closed`.
    public func receive(timeout: Duration? = nil) throws(SystemError) -> Message? {
      let limit = WaitLimit(Deadline(after: timeout))
      return try connection().receive(Message.self, limit)?.value
    }

    /// The same without holding up other tasks; cancelling the task ends it with `CancellationError`, and nothing is lost.
    public nonisolated(nonsending) func receive(timeout: Duration? = nil) async throws -> Message? {
      try Task.checkCancellation()
      let deadline = Deadline(after: timeout)
      let connection = try connection()
      do throws(SystemError) { return try connection.receive(Message.self, WaitLimit(.now))?.value } catch {
        guard error.code == .timedOut else { throw error }
      }
      return try await Offload.run { isCancelled in
        try Pipe.orCancellation(isCancelled) { () throws(SystemError) in
          try connection.receive(Message.self, WaitLimit(deadline, isCancelled: isCancelled))?.value
        }
      }
    }

    /// Whether `receive` would return at once: a message is there whole, or the end of the file. Waits for that until
    /// `timeout` (nil: for ever) and takes nothing. Throws `closed`.
    public func poll(timeout: Duration? = .zero) throws(SystemError) -> Bool {
      let limit = WaitLimit(Deadline(after: timeout))
      return try connection().waitForMessage(limit)
    }

    /// The same without holding up other tasks.
    public nonisolated(nonsending) func poll(timeout: Duration? = .zero) async throws -> Bool {
      try Task.checkCancellation()
      let deadline = Deadline(after: timeout)
      let connection = try connection()
      if try connection.waitForMessage(WaitLimit(.now)) { return true }
      if let deadline, deadline.hasPassed { return false }
      return try await Offload.run { isCancelled in
        let isThere = try connection.waitForMessage(WaitLimit(deadline, isCancelled: isCancelled))
        if !isThere && isCancelled() { throw CancellationError() }
        return isThere
      }
    }

    // MARK: Travelling

    /// For this module's own encoder: the end travels as two descriptors. Throws `closed`, and `payload` in the middle of a
    /// message. Any other encoder gets an `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
      let connection = try connection()
      let (segment, socket, isNear) = try connection.descriptorsToMove()
      try Travel.encode([segment, socket], owner: connection, numbers: [isNear ? 1 : 0], to: encoder)
    }

    public init(from decoder: any Decoder) throws {
      let (descriptors, numbers) = try Travel.decodeAll(from: decoder)
      guard descriptors.count == 2, numbers.count == 1 else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "What arrived is no end of a pipe."))
      }
      let end = Connection.End(segment: descriptors[0], socket: descriptors[1], isNear: numbers[0] == 1)
      held = Mutex(try Connection(attaching: end))
    }
  }

  /// `body`; when it gives up because the task was cancelled, it says so.
  private static func orCancellation<Success>(
    _ isCancelled: () -> Bool, _ body: () throws(SystemError) -> Success
  ) throws -> Success {
    do throws(SystemError) { return try body() } catch {
      if error.code == .timedOut && isCancelled() { throw CancellationError() }
      throw error
    }
  }
}
