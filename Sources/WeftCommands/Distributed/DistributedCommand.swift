// SPDX-License-Identifier: Apache-2.0
//
// The commands of `weft-mpi`, and what they have in common. All ranks parse the same arguments and run the same command.

import ArgumentParser
import Multiprocessing
import Weft

/// `weft-mpi` itself.
struct DistributedProgram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weft-mpi",
    abstract: "Matrices computed by all ranks of an MPI job, on one machine or several.",
    usage: "mpirun -n <ranks> weft-mpi <command> [options]",
    discussion: """
      Every rank computes its own part with the bits of 'weft'; files lie where all ranks see them. Exit codes are those of 'weft', \
      and every rank ends with the same.

      Examples:
        mpirun -n 8 weft-mpi compute 'sin(i*j)*cos(i+j)' --size 100000 -o m.npy
        mpirun -n 8 weft-mpi solve --formula '1/(i+j+1)+(i==j)' --size 20000 b.npy -o x.npy
        srun --mpi=pmix -n 4096 weft-mpi info --formula 'sin(i*j)*cos(i+j)' --size 1000000
      """,
    version: weftVersion,
    subcommands: [DistributedComputeCommand.self, PlanCommand.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Without Storing the Matrix",
        subcommands: [
          DistributedInfoCommand.self, DistributedSumCommand.self, DistributedNormCommand.self,
          DistributedApplyCommand.self,
        ]),
      CommandGroup(
        name: "Linear Algebra (ScaLAPACK)",
        subcommands: [
          DistributedMultiplyCommand.self, DistributedSolveCommand.self, DistributedLeastSquaresCommand.self,
          DistributedCholeskyCommand.self, DistributedQRCommand.self, DistributedSVDCommand.self,
          DistributedEigenCommand.self,
        ]),
    ])

  static var _errorPrefix: String { "weft-mpi: " }
}

/// A command that all ranks run together.
protocol DistributedCommand: ParsableCommand {
  var job: DistributedJobOptions { get }
  /// Options of its own, understood. Called before anybody joins.
  func checkOptions() throws(UsageError)
  /// The root speaks; the others say nothing.
  func run(among ranks: any RankGroup, since start: Deadline) throws
}

extension DistributedCommand {
  static var _errorPrefix: String { DistributedProgram._errorPrefix }

  func validate() throws {
    do throws(UsageError) {
      _ = try (job.timeLimit(), job.memoryLimit())
      try checkOptions()
    } catch { throw ValidationError(error.description) }
  }
}

/// Of every such command.
struct DistributedJobOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "After this time no rank is alive, whatever hangs: 90 (seconds), 10m, 1h30m. (default: 24h)", valueName: "time"))
  var deadline: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Bytes that each rank may use for its part. (default: what its machine has, shared by the ranks there)",
      valueName: "bytes"))
  var memory: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print nothing but answers and errors.")
  var quiet = false

  /// A job without a limit of its own ends after a day: a rank that is stopped, or a network that is gone, would hold all others
  /// for ever.
  private static let longestRun = 86_400.0

  /// Seconds after which no rank is alive any more.
  func timeLimit() throws(UsageError) -> Double {
    var options = ComputeOptions()
    options.add([("deadline", deadline)])
    return try options.timeLimit() ?? Self.longestRun
  }

  func memoryLimit() throws(UsageError) -> Int? {
    var options = ComputeOptions()
    options.add([("memory", memory)])
    return try options.memoryLimit()
  }
}

extension RankGroup {
  /// A rank of another version would compute other bits, or wait for calls that nobody makes.
  func requireSameProgram() throws {
    let root = String(decoding: try broadcast(Array(weftVersion.utf8)), as: UTF8.self)
    try agree { [weftVersion] in
      guard root == weftVersion else {
        throw EngineError(
          .mismatch, "this is Weft \(weftVersion), and rank 0 is \(root): start the same program everywhere.")
      }
    }
  }
}
