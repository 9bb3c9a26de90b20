// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and its relatives as something to wait for, or to be called for. The command line installs this, gives the
// descriptor to `waitForAny`, winds its work up when it polls readable, and ends by `reraise` so that the shell sees 130
// or 143. Programs around a Pool use `whenReceived`; the DocC page Signals goes through it.

import CPOSIX
import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP, caught while this value lives.
///
/// The first of them only makes `descriptorNumber` readable; the next one ends the program at once, by its default
/// action. A signal that was ignored at install (nohup) stays ignored.
public final class TerminationSignals: Sendable {
  private let readEnd: Descriptor
  private let writeEnd: Descriptor
  private let isCaught = Atomic(true)

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

  /// Calls `body` with the first signal, when it comes, on a thread of its own: unlike a signal handler, `body` may do
  /// anything. Typically it closes or terminates a `Pool`, or cancels a Swift task, and whoever waits for those goes on.
  ///
  /// - Parameters:
  ///   - grace: so long after the signal the program ends by it, whatever still runs, and its workers with it. nil: only
  ///     when the program does so itself. `uninstall` calls it off.
  ///   - body: called once at most; never after this value is gone.
  public func whenReceived(
    endingAfter grace: Duration? = nil, _ body: @escaping @Sendable (_ signal: Int32) -> Void
  ) throws(SystemError) {
    let copy = OwnedDescriptor(try Descriptor(duplicating: readEnd.number))
    try Offload.startThread { [weak self] in
      // Readable too when this value goes, and the writing end with it.
      while (try? waitForAny(descriptors: [copy.number], deadline: nil)) == nil {}
      guard let signal = self?.received else { return }
      let end = Deadline(after: grace)
      // The moments of grace are counted here, however long `body` takes.
      if (try? Offload.startThread { body(signal) }) == nil { body(signal) }
      guard let end else { return }
      while !end.hasPassed { _ = try? waitForAny(descriptors: [], deadline: end) }
      if let self, self.isCaught.load(ordering: .acquiring) { cposix_die_by_signal(signal) }
    }
  }

  /// Puts the previous dispositions back. Called by `deinit` too.
  public func uninstall() {
    isCaught.store(false, ordering: .releasing)
    cposix_termination_uninstall(writeEnd.number)
  }

  /// Ends this process as the received signal would have (SIGTERM when none was), after all clean-up is done. What was
  /// printed is written out before; children and workers end with the process.
  public func reraise() -> Never {
    fflush(nil)
    cposix_die_by_signal(received ?? SIGTERM)
  }

  deinit { uninstall() }
}
