// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Ends a process that hangs in a call to MPI: whom it waits for is stopped, or cut off.
enum Watchdog {
  /// What an orderly end may take after the limit.
  private static let grace = 10.0

  static func start(seconds: Double) {
    signal(SIGALRM) { _ in
      let sentence: StaticString = "weft-mpi: the deadline has come, and other ranks do not answer\n"
      _ = unsafe write(2, sentence.utf8Start, sentence.utf8CodeUnitCount)
      _exit(75)
    }
    alarm(UInt32(min(seconds + grace, 4e9).rounded(.up)))
  }
}
