// SPDX-License-Identifier: Apache-2.0
// Where a manager's server listens, and how a connection to it comes about. Used by Manager, handles and server.

import CPOSIX
import Glibc

/// Where a manager listens for other programs; see `Manager.init(listeningOn:keyFile:)`.
public enum ManagerAddress: Hashable, Codable, Sendable {
  /// A TCP port of an address or name of a host; port 0: any free one.
  case tcp(_ host: String, _ port: Int)
}

/// What a client needs to find the server. Who is let in is decided by the handshake.
enum ManagerPlace: Sendable {
  /// A socket without a name: the descriptor (O_PATH) of its inode is the only way to it.
  case local(OwnedDescriptor)
  case tcp(ManagerAddress, keyFile: String)

  var isTCP: Bool {
    if case .tcp = self { true } else { false }
  }

  // MARK: The server's side

  /// A listening socket whose name, in a folder that only we may enter, is gone again when this returns: clients get
  /// the descriptor of the inode and connect through /proc/self/fd. A name that stays would outlive a killed program.
  static func listenLocally() throws(SystemError) -> (listener: OwnedDescriptor, place: ManagerPlace) {
    var lastError: Int32 = ENOENT
    for parent in [WorkerEnvironment.value(of: "XDG_RUNTIME_DIR"), "/tmp"].compactMap(\.self) where parent.count < 80 {
      var template = Array("\(parent)/weft-XXXXXX".utf8CString)
      guard unsafe mkdtemp(&template) != nil else {  // 0700
        lastError = errno
        continue
      }
      let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let path = "\(folder)/manager"
      defer {
        unsafe unlink(path)
        unsafe rmdir(folder)
      }
      let listener = unsafe cposix_listen_local(path)
      guard listener >= 0 else {
        lastError = -listener
        continue
      }
      let owned = OwnedDescriptor(Descriptor(owning: listener))
      let inode = unsafe cposix_open_inode(path)
      guard inode >= 0 else {
        lastError = -inode
        continue
      }
      return (owned, .local(OwnedDescriptor(Descriptor(owning: inode))))
    }
    throw SystemError(
      "bind", errno: lastError,
      "Cannot make a socket for the manager in XDG_RUNTIME_DIR or /tmp; point XDG_RUNTIME_DIR to a folder of yours.")
  }

  static func listen(
    on address: ManagerAddress, keyFile: String
  ) throws(SystemError) -> (listener: OwnedDescriptor, place: ManagerPlace) {
    guard case .tcp(let host, let wanted) = address else { preconditionFailure("the only case") }
    let listener = unsafe cposix_listen_tcp(host, try port(wanted))
    guard listener >= 0 else {
      throw SystemError(
        "listen", errno: -listener,
        "Cannot listen on \(host):\(wanted); use an address of this machine and a free port.")
    }
    let owned = OwnedDescriptor(Descriptor(owning: listener))
    return (owned, .tcp(.tcp(host, Int(cposix_tcp_port(owned.number))), keyFile: keyFile))
  }

  private static func port(_ number: Int) throws(SystemError) -> UInt16 {
    guard let port = UInt16(exactly: number) else {
      throw SystemError(code: .outOfRange, message: "\(number) is no port; use 0 (any free one) to 65535.")
    }
    return port
  }

  // MARK: The client's side

  func connect(deadline: Deadline) throws(SystemError) -> ManagerSocket {
    switch self {
    case .local(let inode):
      while true {
        let line = unsafe cposix_connect_local("/proc/self/fd/\(inode.number)")
        if line >= 0 { return ManagerSocket(Descriptor(owning: line)) }
        guard line == -EAGAIN, !deadline.hasPassed else { throw ManagerPlace.refusal(line, "its socket") }
        _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.01))
      }
    case .tcp(.tcp(let host, let number), _):
      let place = "\(host):\(number)"
      let line = unsafe cposix_connect_tcp(host, try ManagerPlace.port(number))
      guard line >= 0 else { throw ManagerPlace.refusal(line, place) }
      let socket = Descriptor(owning: line)
      guard try waitUntilWritable(socket.number, deadline: deadline) else {
        throw ManagerPlace.refusal(-ETIMEDOUT, place)
      }
      let error = cposix_socket_error(socket.number)
      guard error == 0 else { throw ManagerPlace.refusal(error, place) }
      return ManagerSocket(socket)
    }
  }

  private static func refusal(_ result: Int32, _ place: String) -> SystemError {
    let code: SystemError.Code
    let sentence: String
    switch -result {
    case ECONNREFUSED, ECONNRESET: return ManagerPlace.serverGone
    case EACCES, EPERM: (code, sentence) = (.notPermitted, "only the user who started it may")
    case EADDRNOTAVAIL: (code, sentence) = (.notFound, "the host has no address")
    case ETIMEDOUT: (code, sentence) = (.timedOut, "it does not answer")
    case EMFILE, ENFILE: (code, sentence) = (.resourceLimit, "raise the limit on open files (ulimit -n)")
    default: (code, sentence) = (.systemCall, "the system refuses it")
    }
    return SystemError(
      code: code, call: "connect", errno: -result, message: "Cannot connect to the manager at \(place): \(sentence).")
  }

  static var serverGone: SystemError {
    SystemError(
      code: .disconnected,
      message: "The manager's server is gone, and with it what it held; start another Manager and fill it again.")
  }
}
