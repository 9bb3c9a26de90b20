// SPDX-License-Identifier: Apache-2.0
// The one error of this module, and the words for the system's error numbers. Thrown by every reader and writer; the
// command line takes its exit code from here.

import Glibc

/// What went wrong with a file: `description` is one sentence with the path, the place in the file and a remedy.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of fault; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// What a command that ends because of it returns (sysexits.h).
    public let exitCode: Int32

    package init(description: String, exitCode: Int32) {
      self.description = description
      self.exitCode = exitCode
    }

    /// The input cannot be opened or read.
    public static let unreadable = Code(description: "unreadable", exitCode: 65)
    /// The input breaks the rules of its format.
    public static let malformed = Code(description: "malformed", exitCode: 65)
    /// The input is sound, but holds what a matrix of this type cannot.
    public static let unsupported = Code(description: "unsupported", exitCode: 65)
    /// A part was asked for that the matrix does not have.
    public static let outOfRange = Code(description: "outOfRange", exitCode: 65)
    /// No format was named and the path's extension does not tell.
    public static let unknownFormat = Code(description: "unknownFormat", exitCode: 64)
    /// More memory than the system gives.
    public static let outOfMemory = Code(description: "outOfMemory", exitCode: 69)
    /// The format needs a library that is not installed.
    public static let libraryUnavailable = Code(description: "libraryUnavailable", exitCode: 69)
    /// The output exists and may not be replaced.
    public static let exists = Code(description: "exists", exitCode: 73)
    /// The output cannot be created, or its format cannot hold the matrix.
    public static let cannotCreate = Code(description: "cannotCreate", exitCode: 73)
    /// Writing, syncing or renaming failed; the target is as it was.
    public static let writeFailed = Code(description: "writeFailed", exitCode: 74)
    /// Whoever read our output has gone (`weft … | head`): 128 + SIGPIPE, as the shell shows it.
    public static let brokenPipe = Code(description: "brokenPipe", exitCode: 141)
    /// `WriteOptions.isCancelled` answered true; the target is as it was.
    public static let cancelled = Code(description: "cancelled", exitCode: 74)
  }

  public let code: Code
  /// As the caller wrote it.
  public let path: String
  /// The sentence without the path.
  public let message: String

  package init(_ code: Code, _ path: String, _ message: String) {
    self.code = code
    self.path = path
    self.message = message
  }

  public var description: String { "\(printable(path)): \(message)" }
}

/// The text with control characters written as `\x1b`: names and fields of foreign files go to terminals.
func printable(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0..<32, 127..<160:
      let digits = String(scalar.value, radix: 16)
      result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A short, quoted piece of a file for an error sentence: 24 bytes at most, control characters escaped.
func excerpt(_ bytes: some Sequence<UInt8>) -> String {
  let limit = 24
  let head = Array(bytes.prefix(limit + 1))
  let text = printable(String(decoding: head.prefix(limit), as: UTF8.self))
  return "'\(text)\(head.count > limit ? "…" : "")'"
}

/// What the system meant by `errno`, with what to do about it. Own words, since `strerror` follows the locale.
func meaning(of errno: Int32) -> String {
  switch errno {
  case ENOSPC: "no space is left on the file system; free some or write elsewhere"
  case EDQUOT: "the disk quota is used up; free some space or write elsewhere"
  case EFBIG: "the file would pass the size limit of this process or file system (see ulimit -f)"
  case EIO: "the device reports an input/output error; do not trust it"
  case EACCES, EPERM: "permission is denied; check owner and mode of the file and its directory"
  case EROFS: "the file system is read-only; write elsewhere"
  case ENOENT: "no such file or directory"
  case ENOTDIR: "a part of the path is not a directory"
  case EISDIR: "it is a directory"
  case ENAMETOOLONG: "the name is too long"
  case ELOOP: "there are too many symbolic links in the path"
  case EMFILE, ENFILE: "too many files are open (see ulimit -n)"
  case ENOMEM: "the system is out of memory"
  case EBUSY, ETXTBSY: "the file is in use by the system"
  case ENXIO: "nobody serves this device, pipe or socket"
  case EBADF: "the descriptor is not open for this"
  case EPIPE: "the reader has gone"
  default: "the system reports error \(errno)"
  }
}
