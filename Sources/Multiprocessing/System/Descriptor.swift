// SPDX-License-Identifier: Apache-2.0
// A file descriptor with exactly one owner, closed when the owner goes. Everything here that opens one hands out this
// type; a bare number is only ever a loan.

import Glibc

/// An open file descriptor, closed in `deinit`.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, on loan: valid while this value lives.
  public let number: Int32

  /// Takes over `number`, which nothing else may close.
  public init(owning number: Int32) {
    precondition(number >= 0, "a descriptor number is never negative")
    self.number = number
  }

  /// A second descriptor (close-on-exec) for the same open file.
  public init(duplicating number: Int32) throws(SystemError) {
    // From 3 on, so that it never becomes the standard input of a program that started with it closed.
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else {
      throw SystemError("fcntl", errno: errno, "Cannot duplicate descriptor \(number); raise the limit with ulimit -n.")
    }
    self.number = copy
  }

  /// Gives the number up: the caller closes it from now on.
  public consuming func release() -> Int32 {
    let number = self.number
    discard self
    return number
  }

  // close is not repeated on EINTR: Linux has freed the number by then, and another thread may own it already.
  deinit { _ = close(number) }
}
