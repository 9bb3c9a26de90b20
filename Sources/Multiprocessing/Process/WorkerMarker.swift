// SPDX-License-Identifier: Apache-2.0
// The environment variable that turns a started program into a worker: who starts it, which build, what to run.
// Written by WorkerProcess, read and removed by WorkerEntry, so that a worker's own children are ordinary programs.

import Glibc

/// The file behind /proc/self/exe: two processes with equal identities run the same build. Exec by /proc/self/exe keeps
/// it even after the program was replaced or deleted on disk.
package struct ExecutableIdentity: Equatable {
  package var device: UInt64
  package var inode: UInt64
  package var byteCount: Int64
  /// Nanoseconds since 1970.
  package var modified: Int64

  package static func ofThisProcess() throws(SystemError) -> ExecutableIdentity {
    var status = stat()
    guard unsafe stat("/proc/self/exe", &status) == 0 else {
      throw SystemError(
        "stat", errno: errno,
        "Cannot find this program's own file, /proc/self/exe; worker processes need /proc mounted.")
    }
    return ExecutableIdentity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), byteCount: Int64(status.st_size),
      modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
  }
}

/// The value of `WEFT_WORKER`.
package struct WorkerMarker: Equatable {
  /// As in worker_start.c.
  package static let variable = "WEFT_WORKER"
  /// How many workers are above a process; stays in a worker's environment.
  static let depthVariable = "WEFT_WORKER_DEPTH"
  /// Workers may start workers, but a program that starts them in every worker must end somewhere: at width 4 this is
  /// a thousand processes, still few enough to be stopped by hand.
  static let depthLimit = 5

  package var version = MessageHead.version
  package var coordinator: pid_t
  package var identity: ExecutableIdentity
  package var programName: String

  package init(coordinator: pid_t, identity: ExecutableIdentity, programName: String) {
    self.coordinator = coordinator
    self.identity = identity
    self.programName = programName
  }

  package var text: String {
    "\(version);\(coordinator);\(identity.device);\(identity.inode);\(identity.byteCount);\(identity.modified);\(programName)"
  }

  /// nil: not written by any version of this module.
  package init?(text: String) {
    let fields = text.split(separator: ";", omittingEmptySubsequences: false)
    guard fields.count == 7, let version = UInt8(fields[0]), let coordinator = pid_t(fields[1]),
      let device = UInt64(fields[2]), let inode = UInt64(fields[3]), let byteCount = Int64(fields[4]),
      let modified = Int64(fields[5]), coordinator > 0, !fields[6].isEmpty
    else { return nil }
    self.init(
      coordinator: coordinator,
      identity: ExecutableIdentity(device: device, inode: inode, byteCount: byteCount, modified: modified),
      programName: String(fields[6]))
    self.version = version
  }
}
