// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi plan`: what its words mean, and how its report is laid out.

import ArgumentParser
import Testing
import Weft

@testable import WeftCommands

@Suite("Plan")
struct PlanTests {
  private func report(_ words: String) throws -> PlanReport {
    try PlanRequest(PlanCommand.parse(words.split(separator: " ").map(String.init))).report()
  }

  @Test("Times and rates of networks")
  func quantities() {
    for (text, seconds) in [("2us", 2e-6), ("30µs", 30e-6), ("500ns", 500e-9), ("1.5ms", 1.5e-3), ("1", 1)] {
      #expect(PlanQuantity.seconds(text).map { abs($0 - seconds) < 1e-12 } == true, "\(text)")
    }
    for text in ["", "us", "-2us", "2 us", "fast"] { #expect(PlanQuantity.seconds(text) == nil, "\(text)") }
    #expect(PlanQuantity.rate("2.5GB") == 2.5e9 && PlanQuantity.rate("12.5GB/s") == 12.5e9)
    #expect(PlanQuantity.rate("30G") == 30e9 && PlanQuantity.rate("/s") == nil && PlanQuantity.rate("0") == nil)
  }

  @Test("Cores are as many as ranks on a node, and on this machine those it has")
  func defaults() throws {
    let cluster = try report("--size 100 --nodes 3 --ranks 10").model
    #expect(cluster.coresPerNode == 4 && cluster.ranksPerNode == 4)
    let here = try report("--size 100 --ranks 1000").model
    #expect(here.nodes == 1 && here.coresPerNode < 1000)
    let full = try report("--size 100 --nodes 3 --cores 7").model
    #expect(full.ranks == 21)
  }

  @Test("What is said of every task is said once")
  func advice() throws {
    let lines = try report("--size 3000 --nodes 1 --ranks 8 --cores 2").text.split(separator: "\n")
    #expect(lines.filter { $0.contains("take turns") }.count == 1)
    #expect(lines.filter { $0.contains("compute: ") || $0.contains("solve: ") }.allSatisfy { !$0.contains("turns") })
  }

  @Test("Figures of one origin stand together, others apart")
  func origins() throws {
    let lines = try report("--size 300 --network-latency 2us").text.split(separator: "\n")
    #expect(lines.filter { $0.hasSuffix("(--network-latency)") }.map { $0.contains("2 µs") } == [true])
    #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
  }

  @Test("Help fits a terminal of 80 columns")
  func help() {
    for line in PlanCommand.helpMessage(columns: 80).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
