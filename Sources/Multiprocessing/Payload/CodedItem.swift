// SPDX-License-Identifier: Apache-2.0
// The coded form of a value: what CodedEncoder writes and CodedDecoder reads.
// An item is a tag byte and what the tag says follows; containers carry their byte count, so that they can be skipped
// and a damaged one cannot lead out of itself. Compact, because most values are small: an Int below 128 is one byte.

/// The first byte of an item. From `small` on it is an integer itself.
enum CodedTag {
  static let null: UInt8 = 0
  static let no: UInt8 = 1
  static let yes: UInt8 = 2
  /// A variable-length integer follows.
  static let positive: UInt8 = 3
  /// The same, of the complement.
  static let negative: UInt8 = 4
  static let float: UInt8 = 5
  static let double: UInt8 = 6
  /// Sixteen bytes follow.
  static let signed128: UInt8 = 7
  static let unsigned128: UInt8 = 8
  // All that follow begin with the byte count of their content.
  static let string: UInt8 = 9
  /// Pairs of key (byte count, UTF-8) and item.
  static let keyed: UInt8 = 10
  /// Items.
  static let unkeyed: UInt8 = 11
  /// The bytes of a RawPayload.
  static let rawValue: UInt8 = 12
  /// Element code, stride, then the elements.
  static let rawArray: UInt8 = 13
  /// Count and indexes of descriptors, then integers.
  static let travel: UInt8 = 14

  /// Not on the wire: this and the next fifteen stand for an element of a raw array, by its element code.
  static let element: UInt8 = 0x20
  static let small: UInt8 = 0x80
}

/// How deep containers may lie in each other: deeper, a damaged or endless value would exhaust the stack.
enum CodedLimit {
  static let depth = 256
}

/// The place of a value in a coded form: for errors, and for those who ask for `codingPath`.
final class CodedPath {
  private let parent: CodedPath?
  private let key: any CodingKey

  init(_ parent: CodedPath?, _ key: any CodingKey) {
    self.parent = parent
    self.key = key
  }

  var keys: [any CodingKey] { (parent?.keys ?? []) + [key] }
}

/// The key of an element of an unkeyed container.
struct CodedPosition: CodingKey {
  let position: Int

  init(_ position: Int) { self.position = position }
  init?(intValue: Int) { position = intValue }
  init?(stringValue: String) { nil }
  var intValue: Int? { position }
  var stringValue: String { "[\(position)]" }
}

/// The key under which a superclass lies when nobody chose another.
struct CodedSuperKey: CodingKey {
  init() {}
  init?(intValue: Int) { nil }
  init?(stringValue: String) { nil }
  var intValue: Int? { nil }
  var stringValue: String { "super" }
}

/// "a.b.[3]", "the value itself" for none.
func codedPlace(_ path: [any CodingKey]) -> String {
  path.isEmpty ? "the value itself" : path.map(\.stringValue).joined(separator: ".")
}
