// SPDX-License-Identifier: Apache-2.0
// The two compressed wrappings that any format may have: how a name and a content tell them. `m.csv.gz`, `m.npy.zst`.

/// What a whole file is compressed by.
public enum Compression: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
  case gzip
  case zstd

  public var description: String { rawValue }

  /// The last part of a file's name: `gz`, `zst`.
  public var pathExtension: String {
    switch self {
    case .gzip: "gz"
    case .zstd: "zst"
    }
  }

  /// The one that the path's extension names, and the path without it.
  static func split(_ path: String) -> (path: Substring, compression: Compression?) {
    for compression in allCases {
      let end = "." + compression.pathExtension
      if path.utf8.count > end.utf8.count, path.lowercased().hasSuffix(end) {
        return (path.dropLast(end.count), compression)
      }
    }
    return (path[...], nil)
  }

  /// The one that a file beginning so is compressed by.
  init?(head: [UInt8]) {
    if head.starts(with: [0x1f, 0x8b]) {
      self = .gzip
    } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
      self = .zstd
    } else if head.count >= 4, head[0] & 0xf0 == 0x50, head[1...].starts(with: [0x2a, 0x4d, 0x18]) {
      self = .zstd  // a frame to be skipped; pzstd begins with one
    } else {
      return nil
    }
  }
}
