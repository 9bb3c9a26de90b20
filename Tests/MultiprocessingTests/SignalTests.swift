// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and its relatives (faults.md F10, F11). Each in a process of its own.

import Glibc
import Multiprocessing
import Synchronization
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

  @Test(.timeLimit(.minutes(10))) func theFirstCallsOnce() async {
    await #expect(processExitsWith: .success) {
      let calls = Mutex<[Int32]>([])
      do {
        let signals = try TerminationSignals.install()
        try signals.whenReceived(endingAfter: .milliseconds(200)) { signal in calls.withLock { $0.append(signal) } }
        kill(getpid(), SIGTERM)
        #expect(eventually(within: 10) { calls.withLock { $0 == [SIGTERM] } })
        signals.uninstall()
        _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.5))
      }
      // One that nothing was received by calls nobody, and leaves nothing open.
      let before = descriptors(of: getpid())
      do {
        let signals = try TerminationSignals.install()
        try signals.whenReceived { _ in calls.withLock { $0.append(0) } }
      }
      #expect(eventually(within: 10) { descriptors(of: getpid()) == before })
      #expect(calls.withLock { $0 } == [SIGTERM])
    }
  }

  @Test(.timeLimit(.minutes(10))) func gracePassesWhateverTheProgramDoes() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      let signals = try TerminationSignals.install()
      try signals.whenReceived(endingAfter: .milliseconds(100)) { _ in while true { usleep(10_000) } }
      kill(getpid(), SIGINT)
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 30))
      signals.uninstall()
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
