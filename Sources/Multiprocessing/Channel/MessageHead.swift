// SPDX-License-Identifier: Apache-2.0
// The eight bytes before every message. They make an empty message different from the end of the channel (both would be
// a packet of length 0), and a stranger's packet different from ours.

/// Kind, version and descriptor count of a message.
struct MessageHead: Equatable {
  enum Kind: UInt8 {
    case hello = 1
    case message = 2
  }

  /// Changes whenever two builds could misunderstand each other.
  static let version: UInt8 = 1
  static let byteCount = MemoryLayout<UInt64>.size
  /// "WEFT" in ASCII.
  private static let magic: UInt64 = 0x5745_4654

  let kind: Kind
  let descriptorCount: Int

  init(_ kind: Kind, descriptorCount: Int) {
    self.kind = kind
    self.descriptorCount = descriptorCount
  }

  /// nil: not a head of this version.
  init?(word: UInt64) {
    guard word >> 32 == MessageHead.magic, UInt8(truncatingIfNeeded: word >> 24) == MessageHead.version,
      let kind = Kind(rawValue: UInt8(truncatingIfNeeded: word >> 16))
    else { return nil }
    self.init(kind, descriptorCount: Int(word & 0xFFFF))
  }

  /// Native byte order: both ends are the same program on the same machine.
  var word: UInt64 {
    MessageHead.magic << 32 | UInt64(MessageHead.version) << 24 | UInt64(kind.rawValue) << 16 | UInt64(descriptorCount)
  }
}
