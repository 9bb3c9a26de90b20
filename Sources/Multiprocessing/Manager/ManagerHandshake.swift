// SPDX-License-Identifier: Apache-2.0
// How a connection begins: each side shows the other that it has the key, without sending it.
//
//     server → client   magic, version, status, 32 random bytes                       44 bytes
//     client → server   32 random bytes, HMAC(key, "client", both)                    64
//     server → client   status, message limit, HMAC(key, "server", both)              44
//     client → server   one byte with the descriptors of a Connection (local sockets only)
//
// Nothing of a stranger's is decoded, and no descriptor of his is taken (`read` drops them). Who holds the key is
// trusted like this program itself: of the same user, he could also kill it.

/// The two sides of the handshake.
package enum ManagerHandshake {
  package enum Status: UInt8 {
    case welcome = 0
    /// Another user's process.
    case otherUser = 1
    /// Too many connections; worth another try.
    case busy = 2
    /// The client has not shown the key.
    case wrongKey = 3
  }

  static let magic: [UInt8] = Array("WEFT-MGR".utf8)
  static let version: UInt8 = 1
  package static let greetingByteCount = 44
  package static let answerByteCount = 64
  static let verdictByteCount = 44
  /// Small: requests and answers are, and each connection of each thread has two. Larger ones stream.
  static let ringCapacity = 64 << 10

  // MARK: The server's side

  static func greeting(_ status: Status, nonce: [UInt8]) -> [UInt8] {
    magic + [version, status.rawValue, 0, 0] + nonce
  }

  /// nil: the peer is gone, too slow, or does not have the key.
  static func welcome(_ socket: ManagerSocket, _ setup: ManagerSetup) throws(SystemError) -> ManagerLine? {
    let deadline = Deadline.in(seconds: setup.limits.handshakeSeconds)
    let nonce = ManagerKey.randomBytes()
    try socket.write(greeting(.welcome, nonce: nonce), deadline: deadline)
    guard let answer = try socket.read(answerByteCount, deadline: deadline) else { return nil }
    let clientNonce = Array(answer[..<32])
    let expected = setup.key.proof(of: .client, serverNonce: nonce, clientNonce: clientNonce)
    guard SHA256.areEqual(expected, Array(answer[32...])) else {
      try socket.write(verdict(.wrongKey, setup, proof: [UInt8](repeating: 0, count: 32)), deadline: deadline)
      return nil
    }
    let proof = setup.key.proof(of: .server, serverNonce: nonce, clientNonce: clientNonce)
    try socket.write(verdict(.welcome, setup, proof: proof), deadline: deadline)
    if setup.isTCP { return .stream(ManagerStream(socket, setup.limits)) }
    guard let ends = try socket.readDescriptors(2, deadline: deadline) else { return nil }
    return .rings(
      try Connection(
        attaching: Connection.End(segment: ends[0], socket: ends[1]), messageByteLimit: setup.limits.messageByteCount))
  }

  private static func verdict(_ status: Status, _ setup: ManagerSetup, proof: [UInt8]) -> [UInt8] {
    [status.rawValue, 0, 0, 0] + bytesOf(littleEndian: Int64(setup.limits.messageByteCount)) + proof
  }

  // MARK: The client's side

  /// A line to the server at `place`. While the server is busy it is asked again, until `deadline`. `connected` may cut
  /// the socket later, from another thread.
  static func open(
    _ place: ManagerPlace, _ key: ManagerKey, deadline: Deadline, connected: (ManagerSocket) -> Void
  ) throws(SystemError) -> (line: ManagerLine, messageByteLimit: Int) {
    while true {
      let socket = try place.connect(deadline: deadline)
      connected(socket)
      guard let greeting = try socket.read(greetingByteCount, deadline: deadline) else {
        throw ManagerPlace.serverGone
      }
      guard Array(greeting[..<8]) == magic, greeting[8] == version, let status = Status(rawValue: greeting[9]) else {
        throw SystemError(
          code: .protocolMismatch, message: "What listens there is no manager of this version of the module.")
      }
      if status == .welcome { return try introduce(socket, place, key, greeting: greeting, deadline) }
      let pause = Deadline.in(seconds: 0.02)
      guard status == .busy, pause < deadline else { throw refusal(status) }
      _ = try waitForAny(descriptors: [], deadline: pause)
    }
  }

  private static func introduce(
    _ socket: ManagerSocket, _ place: ManagerPlace, _ key: ManagerKey, greeting: [UInt8], _ deadline: Deadline
  ) throws(SystemError) -> (line: ManagerLine, messageByteLimit: Int) {
    let serverNonce = Array(greeting[12...])
    let nonce = ManagerKey.randomBytes()
    let answer = nonce + key.proof(of: .client, serverNonce: serverNonce, clientNonce: nonce)
    try socket.write(answer, deadline: deadline)
    guard let verdict = try socket.read(verdictByteCount, deadline: deadline) else { throw ManagerPlace.serverGone }
    guard verdict[0] == Status.welcome.rawValue else { throw refusal(Status(rawValue: verdict[0]) ?? .wrongKey) }
    let expected = key.proof(of: .server, serverNonce: serverNonce, clientNonce: nonce)
    guard SHA256.areEqual(expected, Array(verdict[12...])) else {
      throw SystemError(
        code: .notPermitted,
        message:
          "What listens there does not have the manager's key; nothing was sent to it. Check address and key file.")
    }
    let limit = Int(clamping: littleEndian(verdict[4..<12]))
    if place.isTCP {
      var limits = ManagerLimits()
      limits.messageByteCount = limit
      return (.stream(ManagerStream(socket, limits)), limit)
    }
    let (near, far) = try Connection.pair(ringCapacity: ringCapacity)
    try socket.write([1], descriptors: [far.segment.number, far.socket.number], deadline: deadline)
    return (.rings(near), limit)
  }

  private static func refusal(_ status: Status) -> SystemError {
    switch status {
    case .otherUser:
      SystemError(code: .notPermitted, message: "The manager lets in only processes of the user who started it.")
    case .busy:
      SystemError(
        code: .resourceLimit,
        message: "The manager has as many connections as it takes; call from fewer processes, or from fewer threads at "
          + "once: a process keeps what it has opened, up to 16 of them.")
    case .wrongKey, .welcome:
      SystemError(
        code: .notPermitted, message: "The manager refused this process's key; use the key file it was started with.")
    }
  }
}
