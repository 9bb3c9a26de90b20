// SPDX-License-Identifier: Apache-2.0
// A file being read: opened once, its size taken from the open descriptor, read with `pread` into memory of our own.
// Never mapped: a file that another process cuts short would end ours with SIGBUS (F55); here it is an error.

import Glibc

package struct InputFile: ~Copyable {
  package let path: String
  /// When it was opened. Nothing is allocated that a file of this size cannot fill.
  package let byteCount: Int
  private let descriptor: OwnedDescriptor

  /// - Throws: `.unreadable` for everything but a regular file that we may read.
  package init(_ path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.unreadable, path, "this is not a path: it is empty or contains a NUL character")
    }
    // Without O_NONBLOCK, opening a pipe nobody writes to would wait for ever before we can see that it is one.
    let flags = O_RDONLY | O_NOCTTY | O_NONBLOCK
    let opened = try Self.asking(path) { () throws(Errno) in try OwnedDescriptor(opening: path, flags: flags) }
    let number = opened.number
    let status = try Self.asking(path) { () throws(Errno) in try FileStatus(descriptor: number) }
    switch status.kind {
    case .regular: break
    case .directory: throw FileError(.unreadable, path, "it is a directory; name a file in it")
    default:
      throw FileError(.unreadable, path, "it is a pipe or device, whose size is not known; save it to a file first")
    }
    self.path = path
    byteCount = status.byteCount
    descriptor = opened
  }

  /// Fills `range` of `bytes` (all of it, if none is given) from `offset` in the file on.
  func read(into bytes: inout MutableRawSpan, _ range: Range<Int>? = nil, at offset: Int) throws(FileError) {
    let range = range ?? 0..<bytes.byteCount
    guard try readUpTo(&bytes, range, at: offset) == range.count else {
      throw FileError(.unreadable, path, "the file became shorter while it was read; read it again when it is complete")
    }
  }

  /// The same, or as much of it as the file has; returns the bytes read.
  func readUpTo(_ bytes: inout MutableRawSpan, _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    try Self.asking(path) { () throws(Errno) in
      try readAll(into: &bytes, range, from: descriptor.number, at: offset)
    }
  }

  private static func asking<R: ~Copyable>(
    _ path: String, _ call: () throws(Errno) -> R
  ) throws(FileError) -> R {
    do { return try call() } catch { throw FileError(.unreadable, path, meaning(of: error.number)) }
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
