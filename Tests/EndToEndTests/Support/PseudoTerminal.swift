// SPDX-License-Identifier: Apache-2.0
//
// A terminal for a program to write to, and what it wrote.

import Glibc

final class PseudoTerminal {
  private let near: Int32
  /// Kept open, so that what was written stays readable after the program's end.
  private let far: Int32
  /// For `Command.Output.file`.
  let path: String
  private(set) var bytes: [UInt8] = []

  init?() {
    // What `posix_openpt`, `unlockpt` and `ptsname` do, which Swift's Glibc leaves out; the numbers are those of x86-64
    // and arm64.
    near = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (isLocked, number): (Int32, Int32) = (0, 0)
    let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    guard near >= 0, unsafe ioctl(near, setLock, &isLocked) == 0, unsafe ioctl(near, getNumber, &number) == 0 else {
      return nil
    }
    path = "/dev/pts/\(number)"
    far = unsafe open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard far >= 0 else { return nil }
    _ = fcntl(near, F_SETFL, O_NONBLOCK)
  }

  /// Takes what has been written, so that the program never waits for a reader.
  func drain() {
    while true {
      let part = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
        unsafe count = max(0, read(near, buffer.baseAddress, 4096))
      }
      if part.isEmpty { return }
      bytes += part
    }
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  deinit {
    close(near)
    close(far)
  }
}
