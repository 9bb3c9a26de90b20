// SPDX-License-Identifier: Apache-2.0
// A ZIP archive, member after member, without ever going back: sizes and checksum stand behind each member (a data
// descriptor) and in the directory at the end, where NumPy and every other random reader look. So pipes get archives
// too. Every member has the date 1980-01-01: the same matrices make the same bytes.

struct ZIPWriter {
  private struct Member {
    let name: [UInt8]
    let offset: Int
    let isWide: Bool
    var crc: CRC32
    var byteCount = 0
    var compressedByteCount = 0
  }

  private var members: [Member] = []
  private var encoder: Encoder?
  private let isCompressed: Bool
  private let path: String
  private let wideByteCount: Int

  /// - Parameter wideByteCount: from here on sizes and offsets are written in 64 bits. Below 4 GiB, since deflate makes
  ///   a little more of what it cannot pack; tests take less.
  init(for path: String, isCompressed: Bool, wideByteCount: Int = 0xf000_0000) {
    self.path = path
    self.isCompressed = isCompressed
    self.wideByteCount = wideByteCount
  }

  /// - Parameter byteCount: of the content, which follows in any number of pieces.
  mutating func begin(_ name: String, byteCount: Int, in file: inout OutputFile) throws(FileError) {
    let member = Member(
      name: Array(name.utf8), offset: file.byteCount, isWide: byteCount >= wideByteCount, crc: try CRC32(for: path)
    )
    guard member.name.count <= 65_535 else { throw FileError(.cannotCreate, path, "a name has more than 65,535 bytes") }
    var header: [UInt8] = []
    header.append(0x0403_4b50, 4)
    header += fixedFields(member)
    header.append(0, 4)
    for _ in 0..<2 { header.append(member.isWide ? 0xffff_ffff : 0, 4) }
    header.append(member.name.count, 2)
    header.append(member.isWide ? 20 : 0, 2)
    header += member.name
    if member.isWide {
      header.append(1, 2)
      header.append(16, 2)
      header += [UInt8](repeating: 0, count: 16)
    }
    try file.write(header)
    members.append(member)
    encoder = isCompressed ? try Encoder(.deflate, for: path) : nil
  }

  mutating func append(_ bytes: RawSpan, to file: inout OutputFile) throws(FileError) {
    let last = members.count - 1
    members[last].crc.append(bytes)
    members[last].byteCount += bytes.byteCount
    guard let encoder else { return try file.write(bytes) }
    try encoder.encode(bytes) { (piece) throws(FileError) in try file.write(piece) }
  }

  mutating func end(in file: inout OutputFile) throws(FileError) {
    try encoder?.finish { (piece) throws(FileError) in try file.write(piece) }
    let last = members.count - 1
    var member = members[last]
    let headerCount = 30 + member.name.count + (member.isWide ? 20 : 0)
    member.compressedByteCount = file.byteCount - member.offset - headerCount
    members[last] = member
    var descriptor: [UInt8] = []
    descriptor.append(0x0807_4b50, 4)
    descriptor.append(Int(member.crc.value), 4)
    descriptor.append(member.compressedByteCount, member.isWide ? 8 : 4)
    descriptor.append(member.byteCount, member.isWide ? 8 : 4)
    try file.write(descriptor)
  }

  /// The directory.
  func finish(in file: inout OutputFile) throws(FileError) {
    let start = file.byteCount
    for member in members { try file.write(entry(member)) }
    let byteCount = file.byteCount - start
    var end: [UInt8] = []
    let isWide = members.count >= 0xffff || start >= wideByteCount
    if isWide {
      end.append(0x0606_4b50, 4)
      end.append(44, 8)
      for version in [45, 45] { end.append(version, 2) }
      for disk in [0, 0] { end.append(disk, 4) }
      for number in [members.count, members.count, byteCount, start] { end.append(number, 8) }
      end.append(0x0706_4b50, 4)
      end.append(0, 4)
      end.append(start + byteCount, 8)
      end.append(1, 4)
    }
    end.append(0x0605_4b50, 4)
    end.append(0, 4)
    for _ in 0..<2 { end.append(isWide ? 0xffff : members.count, 2) }
    end.append(isWide ? 0xffff_ffff : byteCount, 4)
    end.append(isWide ? 0xffff_ffff : start, 4)
    end.append(0, 2)
    try file.write(end)
  }

  private func entry(_ member: Member) -> [UInt8] {
    let isWide = member.isWide || member.offset >= wideByteCount
    var entry: [UInt8] = []
    entry.append(0x0201_4b50, 4)
    entry.append(3 << 8 | 45, 2)  // made on Unix
    entry += fixedFields(member)
    entry.append(Int(member.crc.value), 4)
    entry.append(isWide ? 0xffff_ffff : member.compressedByteCount, 4)
    entry.append(isWide ? 0xffff_ffff : member.byteCount, 4)
    entry.append(member.name.count, 2)
    entry.append(isWide ? 28 : 0, 2)
    entry.append(0, 2 + 2 + 2)
    entry.append(0o100644 << 16, 4)
    entry.append(isWide ? 0xffff_ffff : member.offset, 4)
    entry += member.name
    if isWide {
      entry.append(1, 2)
      entry.append(24, 2)
      for number in [member.byteCount, member.compressedByteCount, member.offset] { entry.append(number, 8) }
    }
    return entry
  }

  /// Version needed, flags (sizes follow; the name is UTF-8), method, time and date: the same in both headers.
  private func fixedFields(_ member: Member) -> [UInt8] {
    var fields: [UInt8] = []
    fields.append(member.isWide ? 45 : 20, 2)
    fields.append(0x0808, 2)
    fields.append(isCompressed ? 8 : 0, 2)
    fields.append(0, 2)
    fields.append(0x21, 2)
    return fields
  }
}

extension [UInt8] {
  /// Appends the low bytes of a number that is not negative, the lowest first.
  mutating func append(_ number: Int, _ byteCount: Int) {
    for k in 0..<byteCount { append(UInt8(truncatingIfNeeded: k < 8 ? number >> (8 * k) : 0)) }
  }
}
