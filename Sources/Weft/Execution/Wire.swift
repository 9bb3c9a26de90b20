// SPDX-License-Identifier: Apache-2.0
//
// The bytes of the messages between engine and workers: both ends are the same build (checked at the handshake), so a
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
    code: .protocolMismatch, message: "A message between engine and worker is not of this version.")

  mutating func read() throws(SystemError) -> UInt64 {
    guard bytes.count - position >= 8 else { throw WireReader.malformed }
    defer { position += 8 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * $1) }
  }
  mutating func read() throws(SystemError) -> Int { Int(Int64(bitPattern: try read())) }
  mutating func read() throws(SystemError) -> Double { Double(bitPattern: try read()) }
  mutating func read() throws(SystemError) -> Bool { try read() as UInt64 != 0 }
  mutating func read() throws(SystemError) -> String {
    let count: Int = try read()
    guard count >= 0, count <= bytes.count - position else { throw WireReader.malformed }
    defer { position += count }
    return String(decoding: bytes[position..<position + count], as: UTF8.self)
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
