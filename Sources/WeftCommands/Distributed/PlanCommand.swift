// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi plan`: what a distributed run will take, before anybody waits for the nodes. No rank is started and no job is
// joined, so it is also in the program that was built without MPI.

import ArgumentParser
import Weft

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Predict what a run on many nodes will take, and what limits it.",
    usage: "weft-mpi plan --size <n> [--nodes <n>] [--ranks <n>] [options]",
    discussion: """
      A prediction from measured constants, each shown with where it comes from: nothing is computed (but a few rows of the formula, if \
      one is given), and no job is started. More ranks than cores are not predicted to be faster. The network, the file system and \
      the cores of other machines are known only as far as you tell.

      Examples:
        weft-mpi plan --nodes 64 --ranks 4096 --size 1000000
        weft-mpi plan --ranks 2 --size 20000 --formula 'exp(-abs(i-j)/100)'
        weft-mpi plan --nodes 16 --ranks 512 --size 200000 --network-latency 2us
      """)

  static var _errorPrefix: String { DistributedProgram._errorPrefix }

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows and columns of the matrix.", valueName: "n"))
  var size: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Machines. (default: this one, with the cores it has)", valueName: "n"))
  var nodes: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Processes in all. (default: one for each core)", valueName: "n"))
  var ranks: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Cores of a node. (default: as many as ranks are on a node)", valueName: "n"))
  var cores: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What is to be done. (default: all of these)", valueName: "compute|multiply|solve"),
    completion: .list(ScalingModel.Task.allCases.map(\.rawValue)))
  var task: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What an element costs is measured, on this machine. (default: as sin(i*j)*cos(i+j) was measured)",
      valueName: "formula"))
  var formula: String?

  @OptionGroup var meaning: FormulaOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Between nodes, of an empty message: 2us, 30us.", valueName: "time"))
  var networkLatency: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of a node, in bytes a second: 2.5GB.", valueName: "bytes"))
  var networkBandwidth: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of the file system, for all nodes together, in bytes a second: 10GB.", valueName: "bytes"))
  var outputBandwidth: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of a node's memory, written, in bytes a second: 200GB.", valueName: "bytes"))
  var memoryBandwidth: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Of one rank's dgemm, a second: 30G.", valueName: "flops"))
  var flops: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let report = try PlanRequest(self).report()
    try StandardOutput.write((json ? report.json.rendered : report.text) + "\n")
  }
}
