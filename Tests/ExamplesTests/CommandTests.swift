// SPDX-License-Identifier: Apache-2.0
//
// The dispatcher: the list, and what a mistaken name gets.

import Testing

@Suite(.timeLimit(.minutes(20)))
struct CommandTests {
  static let names = [
    "two-processes", "counting-process", "pool-map", "apply-async", "queue", "pipe", "lock", "manager", "matrix",
    "error-callback", "speed-up", "worker-report", "process-manager", "row-kernel", "kernel-matrix", "worker-death",
    "images",
  ]

  @Test func theListNamesEveryExample() throws {
    let run = try runExamples("list")
    #expect(run.code == 0)
    #expect(run.lines.map { $0.split(separator: " ").first.map(String.init) } == Self.names)
    // Each says what it shows.
    #expect(run.lines.allSatisfy { $0.split(separator: " ").count > 4 })
  }

  @Test func anUnknownNameIsRefusedWithTheList() throws {
    let run = try runExamples("matrices", redirection: "2>&1 >/dev/null")
    #expect(run.code == 64)
    #expect(run.lines.first == "There is no example \"matrices\". These there are:")
    #expect(run.lines.count == 1 + Self.names.count)
    #expect(try runExamples("matrices", redirection: "2>/dev/null").lines.isEmpty)
  }

  @Test(arguments: ["", "matrix row-kernel"])
  func oneNameIsWanted(arguments: String) throws {
    let run = try runExamples(arguments)
    #expect(run.code == 64)
    #expect(run.lines == ["Usage: examples NAME, or examples list"])
  }
}
