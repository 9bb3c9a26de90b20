// SPDX-License-Identifier: Apache-2.0
// The text files of /proc and /sys: read in one call, searched as bytes. Called by Machine and ControlGroups.

import Glibc

/// The first 16 KiB of a file: more than any file asked here holds before the value looked for.
struct SmallFile {
  let bytes: [UInt8]
  private static let byteLimit = 16 * 1024

  /// nil: it cannot be read.
  init?(_ path: String) {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let file = Descriptor(owning: number)
    var failed = false
    bytes = unsafe [UInt8](unsafeUninitializedCapacity: SmallFile.byteLimit) { buffer, count in
      count = 0
      while count < buffer.count {
        let got = unsafe read(file.number, buffer.baseAddress! + count, buffer.count - count)
        if got < 0 && errno == EINTR { continue }
        failed = got < 0
        if got <= 0 { break }
        count += got
      }
    }
    if failed { return nil }
  }

  /// The decimal number that follows the first `key` and any spaces; nil where there is none. An empty key is the start.
  /// Clamped to Int.max.
  func number(after key: String) -> Int? {
    let key = Array(key.utf8)
    guard bytes.count >= key.count,
      let start = (0...bytes.count - key.count).first(where: { bytes[$0..<$0 + key.count].elementsEqual(key) })
    else { return nil }
    let digits = bytes[(start + key.count)...].drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
    guard !digits.isEmpty else { return nil }
    return Int(String(decoding: digits, as: UTF8.self)) ?? Int.max
  }
}
