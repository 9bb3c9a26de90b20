// SPDX-License-Identifier: Apache-2.0
// The words between the bytes of a connection: heads of frames in the rings, packets on the socket. Written by Outbound,
// read by Inbound; native byte order, since both ends are the same program on the same machine.

/// The word before each frame in a ring. A frame is published whole: head and all of its bytes.
///
/// A message is one `message` frame (whose head is followed by the tag and the byte count of the whole message) and as
/// many `more` frames as its bytes need. `abandoned` in place of one of those takes everything back: the sender gave up.
struct FrameHead {
  enum Kind: UInt8 {
    case message = 1
    case more = 2
    case abandoned = 3
  }

  static let byteCount = 8
  /// With tag and byte count.
  static let messageByteCount = 24
  private static let mark: UInt64 = 0x57

  let kind: Kind
  /// Of a message: how many come with it through the socket. Of an abandoned one: how many of them had been sent.
  let descriptorCount: Int
  /// Bytes of the message in this frame.
  let fragmentByteCount: Int

  init(_ kind: Kind, descriptorCount: Int = 0, fragmentByteCount: Int = 0) {
    self.kind = kind
    self.descriptorCount = descriptorCount
    self.fragmentByteCount = fragmentByteCount
  }

  /// nil: not a head of this version.
  init?(word: UInt64) {
    guard word >> 56 == FrameHead.mark, let kind = Kind(rawValue: UInt8(truncatingIfNeeded: word >> 48)) else {
      return nil
    }
    self.init(
      kind, descriptorCount: Int(UInt16(truncatingIfNeeded: word >> 32)),
      fragmentByteCount: Int(UInt32(truncatingIfNeeded: word)))
  }

  var word: UInt64 {
    FrameHead.mark << 56 | UInt64(kind.rawValue) << 48 | UInt64(UInt16(descriptorCount)) << 32
      | UInt64(UInt32(fragmentByteCount))
  }
}

/// The word that every packet on the socket consists of.
struct SocketPacket {
  static let byteCount = 8
  private static let mark: UInt64 = 0x5745_4658 << 32

  /// How many descriptors come with it; 0: a mere wake-up.
  let descriptorCount: Int

  init(descriptorCount: Int) { self.descriptorCount = descriptorCount }

  init?(word: UInt64) {
    guard word & ~0xFFFF == SocketPacket.mark else { return nil }
    self.init(descriptorCount: Int(word & 0xFFFF))
  }

  var word: UInt64 { SocketPacket.mark | UInt64(descriptorCount) }
}
