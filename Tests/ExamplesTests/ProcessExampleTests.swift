// SPDX-License-Identifier: Apache-2.0
//
// The guide's programs: what each prints. Lines of different processes may come in any order.

import Glibc
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ProcessExampleTests {
  @Test func twoProcessesRunSideBySide() throws {
    let run = try runExamples("two-processes")
    #expect(run.code == 0)
    try #require(run.lines.count == 8)
    #expect(
      Set(run.lines[..<4] + run.lines[4..<6]) == [
        "reader: begins in process-reader", "writer: begins in process-writer", "reader: done", "writer: done",
        "process-reader ended with exit code 0", "process-writer ended with exit code 0",
      ])
    #expect(run.lines[6] == "side by side: yes")
    #expect(run.lines[7].hasPrefix("time "))
  }

  @Test func aProcessCountsInItsOwnMemory() throws {
    let run = try runExamples("counting-process")
    #expect(run.code == 0)
    // Into a pipe, each process writes its lines when it ends.
    #expect(
      run.lines.filter { $0.hasPrefix("counter has") } == [
        "counter has done warp, which makes 1", "counter has done weft, which makes 2",
        "counter has done selvage, which makes 3",
      ])
    #expect(
      run.lines.filter { !$0.hasPrefix("counter has") } == [
        "alive before its start: false", "counter ended with exit code 0; alive: false", "it counted 3",
      ])
  }

  @Test func aPoolMaps() throws {
    let run = try runExamples("pool-map")
    #expect(run.code == 0)
    #expect(
      run.lines == [
        "squares     [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]",
        "factorials  [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800]",
        "input 1: 21! is more than an Int holds",
      ])
  }

  @Test func callsReturnAtOnce() throws {
    let run = try runExamples("apply-async")
    #expect(run.code == 0)
    #expect(
      run.lines == [
        "the last is ready at once: no", "1 squared is 1", "2 squared is 4", "3 squared is 9", "4 squared is 16",
        "5 squared is 25", "6 squared is not there after 20 ms", "6 squared is 36",
      ])
  }

  @Test func whatIsProducedIsConsumedInOrder() throws {
    let run = try runExamples("queue")
    #expect(run.code == 0)
    // The producer may end before the last item is consumed.
    #expect(run.lines.filter { $0.hasPrefix("consumed ") } == (1...8).map { "consumed item \($0)" })
    #expect(
      run.lines.filter { !$0.hasPrefix("consumed ") } == [
        "producer ended with exit code 0", "consumer ended with exit code 0", "8 items consumed, 0 left",
      ])
  }

  @Test func aPipeEndsWithItsSender() throws {
    let run = try runExamples("pipe")
    #expect(run.code == 0)
    // The sender's lines come when it ends, or as it prints them.
    #expect(run.lines.filter { $0.hasPrefix("answer ") } == ["answer 1: praw", "answer 2: tfew", "answer 3: htolc"])
    #expect(
      run.lines.filter { !$0.hasPrefix("answer ") } == [
        "letter 1: warp", "letter 2: weft", "letter 3: cloth", "end of file", "sender ended with exit code 0",
      ])
  }

  @Test func noAdditionIsLost() throws {
    let run = try runExamples("lock")
    #expect(run.code == 0)
    #expect(run.lines == ["final value 12"])
  }

  @Test func aManagerKeepsWhatFourProcessesSay() throws {
    let run = try runExamples("manager")
    #expect(run.code == 0)
    #expect(run.lines == ["1: 1", "2: 4", "3: 9", "4: 16", "calls: 100"])
  }

  @Test func oneErrorCostsOneResult() throws {
    let run = try runExamples("error-callback")
    #expect(run.code == 0)
    try #require(run.lines.count == 5)
    #expect(run.lines[0] == "1/-2 = -0.5")
    #expect(run.lines[1] == "1/-1 = -1.0")
    #expect(run.lines[2].hasPrefix("1/0: ") && run.lines[2].hasSuffix("DivisionByZero: there is no 1/0"))
    #expect(run.lines[3] == "1/1 = 1.0")
    #expect(run.lines[4] == "1/2 = 0.5")
  }

  @Test func theTableHasARowForEachCount() throws {
    let run = try runExamples("speed-up")
    #expect(run.code == 0)
    try #require(run.lines.count >= 5)
    #expect(run.lines[0].hasPrefix("20 tasks; "))
    let rows = run.lines[2...].map { $0.split(separator: " ") }
    let counts = try rows.map { try #require(Int($0[0])) }
    #expect(Set(counts).isSuperset(of: [1, 2, 4]) && counts == counts.sorted())
    let speedUps = try rows.map { try #require(Double($0[3])) }
    #expect(speedUps[0] == 1)
    #expect(speedUps.allSatisfy { $0 > 0 })
  }

  @Test func aSignalEndsTheManagerCleanly() throws {
    let run = try runExamples("process-manager")
    #expect(run.code == 0)
    try #require(run.lines.count == 7)
    #expect(run.lines[0] == "SIGTERM: finishing what is running")
    #expect(run.lines[1...3] == (1...3).map { "worker-\($0) ended with exit code 0" }[...])
    #expect(run.lines[4] == "results correct: yes")
    #expect(run.lines[5] == "none twice: yes")
    let words = run.lines[6].split(whereSeparator: { " ,".contains($0) })
    // Ten were awaited; each worker had at most one or two more in hand. None is lost.
    let results = try #require(Int(words[1]))
    #expect(results >= 10 && results < 200)
    #expect(words.suffix(2) == ["together", "200"])
  }

  @Test(.enabled(if: unsafe dlopen("libpng16.so.16", RTLD_NOW) != nil, "needs libpng16"))
  func picturesAreMadeSmallerPastABrokenOne() throws {
    let run = try runExamples("images")
    #expect(run.code == 0)
    try #require(run.lines.count == 7)
    for k in 1...6 { #expect(run.lines[k - 1] == "photo\(k)   640×480 to 160×120") }
    #expect(run.lines[6].hasPrefix("broken   it is neither a PNG nor a JPEG file"))
  }
}
