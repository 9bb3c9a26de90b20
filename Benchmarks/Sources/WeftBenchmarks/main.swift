// SPDX-License-Identifier: Apache-2.0
//
// The benchmarks as one program: everything measured in one run, contestants taking turns, one table at the end. Started by
// ../../run.sh, which has built what it needs.

import Glibc
import Multiprocessing

// A program that has answered and gone before it was asked is no reason to die.
signal(SIGPIPE, SIG_IGN)

do throws(BenchmarkError) {
  let options = try BenchmarkOptions(Array(CommandLine.arguments.dropFirst()))
  let machine = try MachineDescription(options)
  say("\(machine)\n")
  var report = Report(machine: machine)
  for section in Section.allCases where options.sections.contains(section) {
    var results: [ContestResult] = []
    for contest in try section.contests(options) {
      say("measuring: \(contest.title)")
      results.append(try contest.hold(options))
    }
    if section == .plot {
      report.speeds = results
      try PlotContests.writePlot(results, machine, to: options.plotPath)
    } else {
      report.results += results
    }
    if section == .memory { report.memory = try MemoryMeasurement.take(options) }
  }
  print(report.table)
  if let path = options.jsonPath { try writeFile(report.json, to: path) }
} catch {
  say("weft-benchmarks: \(error)")
  exit(error.exitCode)
}
