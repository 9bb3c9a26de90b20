// SPDX-License-Identifier: Apache-2.0
// WEFT_FAULT: read correctly, refused clearly, done exactly where and when asked.

import Glibc
import Multiprocessing
import Testing

@Suite struct FaultTests {
  @Test(.timeLimit(.minutes(10))) func readsPlans() throws {
    #expect(try FaultPlan(text: "").faults == [])
    #expect(
      try FaultPlan(text: "worker.chunk.mid:2:kill").faults == [Fault(site: "worker.chunk.mid", nth: 2, action: .kill)])
    let plan = try FaultPlan(
      text: "chunk.17:*:stop,worker.job:1:exit,worker.job:3:exit=7,worker.hello:1:trap,coordinator.spawn:1:errno=EAGAIN"
    )
    #expect(plan.faults.map(\.action) == [.stop, .exit(code: 1), .exit(code: 7), .trap, .fail(errno: EAGAIN)])
    #expect(plan.faults.map(\.nth) == [nil, 1, 3, 1, 1])
    #expect(plan.faults[0].site == "chunk.17")
    for (text, seconds) in [("0.25", 0.25), ("2", 2), ("90s", 90), ("5m", 300), ("1h", 3600)] {
      #expect(try FaultPlan(text: "worker.job:1:sleep=\(text)").faults[0].action == .sleep(seconds: seconds))
    }
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      "worker", "worker.chunk.mid:2", "worker.chunk.middle:2:kill", "worker.job:0:kill", "worker.job:x:kill",
      "worker.job:1:maim", "worker.job:1:sleep", "worker.job:1:sleep=x", "worker.job:1:sleep=-1",
      "worker.job:1:exit=256",
      "worker.job:1:errno=ENOSPC", "sharedmemory.reserve:1:errno=ENOTHING", "chunk.N:1:kill", "chunk.:1:kill",
      "chunk.-1:1:kill", "worker.job:1:kill:", "worker.job:1:kill=9",
    ])
  func refusesPlans(text: String) {
    expectError {
      _ = try FaultPlan(text: text)
    } satisfies: { error in
      #expect(error.code == .faultPlan && error.description.contains("site:nth:action"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func aReplacementKeepsOnlyWhatHappensEveryTime() throws {
    #expect(FaultPlan.withoutNumbered("worker.job:1:kill,chunk.3:*:exit,worker.hello:2:stop") == "chunk.3:*:exit")
    #expect(FaultPlan.withoutNumbered("worker.job:1:kill") == "")
    let text = "worker.job:1:kill,chunk.3:*:exit"
    #expect(try ask(try puppet(environment: ["WEFT_FAULT": text]), "getenv WEFT_FAULT") == text)
    let replacement = try puppet(environment: ["WEFT_FAULT": text], replacement: true)
    #expect(try ask(replacement, "getenv WEFT_FAULT") == "chunk.3:*:exit")
  }

  @Test(.timeLimit(.minutes(10))) func countsPassages() async {
    await #expect(processExitsWith: .exitCode(7)) {
      unsafe setenv("WEFT_FAULT", "worker.chunk.end:3:exit=7,chunk.2:1:exit=8", 1)
      for _ in 0..<2 {
        FaultInjection.reach("worker.chunk.end")
        FaultInjection.reach("worker.chunk.begin")
        FaultInjection.reach("chunk.22")
      }
      FaultInjection.reach("worker.chunk.end")
      exit(9)
    }
  }

  @Test(.timeLimit(.minutes(10))) func doesWhatIsAsked() async {
    await #expect(processExitsWith: .signal(SIGKILL)) {
      unsafe setenv("WEFT_FAULT", "worker.job:1:kill", 1)
      FaultInjection.reach("worker.job")
    }
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_FAULT", "worker.job:1:sleep=0.1,sharedmemory.reserve:2:errno=ENOMEM", 1)
      let start = Deadline.now
      FaultInjection.reach("worker.job")
      #expect(Deadline.now.nanoseconds - start.nanoseconds >= 100_000_000)
      #expect(FaultInjection.failure(at: "sharedmemory.reserve") == nil)
      #expect(FaultInjection.failure(at: "sharedmemory.reserve") == ENOMEM)
      #expect(FaultInjection.failure(at: "sharedmemory.reserve") == nil)
    }
    await #expect(processExitsWith: .failure) {
      unsafe setenv("WEFT_FAULT", "worker.job:*:trap", 1)
      FaultInjection.reach("worker.job")
    }
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_FAULT", "coordinator.spawn:1:errno=EAGAIN", 1)
      expectError {
        _ = try puppet()
      } satisfies: { error in
        #expect(error.code == .resourceLimit && error.description.contains("fewer workers"))
      }
      let answer = try ask(try puppet(), "echo next")
      #expect(answer == "next")
    }
  }

  @Test(.timeLimit(.minutes(10))) func aPlanThatCannotBeUsedStopsTheCoordinatorOnly() async throws {
    let result = await #expect(processExitsWith: .exitCode(64), observing: [\.standardErrorContent]) {
      unsafe setenv("WEFT_FAULT", "worker.jbo:1:kill", 1)
      FaultInjection.reach("worker.job")
    }
    let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(said.contains("unknown site") && said.contains("worker.jbo:1:kill"))
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_FAULT", "worker.jbo:1:kill", 1)
      #expect(throws: SystemError.self) { try FaultInjection.validate() }
    }
    let worker = try puppet(environment: ["WEFT_FAULT": "worker.jbo:1:kill"])
    #expect(try ask(worker, "echo unharmed") == "unharmed")
  }

  @Test(.timeLimit(.minutes(10))) func withoutAPlanNothingHappens() {
    FaultInjection.reach("no such site")
    #expect(FaultInjection.failure(at: "no such site") == nil)
  }
}
