// SPDX-License-Identifier: Apache-2.0
//
// The examples about worker processes: what they print is compared with what this process knows of the machine.

import Testing

@Suite(.timeLimit(.minutes(20)))
struct WorkerExampleTests {
  @Test func everyWorkerReportsItsPlatform() throws {
    let run = try runExamples("worker-report")
    #expect(run.code == 0)
    try #require(run.lines.count == 8)
    let kernel = try #require(shell("uname -s -r").lines.first)
    let machine = try #require(shell("uname -m").lines.first)
    var pids: Set<Substring> = []
    var coordinators: Set<Substring> = []
    for k in 1...4 {
      let words = run.lines[k - 1].split(separator: " ")
      try #require(words.count > 5)
      #expect(words[0...2].joined(separator: " ") == "reporter \(k): pid")
      pids.insert(words[3])
      coordinators.insert(words[5])
      #expect(run.lines[k - 1].contains(", \(kernel) on \(machine), "))
      #expect(run.lines[k - 1].contains(" CPU"))
      #expect(run.lines[k + 3] == "reporter \(k) ended with exit code 0")
    }
    // Four processes of one coordinator.
    #expect(pids.count == 4)
    #expect(coordinators.count == 1)
    #expect(pids.isDisjoint(with: coordinators))
  }

  @Test func aKilledWorkerIsNoticed() throws {
    let run = try runExamples("worker-death")
    #expect(run.code == 0)
    #expect(
      run.lines.dropLast() == [
        "victim says: working", "its pidfd is silent: yes", "victim ended with signal 9 (SIGKILL)", "alive: no",
        "a signal to it now reaches nobody",
      ])
    let last = try #require(run.lines.last)
    let words = last.split(separator: " ")
    #expect(last.hasPrefix("noticed and reaped after "))
    // A bound that only a hang exceeds; usual is a few milliseconds.
    #expect(words.count == 6 && Double(words[4]).map { $0 < 10_000 } == true)
  }
}
