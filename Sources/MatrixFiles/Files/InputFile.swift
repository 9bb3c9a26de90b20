// SPDX-License-Identifier: Apache-2.0
// Bytes being read: a file, a part of one, or what is compressed in it. Read with `pread` into memory of our own, never
// mapped: a file that another process cuts short would end ours with SIGBUS (F55); here it is an error.

package struct InputFile: ~Copyable, Sendable {
  /// As the caller wrote it.
  let path: String
  /// Of the content, when it was opened. Nothing is allocated that a content of this size cannot fill.
  package let byteCount: Int
  /// What the whole file is compressed by.
  let compression: Compression?
  private let source: Source

  private enum Source {
    case file(OpenFile, from: Int)
    case decompressed(DecompressedBytes)
  }

  /// Several threads read it at once, each where it likes. What is compressed is read in its order, or from the start again.
  var isReadAnywhere: Bool { if case .file = source { true } else { false } }

  /// Opens a file, and looks through gzip and zstd where it begins as one of them.
  ///
  /// - Throws: `.unreadable` for everything but a regular file that we may read.
  package init(_ path: String) throws(FileError) { try self.init(OpenFile(path)) }

  init(_ file: OpenFile) throws(FileError) {
    let plain = InputFile(file, 0..<file.byteCount)
    guard let compression = Compression(head: try plain.head(4)) else {
      self = plain
      return
    }
    let content = try DecompressedBytes(
      file, 0..<file.byteCount, kind: compression == .gzip ? .gunzip : .unzstd)
    path = file.path
    byteCount = content.byteCount
    self.compression = compression
    source = .decompressed(content)
  }

  /// Bytes of the file as they are.
  init(_ file: OpenFile, _ range: Range<Int>) {
    path = file.path
    byteCount = range.count
    compression = nil
    source = .file(file, from: range.lowerBound)
  }

  /// A member of an archive.
  init(_ content: DecompressedBytes, path: String) {
    self.path = path
    byteCount = content.byteCount
    compression = nil
    source = .decompressed(content)
  }

  /// Fills `range` of `bytes` (all of it, if none is given) from `offset` in the file on.
  func read(into bytes: inout MutableRawSpan, _ range: Range<Int>? = nil, at offset: Int) throws(FileError) {
    let range = range ?? 0..<bytes.byteCount
    guard try readUpTo(&bytes, range, at: offset) == range.count else {
      throw FileError(.unreadable, path, "the file became shorter while it was read; read it again when it is complete")
    }
  }

  /// The same, or as much of it as the file has; returns the bytes read.
  ///
  /// Of a file that is no part, also what was appended after it was opened: readers of text tell that it grew.
  func readUpTo(_ bytes: inout MutableRawSpan, _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    switch source {
    case .decompressed(let content): return try content.read(into: &bytes, range, at: offset)
    case .file(let file, from: let start):
      var range = range
      if byteCount < file.byteCount {
        range = range.lowerBound..<range.lowerBound + max(0, min(range.count, byteCount - offset))
      }
      return try file.read(into: &bytes, range, at: start + offset)
    }
  }

  /// The same for an array that is used as a buffer.
  func readUpTo(_ bytes: inout [UInt8], _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes  // any byte is a UInt8
    return try readUpTo(&raw, range, at: offset)
  }

  /// The first bytes of the file: `count` of them, or all there are.
  package func head(_ count: Int, at offset: Int = 0) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, min(count, byteCount - offset)))
    let read = try readUpTo(&bytes, 0..<bytes.count, at: offset)
    return Array(bytes.prefix(read))
  }
}
