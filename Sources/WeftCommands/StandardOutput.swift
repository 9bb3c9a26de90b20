// SPDX-License-Identifier: Apache-2.0
//
// Text to the standard streams, written at once and checked: `print` would swallow a full disk and a closed pipe.

import Glibc

enum StandardOutput {
  /// The reader of the pipe has gone (`weft … | head`).
  struct ReaderGone: Error {}

  /// Anything else that keeps the text from being written.
  struct WriteFailed: Error, CustomStringConvertible {
    let number: Int32
    var description: String {
      switch number {
      case ENOSPC, EDQUOT: "standard output: no space is left on the file system; free some or write elsewhere"
      case EBADF: "standard output: it is not open for writing; redirect it, or add --quiet"
      case EFBIG: "standard output: the file would pass the size limit of this process (see ulimit -f)"
      default: "standard output: writing failed (error \(number)); check where it leads"
      }
    }
  }

  /// Writes to standard output, or to standard error where `toError` says so.
  ///
  /// - Throws: `ReaderGone` or `WriteFailed`. Standard error is different: a summary that cannot be shown there is no
  ///   reason to call a finished matrix a failure.
  static func write(_ text: String, toError: Bool = false) throws {
    do { try write(text, to: toError ? 2 : 1) } catch { if !toError { throw error } }
  }

  private static func write(_ text: String, to descriptor: Int32) throws {
    var text = text
    try text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let written = unsafe Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if written > 0 {
          offset += written
          continue
        }
        switch errno {
        case EINTR: continue
        case EPIPE: throw ReaderGone()
        case EAGAIN:
          // Somebody made the terminal or pipe non-blocking; it is theirs too, so it stays so.
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = unsafe poll(&wait, 1, -1)
        case let number: throw WriteFailed(number: number)
        }
      }
    }
  }
}
