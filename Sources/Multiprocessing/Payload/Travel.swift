// SPDX-License-Identifier: Apache-2.0
// How locks, queues and shared memory travel: as descriptors and a few numbers. Called by their `encode(to:)` and
// `init(from:)`.

/// For types whose value is an open descriptor and a few numbers.
package enum Travel {
  /// Encodes `descriptor` and `numbers` as the whole of a value; `owner` keeps the descriptor open until it is sent.
  ///
  /// Throws `EncodingError` for every encoder but this module's: a file cannot hold an open descriptor.
  package static func encode(
    _ descriptor: Int32, owner: any AnyObject & Sendable, numbers: [Int] = [], to encoder: any Encoder
  ) throws {
    try encode([descriptor], owner: owner, numbers: numbers, to: encoder)
  }

  /// The same with several descriptors.
  package static func encode(
    _ descriptors: [Int32], owner: any AnyObject & Sendable, numbers: [Int] = [], to encoder: any Encoder
  ) throws {
    guard let encoder = encoder as? CodedEncoder else {
      throw EncodingError.invalidValue(
        owner,
        .init(
          codingPath: encoder.codingPath,
          debugDescription: "\(type(of: owner)) lives in processes and cannot be stored: pass it to a ChildProcess, a "
            + "Pool's task or a Pipe."))
    }
    encoder.travel(descriptors, owner: owner, numbers: numbers)
  }

  /// What the first `encode` above wrote.
  package static func decode(from decoder: any Decoder) throws -> (descriptor: OwnedDescriptor, numbers: [Int]) {
    let (descriptors, numbers) = try decodeAll(from: decoder)
    guard descriptors.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: "\(descriptors.count) descriptors arrived in place of one.")
      )
    }
    return (descriptors[0], numbers)
  }

  /// What the second wrote.
  package static func decodeAll(from decoder: any Decoder) throws -> (descriptors: [OwnedDescriptor], numbers: [Int]) {
    guard let decoder = decoder as? CodedDecoder else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "what lives in processes arrives only in a ChildProcess, a Pool's task or through a Pipe."))
    }
    return try decoder.travelled()
  }
}
