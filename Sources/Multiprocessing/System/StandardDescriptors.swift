// SPDX-License-Identifier: Apache-2.0
// Descriptors 0, 1 and 2 exist, whatever the program was started with (`weft <&- >&- 2>&-`). Called first thing by the
// command line and by every worker: otherwise the next file opened becomes standard output and fills with messages.

import Glibc

/// The descriptors 0, 1 and 2.
public enum StandardDescriptors {
  /// Opens /dev/null on each of 0, 1 and 2 that is closed, the wrong way round: reading from 0 and writing to 1 or 2 still
  /// fails with EBADF, so that output to nowhere is an error and not a success. Does nothing where /dev/null cannot be opened.
  public static func ensureOpen() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 {
      // The lowest free number is this one: those below are open by now.
      let opened = unsafe open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
      if opened > 2 { _ = close(opened) }
    }
  }

  /// Writes to descriptor 2 without buffering, as a process does just before it ends. Failure is ignored: there is
  /// nowhere left to report it.
  public static func complain(_ sentence: String) {
    var line = sentence + "\n"
    line.withUTF8 { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
  }
}
