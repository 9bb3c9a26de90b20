// SPDX-License-Identifier: Apache-2.0
// The hostile peers of ManagerSecurityTests: a client and a server that write what they like.

import Glibc
import Multiprocessing
import Testing

/// A connection that has not shown the key, and writes what it likes.
struct ManagerStranger {
  let socket: ManagerSocket
  let nonce: [UInt8]

  init(_ manager: Manager) throws {
    // The server may have as many strangers as it takes.
    for _ in 0..<500 {
      let socket = try manager.knock()
      let greeting = try #require(
        try socket.read(ManagerHandshake.greetingByteCount, deadline: .in(seconds: 10)))
      if greeting[9] == ManagerHandshake.Status.welcome.rawValue {
        self.socket = socket
        nonce = Array(greeting[12...])
        return
      }
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.02))
    }
    throw SystemError(code: .resourceLimit, message: "The server stays busy.")
  }

  func answer(with key: ManagerKey) -> [UInt8] {
    let own = ManagerKey.randomBytes()
    return own + key.proof(of: .client, serverNonce: nonce, clientNonce: own)
  }

  /// The server's verdict on `answer`.
  func send(_ answer: [UInt8]) throws -> ManagerHandshake.Status? {
    try socket.write(answer, deadline: .in(seconds: 10))
    let verdict = try #require(try socket.read(44, deadline: .in(seconds: 10)))
    return ManagerHandshake.Status(rawValue: verdict[0])
  }

  func introduce(with key: ManagerKey) throws -> ManagerHandshake.Status? { try send(answer(with: key)) }

  /// Whether the server closes the connection, within ten seconds.
  func isClosed() throws -> Bool {
    do {
      return try socket.read(1, deadline: .in(seconds: 10)) == nil
    } catch { return error.code == .disconnected }
  }

  /// Takes a whole answer. False: closed.
  func takeFrame() throws -> Bool {
    guard let head = try socket.read(16, deadline: .in(seconds: 60)) else { return false }
    let byteCount = head[8...].reversed().reduce(0) { $0 << 8 | Int($1) }
    return try byteCount == 0 || socket.read(byteCount, deadline: .in(seconds: 60)) != nil
  }
}

/// A server without the key that says it knows it.
struct ManagerImpostor: Sendable {
  private let listener: Int32
  let port: Int

  init() throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var count = socklen_t(MemoryLayout<sockaddr_in>.size)
    let number = listener
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(number, address, count) == 0 && listen(number, 5) == 0
          && getsockname(number, address, &count) == 0
      }
    }
    try #require(bound)
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  func welcomeEverybody() {
    let number = accept(listener, nil, nil)
    guard number >= 0 else { return }
    let line = ManagerSocket(Descriptor(owning: number))
    let nonce = ManagerKey.randomBytes()
    try? line.write(Array("WEFT-MGR".utf8) + [1, 0, 0, 0] + nonce, deadline: .in(seconds: 10))
    _ = try? line.read(ManagerHandshake.answerByteCount, deadline: .in(seconds: 10))
    try? line.write([UInt8](repeating: 0, count: 12) + nonce, deadline: .in(seconds: 10))
    _ = try? line.read(1, deadline: .in(seconds: 10))
    close(listener)
  }
}

/// A manager with the key file in a folder to keep, and half a second of patience.
func managerOverTCP() throws -> (Manager, TemporaryFolder) {
  let folder = TemporaryFolder()
  folder.write(["key": "0123456789abcdef0123456789abcdef"])
  _ = shell("chmod 600 \(folder.path)/key")
  var limits = ManagerLimits()
  limits.stallSeconds = 0.5
  return (try Manager(listeningOn: .tcp("127.0.0.1", 0), keyFile: "\(folder.path)/key", limits), folder)
}

func frameHead(tag: UInt64, byteCount: Int64) -> [UInt8] {
  [tag, UInt64(bitPattern: byteCount)].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}

func wireForm<Value: Encodable>(of value: Value) throws -> [UInt8] {
  var bytes: [UInt8] = []
  let payload = try Payload(value)
  unsafe payload.forEachPart { unsafe bytes.append(contentsOf: $0) }
  return bytes
}
