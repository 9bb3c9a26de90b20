// SPDX-License-Identifier: Apache-2.0
// What requests and answers go through once the handshake is done: shared-memory rings on one machine, frames over TCP.

import Glibc

/// One connection between a client's thread and the server's thread for it. One call at a time.
enum ManagerLine: Sendable {
  case rings(Connection)
  case stream(ManagerStream)

  func send(tag: UInt64, _ payload: Payload?, deadline: Deadline?) throws(SystemError) {
    switch self {
    case .rings(let connection): try connection.send(tag: tag, payload, deadline: deadline)
    case .stream(let stream): try stream.send(tag: tag, payload, deadline: deadline)
    }
  }

  /// Sends an answer. Over TCP, where nobody would say that the client is gone, it must be taken as requests must go on.
  func answer(tag: UInt64, _ payload: Payload?) throws(SystemError) {
    switch self {
    case .rings(let connection): try connection.send(tag: tag, payload, deadline: nil)
    case .stream(let stream): try stream.send(tag: tag, payload, deadline: nil, mustBeTaken: true)
    }
  }

  /// nil: the peer is gone.
  func receive(deadline: Deadline?) throws(SystemError) -> Incoming? {
    switch self {
    case .rings(let connection): try connection.receive(deadline: deadline)
    case .stream(let stream): try stream.receive(deadline: deadline)
    }
  }

  /// The next part of a request that has begun. Over TCP, where nobody would say that the client is gone, it must go
  /// on.
  func receiveRest() throws(SystemError) -> Incoming? {
    switch self {
    case .rings(let connection): try connection.receive(deadline: nil)
    case .stream(let stream): try stream.receive(deadline: nil, hasBegun: true)
    }
  }

  /// A message that comes at once or within a short spin; nil: none has come.
  func receiveSoon() throws(SystemError) -> Incoming? {
    guard case .rings(let connection) = self else { return nil }
    var result: Result<Incoming?, SystemError> = .success(nil)
    _ = Spin.until {
      result = Result { () throws(SystemError) in
        if case .message(let message) = try connection.tryReceive() { return message }
        return nil
      }
      if case .success(nil) = result { return false }
      return true
    }
    return try result.get()
  }

  /// Shut down, it ends the wait of whoever waits there.
  var descriptorNumber: Int32 {
    switch self {
    case .rings(let connection): connection.descriptorNumber
    case .stream(let stream): stream.descriptorNumber
    }
  }
}

/// Messages over a TCP socket: tag and byte count (8 bytes each, little-endian), then the bytes. No descriptors.
/// Neither secret nor safe from whoever controls the way: that is for the tunnel it should be led through.
package final class ManagerStream: Sendable {
  private let socket: ManagerSocket
  private let limits: ManagerLimits
  private static let headByteCount = 16
  /// Memory is taken as bytes arrive, not as they are announced.
  private static let stepByteCount = 1 << 20

  package init(_ socket: ManagerSocket, _ limits: ManagerLimits) {
    self.socket = socket
    self.limits = limits
  }

  var descriptorNumber: Int32 { socket.descriptorNumber }

  package func send(
    tag: UInt64, _ payload: Payload?, deadline: Deadline?, mustBeTaken: Bool = false
  ) throws(SystemError) {
    guard payload?.descriptors.isEmpty ?? true else { throw ManagerStream.noDescriptors }
    let head = bytesOf(littleEndian: Int64(bitPattern: tag)) + bytesOf(littleEndian: Int64(payload?.byteCount ?? 0))
    func latest() -> Deadline? { mustBeTaken ? Deadline.in(seconds: limits.stallSeconds) : deadline }
    try socket.write(head, deadline: latest())
    var failure: SystemError?
    unsafe payload?.forEachPart { part in
      guard failure == nil else { return }
      do throws(SystemError) {
        // In steps: it is the standstill that ends it, not the length.
        for start in stride(from: 0, to: part.count, by: ManagerStream.stepByteCount) {
          let end = min(part.count, start + ManagerStream.stepByteCount)
          try unsafe socket.write(UnsafeRawBufferPointer(rebasing: part[start..<end]), deadline: latest())
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  package func receive(deadline: Deadline?, hasBegun: Bool = false) throws(SystemError) -> Incoming? {
    let headDeadline = hasBegun ? Deadline.in(seconds: limits.stallSeconds) : deadline
    guard let head = try socket.read(ManagerStream.headByteCount, deadline: headDeadline) else { return nil }
    let byteCount = littleEndian(head[8...])
    guard byteCount >= 0, byteCount <= limits.messageByteCount else {
      throw SystemError(
        code: .messageTooLarge,
        message: "A message of \(byteCount) bytes was announced; \(limits.messageByteCount) are the limit.")
    }
    var bytes: [UInt8] = []
    while bytes.count < byteCount {
      let stall = Deadline.in(seconds: limits.stallSeconds)
      let step = min(ManagerStream.stepByteCount, Int(byteCount) - bytes.count)
      guard let more = try socket.read(step, deadline: deadline.map { min($0, stall) } ?? stall) else {
        throw ManagerPlace.serverGone
      }
      bytes += more
    }
    return Incoming(tag: UInt64(bitPattern: littleEndian(head[..<8])), bytes: bytes, descriptors: [])
  }

  static var noDescriptors: SystemError {
    SystemError(
      code: .payload,
      message: "A value that holds locks, queues or shared memory cannot go over TCP: they belong to one machine.")
  }
}
