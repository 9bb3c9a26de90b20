// SPDX-License-Identifier: Apache-2.0
// The sixteen bytes before every value that travels. Written by Payload, checked by PayloadDecoding.

/// version u8 · kind u8 · descriptor count u16 · element stride u24 · element code u8 · byte count of the body u64; native
/// byte order, since both ends are the same program on the same machine.
struct PayloadHead: Equatable {
  enum Kind: UInt8 {
    /// Codable, in the form of CodedItem.swift.
    case coded = 0
    /// One RawPayload.
    case value = 1
    /// An array of RawPayload.
    case array = 2
  }

  /// Changes whenever two builds could misunderstand each other.
  static let version: UInt8 = 2
  static let byteCount = 16
  static let strideLimit = 1 << 24

  let kind: Kind
  let descriptorCount: Int
  /// Of an element, in bytes; the value's size for one value, 0 in the coded form.
  let stride: Int
  /// Of a value or an element: see RawElement. Without it the bytes of an Int would pass for a Double.
  let code: UInt8
  let bodyByteCount: Int

  init(_ kind: Kind, descriptorCount: Int = 0, stride: Int = 0, code: UInt8 = 0, bodyByteCount: Int) {
    self.kind = kind
    self.descriptorCount = descriptorCount
    self.stride = stride
    self.code = code
    self.bodyByteCount = bodyByteCount
  }

  /// The head of a payload of `byteCount` bytes that came with `descriptorCount` descriptors.
  init(words: [2 of UInt64], byteCount: Int, descriptorCount: Int) throws(SystemError) {
    let first = words[0]
    guard UInt8(truncatingIfNeeded: first) == PayloadHead.version,
      let kind = Kind(rawValue: UInt8(truncatingIfNeeded: first >> 8)),
      words[1] <= UInt64(Payload.byteLimit), Int(words[1]) == byteCount - PayloadHead.byteCount
    else {
      throw SystemError(
        code: .protocolMismatch,
        message:
          "What arrived is not a value of version \(PayloadHead.version); both processes must run the same build.")
    }
    let announced = Int(UInt16(truncatingIfNeeded: first >> 16))
    guard announced == descriptorCount else {
      throw SystemError(
        code: .payload, message: "A value arrived with \(descriptorCount) descriptors; \(announced) were announced.")
    }
    self.init(
      kind, descriptorCount: announced, stride: Int(first >> 32 & 0xFF_FFFF), code: UInt8(first >> 56),
      bodyByteCount: byteCount - PayloadHead.byteCount)
  }

  var words: [2 of UInt64] {
    [
      UInt64(PayloadHead.version) | UInt64(kind.rawValue) << 8 | UInt64(descriptorCount) << 16 | UInt64(stride) << 32
        | UInt64(code) << 56,
      UInt64(bodyByteCount),
    ]
  }
}
