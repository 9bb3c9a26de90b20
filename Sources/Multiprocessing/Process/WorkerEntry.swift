// SPDX-License-Identifier: Apache-2.0
// A worker's life before and after its program. Called once, by the constructor in CPOSIX/worker_start.c, before `main`.
// Descriptors of a worker: 0 /dev/null, 1 and 2 the coordinator's standard error (1 of a ChildProcess: its standard
// output), 3 the channel, 4 a pidfd of the coordinator; nothing else is inherited.

import CPOSIX
import Glibc
import Synchronization

enum WorkerEntry {
  /// This process is a worker.
  static let isWorker = Atomic<Bool>(false)
  static let channelNumber: Int32 = 3
  /// Time for a program to return after the coordinator has closed the channel.
  static let graceMilliseconds: Int32 = 500

  /// Checks that a coordinator of this build started us, then runs the program. Never returns.
  static func run(marker text: String) -> Never {
    isWorker.store(true, ordering: .relaxed)
    StandardDescriptors.ensureOpen()
    // The worker's own children are ordinary programs.
    unsafe unsetenv(WorkerMarker.variable)
    guard let marker = WorkerMarker(text: text), cposix_is_channel(channelNumber) == 1 else {
      end(
        WorkerExit.usage,
        "\(WorkerMarker.variable) is set in the environment, but no coordinator started this process. "
          + "Unset it: it is only for worker processes, which the program starts by itself.")
    }
    guard marker.version == MessageHead.version, marker.identity == (try? ExecutableIdentity.ofThisProcess()) else {
      end(WorkerExit.mismatch, "This worker is of another build than its coordinator; start the whole program again.")
    }
    _ = fcntl(channelNumber, F_SETFD, FD_CLOEXEC)
    watchCoordinator(marker.coordinator)
    unsafe cposix_prepare_worker(CommandLine.unsafeArgv[0])
    guard let program = ProgramName.resolve(marker.programName) else {
      end(
        WorkerExit.software,
        "The worker does not find the type \(marker.programName). Link Multiprocessing into the program itself: as a "
          + "shared library it runs before the program's types are known.")
    }
    let channel = Channel(owning: Descriptor(owning: channelNumber), awaitsHello: false)
    FaultInjection.reach("worker.hello")
    do {
      try channel.sendHello(deadline: .in(seconds: 10))
    } catch {
      // The coordinator is gone already, and nobody is left to be told.
      end(128 + SIGHUP, nil)
    }
    // exit, not _exit: what the program printed is flushed, and its own atexit handlers run.
    exit(program.run(channel))
  }

  private static func watchCoordinator(_ pid: pid_t) {
    let parent = cposix_pidfd_open(pid)
    // Opened before the comparison: if it is still our parent now, the pidfd is of our parent and not of a later process
    // with its number. Compared with the number we were told, not with 1: orphans may go to any subreaper.
    if parent == -ESRCH || getppid() != pid { end(128 + SIGHUP, nil) }
    // Without pidfds in this place (seccomp), the channel alone tells of the coordinator's death.
    let started = cposix_watch_parent(max(parent, -1), channelNumber, graceMilliseconds)
    if started != 0 {
      end(
        WorkerExit.unavailable,
        "The worker cannot start a thread (\(SystemError.name(ofErrno: -started))); raise ulimit -u.")
    }
  }

  private static func end(_ code: Int32, _ sentence: String?) -> Never {
    if let sentence { StandardDescriptors.complain(sentence) }
    _exit(code)
  }
}

/// The constructor's door into Swift.
@c(multiprocessing_worker_main)
func workerMain(_ marker: UnsafePointer<CChar>) {
  unsafe WorkerEntry.run(marker: String(cString: marker))
}
