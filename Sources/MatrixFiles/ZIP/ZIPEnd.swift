// SPDX-License-Identifier: Apache-2.0
// The record at the end of a ZIP archive, which says where its directory is; that of ZIP64 too. And the reader of small
// binary structures that the parsers here walk with.

/// Where the directory lies, and how many members it has.
struct ZIPEnd {
  let directory: Range<Int>
  let memberCount: Int

  init(_ file: OpenFile) throws(FileError) {
    // The record has 22 bytes and a comment of 65,535 at most, and it is the last thing in the file.
    let tailCount = min(file.byteCount, 22 + 65_535)
    let tailStart = file.byteCount - tailCount
    let tail = try InputFile(file, tailStart..<file.byteCount).head(tailCount)
    guard let place = Self.record(in: tail) else {
      throw FileError(
        .malformed, file.path,
        "it is a ZIP archive without a directory at its end; it is cut short, or has bytes too many")
    }
    var reader = LittleEndianReader(
      Array(tail[place...]), path: file.path, offset: tailStart + place, what: "end of the ZIP archive")
    try reader.skip(4)
    var disks = [try reader.integer(2), try reader.integer(2)]
    var counts = [try reader.integer(2), try reader.integer(2)]
    var (byteCount, offset) = (try reader.integer(4), try reader.integer(4))
    var recordStart = tailStart + place
    if counts[1] == 0xffff || byteCount == 0xffff_ffff || offset == 0xffff_ffff, place >= 20,
      tail[place - 20..<place - 16].elementsEqual([0x50, 0x4b, 0x06, 0x07])
    {
      var locator = LittleEndianReader(
        Array(tail[place - 16..<place]), path: file.path, offset: recordStart - 16, what: "ZIP64 locator")
      try locator.skip(4)
      let start = try locator.integer(8)
      guard start <= recordStart - 20 - 56 else { throw locator.problem("its record is outside the file") }
      var wide = LittleEndianReader(
        try InputFile(file, start..<recordStart - 20).head(56), path: file.path, offset: start, what: "ZIP64 record")
      guard try wide.integer(4) == 0x0606_4b50 else { throw wide.problem("it does not begin as one", at: start) }
      try wide.skip(12)
      disks = [try wide.integer(4), try wide.integer(4)]
      counts = [try wide.integer(8), try wide.integer(8)]
      (byteCount, offset) = (try wide.integer(8), try wide.integer(8))
      recordStart = start
    }
    guard disks == [0, 0], counts[0] == counts[1] else {
      throw FileError(.unsupported, file.path, "it is a part of a ZIP archive in several files; join them first")
    }
    guard byteCount <= ZIPArchive.directoryLimit else {
      throw reader.problem("a directory of \(byteCount) bytes; more than \(ZIPArchive.directoryLimit) are not read")
    }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end == recordStart else {
      throw reader.problem("the directory does not end where this record begins; something was put before or between")
    }
    directory = offset..<end
    memberCount = counts[0]
  }

  /// The last mark whose comment reaches exactly to the end.
  private static func record(in tail: [UInt8]) -> Int? {
    guard tail.count >= 22 else { return nil }
    for place in stride(from: tail.count - 22, through: 0, by: -1)
    where tail[place] == 0x50 && tail[place...].starts(with: ZIPArchive.emptyMark) {
      if Int(tail[place + 20]) | Int(tail[place + 21]) << 8 == tail.count - place - 22 { return place }
    }
    return nil
  }
}

/// Walks over a small binary structure; every step is checked.
struct LittleEndianReader {
  let path: String
  private let content: [UInt8]
  private let offset: Int
  private let what: String
  private var position = 0

  /// - Parameter offset: of `content` in its file, for errors.
  init(_ content: [UInt8], path: String, offset: Int, what: String) {
    (self.content, self.path, self.offset, self.what) = (content, path, offset, what)
  }

  var isAtEnd: Bool { position == content.count }
  var rest: Int { content.count - position }
  /// In the file.
  var place: Int { offset + position }

  mutating func skip(_ count: Int) throws(FileError) { _ = try bytes(count) }

  mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    guard count >= 0, count <= rest else { throw problem("it ends before its parts do") }
    position += count
    return Array(content[position - count..<position])
  }

  /// A number of 2, 4 or 8 bytes.
  mutating func integer(_ count: Int) throws(FileError) -> Int {
    var value: UInt64 = 0
    for byte in try bytes(count).reversed() { value = value << 8 | UInt64(byte) }
    guard let result = Int(exactly: value) else { throw problem("a number past 2^63") }
    return result
  }

  func problem(_ sentence: String, at place: Int? = nil) -> FileError {
    FileError(.malformed, path, "\(what), byte \(place ?? self.place): \(sentence)")
  }
}
