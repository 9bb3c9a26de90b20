// SPDX-License-Identifier: Apache-2.0
// The secret that a manager's server and its clients share, and the codes by which each shows the other that it has it.
// A key is never in an argument, in the environment or in a message to someone who has not shown that he knows it.

import Glibc

/// 32 bytes that let their holder in.
package struct ManagerKey: Hashable, Sendable {
  package static let byteCount = SHA256.byteCount
  /// Shorter key files could be guessed.
  static let fileByteMinimum = 16
  static let fileByteLimit = 4096

  package let bytes: [UInt8]

  package init(bytes: [UInt8]) {
    precondition(bytes.count == ManagerKey.byteCount, "a key has \(ManagerKey.byteCount) bytes")
    self.bytes = bytes
  }

  /// A new key. Swift's generator takes its numbers from the kernel's (getrandom).
  package static func random() -> ManagerKey { ManagerKey(bytes: randomBytes()) }

  package static func randomBytes() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<byteCount).map { _ in generator.next() }
  }

  /// The key that a file holds: the hash of its bytes, whatever they are.
  package init(file path: String) throws(SystemError) {
    func refusal(_ why: String) -> SystemError {
      SystemError(
        code: .notPermitted,
        message: "The key file \(path) cannot be used: \(why). Make one with: "
          + "(umask 077; head -c 32 /dev/urandom > \(path))")
    }
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard number >= 0 else { throw refusal(SystemError.text(ofErrno: errno)) }
    let file = Descriptor(owning: number)
    var status = stat()
    guard unsafe fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refusal("it is no regular file")
    }
    guard status.st_uid == geteuid() else { throw refusal("it belongs to another user") }
    guard status.st_mode & 0o077 == 0 else { throw refusal("others may read or change it (its mode must be 0600)") }
    var content = [UInt8](repeating: 0, count: ManagerKey.fileByteLimit + 1)
    let count = unsafe read(file.number, &content, content.count)
    guard (ManagerKey.fileByteMinimum...ManagerKey.fileByteLimit).contains(count) else {
      throw refusal("it must hold \(ManagerKey.fileByteMinimum) to \(ManagerKey.fileByteLimit) bytes")
    }
    bytes = SHA256.hash(Array(content.prefix(count)))
  }

  /// Who shows that it has the key. Part of the code, so that neither side's can be sent back to it.
  package enum Role: String {
    case client, server
  }

  /// The code for one connection: both sides have put 32 random bytes into it, so none is ever good twice.
  package func proof(of role: Role, serverNonce: [UInt8], clientNonce: [UInt8]) -> [UInt8] {
    SHA256.authenticationCode(key: bytes, Array(role.rawValue.utf8) + [0] + serverNonce + clientNonce)
  }
}

extension ManagerKey {
  /// For `Travel`, whose numbers go to other processes of this program only.
  var words: [Int] { stride(from: 0, to: ManagerKey.byteCount, by: 8).map { Int(littleEndian(bytes[$0..<($0 + 8)])) } }

  init?(words: ArraySlice<Int>) {
    guard words.count == ManagerKey.byteCount / 8 else { return nil }
    self.init(bytes: words.flatMap { bytesOf(littleEndian: Int64($0)) })
  }
}

/// At most eight bytes as a number.
func littleEndian(_ bytes: ArraySlice<UInt8>) -> Int64 {
  bytes.reversed().reduce(0) { $0 << 8 | Int64($1) }
}

func bytesOf(littleEndian number: Int64) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}
