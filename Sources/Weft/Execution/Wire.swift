// SPDX-License-Identifier: Apache-2.0
//
// The bytes of the messages between engine and workers, and between ranks: both ends are the same build (checked at the handshake), so a
// message is its fields one after the other, little-endian, texts and lists with their length before them.

import Multiprocessing

struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: UInt64) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }
  mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64(value))) }
  mutating func write(_ value: Double) { write(value.bitPattern) }
  mutating func write(_ value: Bool) { write(value ? 1 : 0) }
  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }
  mutating func append(_ plain: [UInt8]) { bytes += plain }
  mutating func write<T>(_ list: [T], _ element: (inout WireWriter, T) -> Void) {
    write(list.count)
    for value in list { element(&self, value) }
  }
}

/// Reads what `WireWriter` wrote. Anything else is an error, never a trap.
struct WireReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private static let malformed = SystemError(
    code: .protocolMismatch, message: "A message between processes is not of this version.")

  mutating func read() throws(SystemError) -> UInt64 {
    guard bytes.count - position >= 8 else { throw WireReader.malformed }
    defer { position += 8 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * $1) }
  }
  mutating func read() throws(SystemError) -> Int { Int(Int64(bitPattern: try read())) }
  mutating func read() throws(SystemError) -> Double { Double(bitPattern: try read()) }
  mutating func read() throws(SystemError) -> Bool { try read() as UInt64 != 0 }
  mutating func read() throws(SystemError) -> String { String(decoding: try readBytes(), as: UTF8.self) }
  mutating func readBytes() throws(SystemError) -> [UInt8] {
    let count: Int = try read()
    guard count >= 0, count <= bytes.count - position else { throw WireReader.malformed }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }
  mutating func read<T>(_ element: (inout WireReader) throws(SystemError) -> T) throws(SystemError) -> [T] {
    let count: Int = try read()
    // Every element takes a byte at least: a length that the message cannot hold is refused before anything is
    // reserved.
    guard count >= 0, count <= bytes.count - position else { throw WireReader.malformed }
    var list: [T] = []
    for _ in 0..<count { list.append(try element(&self)) }
    return list
  }
}

// MARK: Bytes as they are

extension WireWriter {
  mutating func write(_ lists: [[UInt8]]) {
    write(lists) { wire, list in
      wire.write(list.count)
      wire.append(list)
    }
  }
}

extension WireReader {
  mutating func readByteLists() throws(SystemError) -> [[UInt8]] {
    try read { wire throws(SystemError) in try wire.readBytes() }
  }
}
