// SPDX-License-Identifier: Apache-2.0
// A ZIP archive as a list of members, and the bytes of one: what .npz needs of APPNOTE.TXT 6.3.10, and nothing of what
// makes archives dangerous (F52). No size is believed before it was compared with the file, members may not lie upon
// each other, names are names and never paths, and every member's CRC-32 is verified before its bytes are handed out.

/// The directory of an archive.
struct ZIPArchive {
  struct Member {
    let name: [UInt8]
    let flags: Int
    let method: Int
    let crc: UInt32
    let compressedByteCount: Int
    let byteCount: Int
    /// Of its local header.
    let offset: Int
    /// Where the next member, or the directory, begins.
    var limit = 0
  }

  let members: [Member]
  private let file: OpenFile

  static let mark: [UInt8] = [0x50, 0x4b, 0x03, 0x04]
  /// The mark of an archive without members.
  static let emptyMark: [UInt8] = [0x50, 0x4b, 0x05, 0x06]
  /// Largest directory that is read: a hundred thousand members.
  static let directoryLimit = 8 << 20

  init(_ file: OpenFile) throws(FileError) {
    self.file = file
    let end = try ZIPEnd(file)
    var reader = LittleEndianReader(
      try InputFile(file, end.directory).head(end.directory.count), path: file.path, offset: end.directory.lowerBound,
      what: "ZIP directory")
    var members: [Member] = []
    while !reader.isAtEnd { members.append(try Self.member(&reader)) }
    guard members.count == end.memberCount else {
      throw FileError(
        .malformed, file.path, "its ZIP directory has \(members.count) members and claims \(end.memberCount)")
    }
    // In the order of the file each member must end before the next begins.
    let order = members.indices.sorted { members[$0].offset < members[$1].offset }
    for (k, index) in order.enumerated() {
      let limit = k + 1 < order.count ? members[order[k + 1]].offset : end.directory.lowerBound
      let member = members[index]
      let room = limit - member.offset - 30 - member.name.count
      guard room >= 0, member.compressedByteCount <= room else {
        throw FileError(
          .malformed, file.path,
          "its member \(excerpt(member.name)) at byte \(member.offset) reaches past byte \(limit), where another begins"
        )
      }
      members[index].limit = limit
    }
    self.members = members
  }

  private static func member(_ reader: inout LittleEndianReader) throws(FileError) -> Member {
    let start = reader.place
    guard try reader.integer(4) == 0x0201_4b50 else { throw reader.problem("no member begins", at: start) }
    try reader.skip(4)
    let (flags, method) = (try reader.integer(2), try reader.integer(2))
    try reader.skip(4)
    let crc = UInt32(truncatingIfNeeded: try reader.integer(4))
    var (compressed, count) = (try reader.integer(4), try reader.integer(4))
    let (nameCount, extraCount, commentCount) = (
      try reader.integer(2), try reader.integer(2), try reader.integer(2)
    )
    try reader.skip(8)
    var offset = try reader.integer(4)
    let name = try reader.bytes(nameCount)
    var extra = LittleEndianReader(
      try reader.bytes(extraCount), path: reader.path, offset: reader.place - extraCount, what: "ZIP directory")
    // What does not fit 32 bits stands in the extra field 1, in this order, and only what does not.
    while extra.rest >= 4 {
      let (id, size) = (try extra.integer(2), try extra.integer(2))
      var field = LittleEndianReader(
        try extra.bytes(size), path: reader.path, offset: extra.place - size, what: "ZIP directory")
      guard id == 1 else { continue }
      if count == 0xffff_ffff { count = try field.integer(8) }
      if compressed == 0xffff_ffff { compressed = try field.integer(8) }
      if offset == 0xffff_ffff { offset = try field.integer(8) }
    }
    try reader.skip(commentCount)
    return Member(
      name: name, flags: flags, method: method, crc: crc, compressedByteCount: compressed, byteCount: count,
      offset: offset)
  }

  /// The bytes of a member.
  ///
  /// - Parameter isVerified: compare a stored member with its checksum now, which reads it once; a compressed one
  ///   always is.
  func content(of member: Member, isVerified: Bool) throws(FileError) -> InputFile {
    let path = file.path
    let name = excerpt(member.name)
    guard member.flags & 0x2041 == 0 else {
      throw FileError(.unsupported, path, "its member \(name) is encrypted; save it without a password")
    }
    guard member.method == 0 || member.method == 8 else {
      throw FileError(
        .unsupported, path,
        "its member \(name) is packed by ZIP method \(member.method); save it stored or deflated (np.savez_compressed)")
    }
    let start = member.offset
    var local = LittleEndianReader(
      try InputFile(file, start..<member.limit).head(30 + member.name.count), path: path, offset: start,
      what: "ZIP member")
    guard try local.integer(4) == 0x0403_4b50 else { throw local.problem("no member begins", at: start) }
    try local.skip(2)
    let (flags, method) = (try local.integer(2), try local.integer(2))
    try local.skip(16)
    let (nameCount, extraCount) = (try local.integer(2), try local.integer(2))
    guard method == member.method, flags & 1 == 0, nameCount == member.name.count,
      try local.bytes(nameCount) == member.name
    else { throw local.problem("a member is another than in the directory", at: start) }
    let dataStart = start + 30 + nameCount + extraCount
    guard dataStart <= member.limit, member.compressedByteCount <= member.limit - dataStart else {
      throw local.problem("member \(name) reaches past byte \(member.limit), where another begins", at: start)
    }
    let range = dataStart..<dataStart + member.compressedByteCount
    if member.method == 8 {
      let bytes = try DecompressedBytes(
        file, range, kind: .inflate, declared: (byteCount: member.byteCount, crc: member.crc))
      return InputFile(bytes, path: path)
    }
    guard member.compressedByteCount == member.byteCount else {
      throw local.problem("member \(name) is stored and has two sizes", at: start)
    }
    let content = InputFile(file, range)
    if isVerified { try verify(content, member.crc) }
    return content
  }

  private func verify(_ content: borrowing InputFile, _ crc: UInt32) throws(FileError) {
    var found = try CRC32(for: file.path)
    var piece = [UInt8](repeating: 0, count: min(1 << 18, content.byteCount))
    var done = 0
    while done < content.byteCount {
      let count = try content.readUpTo(&piece, 0..<min(piece.count, content.byteCount - done), at: done)
      guard count > 0 else { throw FileError(.unreadable, file.path, "the file became shorter while it was read") }
      found.append(piece, count)
      done += count
    }
    guard found.value == crc else { throw DecompressedBytes.wrongChecksum(file.path) }
  }
}
