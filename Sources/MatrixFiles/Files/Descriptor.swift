// SPDX-License-Identifier: Apache-2.0
// Descriptors of files, and the only loops around `write` and `pread`: short counts, EINTR, EAGAIN, and the two signals
// that a write can raise are handled here and nowhere else. Used by OutputFile and InputFile.

import Glibc

/// An error number of the system, as a value.
package struct Errno: Error, Hashable, CustomStringConvertible {
  package let number: Int32
  package var description: String { meaning(of: number) }
  package init(_ number: Int32) { self.number = number }
  static var current: Errno { Errno(errno) }
}

/// An open descriptor, closed with its owner.
struct OwnedDescriptor: ~Copyable, Sendable {
  let number: Int32
  init(owning number: Int32) { self.number = number }
  deinit { close(number) }

  /// `openat`, again after EINTR. `O_CLOEXEC` is added: no worker may inherit a lock or half-written file.
  init(opening path: String, at directory: Int32 = AT_FDCWD, flags: Int32, mode: mode_t = 0o666) throws(Errno) {
    while true {
      let number = unsafe openat(directory, path, flags | O_CLOEXEC, mode)
      if number >= 0 {
        self.number = number
        return
      }
      guard errno == EINTR else { throw Errno.current }
    }
  }
}

/// What `stat` tells that matters here.
struct FileStatus: Equatable {
  enum Kind { case regular, directory, symbolicLink, pipe, characterDevice, blockDevice, socket }
  let kind: Kind
  /// Permission bits, with set-user-ID and its like.
  let mode: mode_t
  let owner: uid_t
  let group: gid_t
  let byteCount: Int
  let linkCount: Int
  let device: UInt
  let inode: UInt

  init(at path: String, in directory: Int32 = AT_FDCWD, followingLink: Bool) throws(Errno) {
    var status = stat()
    let flags = followingLink ? 0 : AT_SYMLINK_NOFOLLOW
    guard unsafe fstatat(directory, path, &status, flags) == 0 else { throw Errno.current }
    self.init(status)
  }

  init(descriptor: Int32) throws(Errno) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Errno.current }
    self.init(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .directory
      case S_IFLNK: .symbolicLink
      case S_IFIFO: .pipe
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      case S_IFSOCK: .socket
      default: .regular
      }
    mode = status.st_mode & 0o7777
    owner = status.st_uid
    group = status.st_gid
    byteCount = Int(status.st_size)
    linkCount = Int(status.st_nlink)
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
  }
}

/// The most that Linux moves in one `read` or `write`, whatever was asked for.
package let systemPieceLimit = 0x7fff_f000

/// Writes all bytes, in as few calls as the system allows.
///
/// - Parameter isCancelled: asked after an interrupting signal and, on a pipe that is full, every 50 ms.
/// - Throws: the error number; `ECANCELED` when `isCancelled` answered true.
package func writeAll(
  _ bytes: RawSpan, to descriptor: Int32, pieceLimit: Int = systemPieceLimit, isCancelled: (() -> Bool)? = nil
) throws(Errno) {
  var offset = 0
  while offset < bytes.byteCount {
    let wanted = min(bytes.byteCount - offset, pieceLimit)
    let (written, error) = withoutWriteSignals {
      unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress! + offset, wanted) }
    }
    if written > 0 {
      offset += written
      continue
    }
    switch error {
    case EINTR: break
    case EAGAIN: waitUntilWritable(descriptor)
    default: throw Errno(written == 0 ? EIO : error)  // a write of no bytes without an error would loop for ever
    }
    if let isCancelled, isCancelled() { throw Errno(ECANCELED) }
  }
}

/// Writes all bytes from `offset` in the file on, wherever its position is.
///
/// - Throws: the error number.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int) throws(Errno) {
  var done = 0
  while done < bytes.count {
    let wanted = min(bytes.count - done, systemPieceLimit)
    let (written, error) = withoutWriteSignals {
      unsafe pwrite(descriptor, bytes.baseAddress! + done, wanted, off_t(offset + done))
    }
    if written > 0 {
      done += written
    } else if error != EINTR || written == 0 {
      throw Errno(written == 0 ? EIO : error)
    }
  }
}

/// The same for a small array.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) throws(Errno) {
  try unsafe bytes.span.bytes.withUnsafeBytes { (bytes) throws(Errno) in
    try unsafe writeAll(bytes, to: descriptor, at: offset)
  }
}

private func waitUntilWritable(_ descriptor: Int32) {
  var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
  _ = unsafe poll(&wait, 1, 50)
}

/// Runs one system call with SIGPIPE and SIGXFSZ held back in this thread and taken away if the call raised them: a
/// closed pipe or a file size limit is then an error number, not the end of the process. Not by ignoring the two:
/// dispositions belong to the whole program, and this is a library.
func withoutWriteSignals(_ call: () -> Int) -> (result: Int, error: Int32) {
  var raised = sigset_t()
  var before = sigset_t()
  var pending = sigset_t()
  unsafe sigemptyset(&raised)
  unsafe sigaddset(&raised, SIGPIPE)
  unsafe sigaddset(&raised, SIGXFSZ)
  unsafe sigpending(&pending)
  unsafe pthread_sigmask(SIG_BLOCK, &raised, &before)
  let result = call()
  let error = errno
  let signal = error == EPIPE ? SIGPIPE : SIGXFSZ
  if result < 0, error == EPIPE || error == EFBIG, unsafe sigismember(&pending, signal) == 0 {
    var immediately = timespec()
    while unsafe sigtimedwait(&raised, nil, &immediately) < 0, errno == EINTR {}
  }
  unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  return (result, error)
}

/// Fills `bytes` from `offset` in the file on, or as much of it as the file has; returns the bytes read.
package func readAll(
  into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int
) throws(Errno) -> Int {
  var done = 0
  while done < bytes.count {
    let wanted = min(bytes.count - done, systemPieceLimit)
    let count = unsafe pread(descriptor, bytes.baseAddress! + done, wanted, off_t(offset + done))
    if count == 0 { break }
    if count > 0 { done += count } else if errno != EINTR { throw Errno.current }
  }
  return done
}

/// `count` bytes from `offset` in the file on, or as many as there are.
package func readBytes(_ count: Int, from descriptor: Int32, at offset: Int) throws(Errno) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var span = bytes.mutableSpan
  var raw = unsafe span.mutableBytes  // any byte is a UInt8
  let read = try readAll(into: &raw, 0..<count, from: descriptor, at: offset)
  return read == count ? bytes : Array(bytes.prefix(read))
}

/// Fills `range` of `bytes` from `offset` in the file on, or as much of it as the file has.
///
/// - Returns: bytes read: fewer than asked for only at the end of the file.
func readAll(
  into bytes: inout MutableRawSpan, _ range: Range<Int>, from descriptor: Int32, at offset: Int
) throws(Errno) -> Int {
  precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "a read past the end of its memory")
  return try unsafe bytes.withUnsafeMutableBytes { (buffer) throws(Errno) in
    try unsafe readAll(into: UnsafeMutableRawBufferPointer(rebasing: buffer[range]), from: descriptor, at: offset)
  }
}
