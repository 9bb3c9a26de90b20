// SPDX-License-Identifier: Apache-2.0
// A regular file, open for reading, shared by the InputFiles that look at parts of it: the whole, or members of an
// archive. Its size is taken from the open descriptor.

import Glibc

final class OpenFile: Sendable {
  /// As the caller wrote it, for errors.
  let path: String
  let byteCount: Int
  private let descriptor: OwnedDescriptor

  /// - Parameter name: what is opened, where `path` names a member behind it.
  /// - Throws: `.unreadable` for everything but a regular file that we may read.
  init(_ path: String, name: String? = nil) throws(FileError) {
    let name = name ?? path
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw FileError(.unreadable, path, "this is not a path: it is empty or contains a NUL character")
    }
    // Without O_NONBLOCK, opening a pipe nobody writes to would wait for ever before we can see that it is one.
    let flags = O_RDONLY | O_NOCTTY | O_NONBLOCK
    let opened = try Self.asking(path) { () throws(Errno) in try OwnedDescriptor(opening: name, flags: flags) }
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

  /// Fills `range` of `bytes` from `offset` in the file on, or as much of it as the file has; returns the bytes read.
  func read(into bytes: inout MutableRawSpan, _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    try Self.asking(path) { () throws(Errno) in
      try readAll(into: &bytes, range, from: descriptor.number, at: offset)
    }
  }

  /// The same for an array that is used as a buffer.
  func read(into bytes: inout [UInt8], _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes  // any byte is a UInt8
    return try read(into: &raw, range, at: offset)
  }

  private static func asking<R: ~Copyable>(
    _ path: String, _ call: () throws(Errno) -> R
  ) throws(FileError) -> R {
    do { return try call() } catch { throw FileError(.unreadable, path, meaning(of: error.number)) }
  }
}
