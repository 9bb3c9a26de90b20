// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and its relatives as something to wait for. The command line installs this, gives the descriptor to
// `waitForAny`, winds its work up when it polls readable, and ends by `reraise` so that the shell sees 130 or 143.

import CPOSIX
import Glibc

/// SIGINT, SIGTERM and SIGHUP, caught while this value lives.
///
/// The first of them only makes `descriptorNumber` readable; the next one ends the program at once, by its default
/// action. A signal that was ignored at install (nohup) stays ignored.
public final class TerminationSignals: Sendable {
  private let readEnd: Descriptor
  private let writeEnd: Descriptor

  private init(readEnd: consuming Descriptor, writeEnd: consuming Descriptor) {
    self.readEnd = readEnd
    self.writeEnd = writeEnd
  }

  /// Catches the signals from now on. One at a time per process: a second install throws.
  public static func install() throws(SystemError) -> TerminationSignals {
    var ends: [Int32] = [-1, -1]
    let piped = unsafe cposix_wake_up_pipe(&ends)
    guard piped == 0 else {
      throw SystemError("pipe2", errno: -piped, "Cannot open a pipe for termination signals; raise ulimit -n.")
    }
    let signals = TerminationSignals(readEnd: Descriptor(owning: ends[0]), writeEnd: Descriptor(owning: ends[1]))
    // Only after this does deinit have something to undo; a refused install leaves the first owner's handlers alone.
    let installed = cposix_termination_install(signals.writeEnd.number)
    guard installed == 0 else {
      throw SystemError("sigaction", errno: -installed, "Termination signals are already caught in this process.")
    }
    return signals
  }

  /// Polls readable from the first signal on.
  public var descriptorNumber: Int32 { readEnd.number }

  /// The first signal received; nil: none so far.
  public var received: Int32? {
    let signal = cposix_termination_received()
    return signal == 0 ? nil : signal
  }

  /// Puts the previous dispositions back. Called by `deinit` too.
  public func uninstall() { cposix_termination_uninstall(writeEnd.number) }

  /// Ends this process as the received signal would have (SIGTERM when none was), after all clean-up is done. What was
  /// printed is written out before; children and workers end with the process.
  public func reraise() -> Never {
    fflush(nil)
    cposix_die_by_signal(received ?? SIGTERM)
  }

  deinit { uninstall() }
}
