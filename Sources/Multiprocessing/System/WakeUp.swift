// SPDX-License-Identifier: Apache-2.0
// Something to wait for beside processes: a descriptor that another thread of this process makes readable.

import CPOSIX
import Glibc

/// A flag with a descriptor: raised from any thread, seen by `waitForAny`.
public final class WakeUp: Sendable {
  private let readEnd: Descriptor
  private let writeEnd: Descriptor

  public init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let piped = unsafe cposix_wake_up_pipe(&ends)
    guard piped == 0 else {
      throw SystemError(
        "pipe2", errno: -piped, "Cannot open a pipe to be woken by; raise the limit on open files (ulimit -n).")
    }
    readEnd = Descriptor(owning: ends[0])
    writeEnd = Descriptor(owning: ends[1])
  }

  /// Polls readable while the flag is raised; stays owned here.
  public var descriptorNumber: Int32 { readEnd.number }

  /// Raising a raised flag changes nothing: a full pipe is raised enough.
  public func raise() {
    var byte: UInt8 = 1
    _ = unsafe write(writeEnd.number, &byte, 1)
  }

  public func lower() {
    var bytes = [UInt8](repeating: 0, count: 256)
    while unsafe read(readEnd.number, &bytes, bytes.count) == bytes.count {}
  }
}
