// SPDX-License-Identifier: Apache-2.0
// Deadlines, waiting, descriptors, errors.

import Glibc
import Multiprocessing
import Testing

@Suite struct SystemTests {
  @Test(.timeLimit(.minutes(10))) func deadlines() throws {
    #expect(Deadline.in(seconds: -1).hasPassed && Deadline.in(seconds: 0).remaining == 0)
    for never in [Double.infinity, .nan, 1e300] {
      #expect(Deadline.in(seconds: never).nanoseconds == .max)
    }
    let soon = Deadline.in(seconds: 0.05)
    #expect(soon > .now && soon.remaining > 0 && soon.remaining <= 0.05)
    #expect(try waitForAny(descriptors: [], deadline: soon) == [])
    #expect(soon.hasPassed && soon < .now)
    // The largest deadline is a wait, not an overflow: ended here by what is ready.
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    close(ends[1])
    #expect(try waitForAny(descriptors: [-1, ends[0]], deadline: .in(seconds: .infinity)) == [1])
    close(ends[0])
  }

  @Test(.timeLimit(.minutes(10))) func aClosedDescriptorIsAnError() {
    #expect(throws: SystemError.self) { try waitForAny(descriptors: [9999], deadline: .in(seconds: 1)) }
  }

  @Test(.timeLimit(.minutes(10))) func interruptionsDoNotEndAWait() async {
    await #expect(processExitsWith: .success) {
      signal(SIGALRM) { _ in }
      var every = itimerval(it_interval: timeval(tv_sec: 0, tv_usec: 2000), it_value: timeval(tv_sec: 0, tv_usec: 2000))
      unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &every, nil)
      let start = Deadline.now
      #expect(try waitForAny(descriptors: [], deadline: .in(seconds: 0.2)) == [])
      #expect(Deadline.now.nanoseconds - start.nanoseconds >= 200_000_000)
      // A reservation that gave up its pages at each tick would never end.
      _ = try SharedMemory(byteCount: 64 << 20)
      #expect(try ask(try puppet(), "echo x") == "x")
    }
  }

  @Test(.timeLimit(.minutes(10))) func errorsAreSentences() {
    let error = SystemError(code: .insufficientMemory, call: "fallocate", errno: ENOSPC, message: "Ask for less.")
    #expect("\(error)" == "Ask for less. (fallocate: ENOSPC, No space left on device)")
    #expect("\(SystemError(code: .timedOut, message: "Too late."))" == "Too late.")
  }
}
