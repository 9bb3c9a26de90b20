// SPDX-License-Identifier: Apache-2.0
//
// Numbers as bytes, the same on every machine: in ledgers on disk, and between the ranks of a job. (Messages with texts and
// lists in them: Wire.swift.)

/// 64-bit words as bytes, the lowest first.
package enum LittleEndian {
  package static func bytes(_ words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  package static func bytes(_ numbers: [Int]) -> [UInt8] { bytes(numbers.map { UInt64(bitPattern: Int64($0)) }) }

  /// What `bytes` was made of; bytes after the last whole word are left out.
  package static func words(_ bytes: some RandomAccessCollection<UInt8>) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: bytes.count / 8)
    for (place, byte) in bytes.prefix(words.count * 8).enumerated() {
      words[place / 8] |= UInt64(byte) << (8 * (place % 8))
    }
    return words
  }

  package static func numbers(_ bytes: some RandomAccessCollection<UInt8>) -> [Int] {
    words(bytes).map { Int(Int64(bitPattern: $0)) }
  }
}
