// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and its relatives (faults.md F10, F11). Each in a process of its own.

import Glibc
import Multiprocessing
import Testing

@Suite struct SignalTests {
  @Test(.timeLimit(.minutes(10))) func theFirstIsAnEvent() async {
    await #expect(processExitsWith: .success) {
      let signals = try TerminationSignals.install()
      #expect(signals.received == nil)
      #expect(try waitForAny(descriptors: [signals.descriptorNumber], deadline: .now) == [])
      kill(getpid(), SIGTERM)
      #expect(try waitForAny(descriptors: [signals.descriptorNumber], deadline: .in(seconds: 5)) == [0])
      #expect(signals.received == SIGTERM)
      // It stays readable: whoever looks later still sees it.
      #expect(try waitForAny(descriptors: [signals.descriptorNumber], deadline: .now) == [0])
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [SIGINT, SIGTERM, SIGHUP]) func theSecondIsImmediate(signal: Int32) async {
    await #expect(processExitsWith: .signal(signal)) { [signal] in
      let signals = try TerminationSignals.install()
      kill(getpid(), SIGTERM)
      _ = try waitForAny(descriptors: [signals.descriptorNumber], deadline: .in(seconds: 5))
      kill(getpid(), signal)
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 5))
    }
  }

  @Test(.timeLimit(.minutes(10))) func reraiseTellsTheShell() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      let signals = try TerminationSignals.install()
      kill(getpid(), SIGINT)
      _ = try waitForAny(descriptors: [signals.descriptorNumber], deadline: .in(seconds: 5))
      signals.reraise()
    }
  }

  @Test(.timeLimit(.minutes(10))) func whatWasIgnoredStaysIgnored() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      signal(SIGHUP, SIG_IGN)
      let signals = try TerminationSignals.install()
      kill(getpid(), SIGHUP)
      #expect(signals.received == nil)
      signals.uninstall()
      kill(getpid(), SIGHUP)
      kill(getpid(), SIGTERM)
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 5))
    }
  }

  @Test(.timeLimit(.minutes(10))) func oneAtATime() async {
    await #expect(processExitsWith: .success) {
      do {
        let first = try TerminationSignals.install()
        #expect(throws: SystemError.self) { try TerminationSignals.install() }
        kill(getpid(), SIGTERM)
        // Another thread than this one may run the handler.
        _ = try waitForAny(descriptors: [first.descriptorNumber], deadline: .in(seconds: 5))
        #expect(first.received == SIGTERM, "the refused second one has undone nothing")
      }
      let again = try TerminationSignals.install()
      #expect(again.received == nil)
    }
  }
}
