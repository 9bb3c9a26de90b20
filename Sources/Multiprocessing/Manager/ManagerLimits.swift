// SPDX-License-Identifier: Apache-2.0
// What a manager's server bears at most (faults.md F72), and the one message by which it learns this and its key.

/// Bounds of a server.
package struct ManagerLimits: Sendable {
  /// Clients' connections at once. A client process opens one for each of its threads that calls at the same moment.
  package var connections = 256
  /// Connections at once that have not shown the key.
  package var strangers = 32
  /// For the whole handshake: a peer that sends a byte a second gains nothing by it.
  package var handshakeSeconds = 5.0
  /// Over TCP, for a message that has begun and does not go on, and for each MiB of an answer to be taken.
  package var stallSeconds = 30.0
  /// One key, one value, one answer.
  package var messageByteCount = Manager.messageByteLimit

  package init() {}
}

/// What the server is told through its channel: not through arguments or environment, which others can read.
struct ManagerSetup {
  var key: ManagerKey
  var limits: ManagerLimits
  var isTCP: Bool

  private static let numberCount = 6

  var bytes: [UInt8] {
    let numbers: [Int64] = [
      isTCP ? 1 : 0, Int64(limits.connections), Int64(limits.strangers), Int64(limits.handshakeSeconds * 1000),
      Int64(limits.stallSeconds * 1000), Int64(limits.messageByteCount),
    ]
    return numbers.flatMap(bytesOf(littleEndian:)) + key.bytes
  }
}

extension ManagerSetup {
  init?(bytes: [UInt8]) {
    let start = ManagerSetup.numberCount * 8
    guard bytes.count == start + ManagerKey.byteCount else { return nil }
    let numbers = (0..<ManagerSetup.numberCount).map { littleEndian(bytes[($0 * 8)..<($0 * 8 + 8)]) }
    key = ManagerKey(bytes: Array(bytes[start...]))
    isTCP = numbers[0] == 1
    limits = ManagerLimits()
    limits.connections = Int(numbers[1])
    limits.strangers = Int(numbers[2])
    limits.handshakeSeconds = Double(numbers[3]) / 1000
    limits.stallSeconds = Double(numbers[4]) / 1000
    limits.messageByteCount = Int(numbers[5])
  }
}
