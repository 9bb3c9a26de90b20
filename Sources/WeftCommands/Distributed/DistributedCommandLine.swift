// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi`: one command on many processes at once, each of which runs this with the same arguments. The root speaks for all;
// every rank ends with the same exit code.

import Glibc
import Multiprocessing
import Weft

extension WeftCommandLine {
  /// Runs the command that the arguments ask for together with the other ranks, and ends the process.
  ///
  /// - Parameters:
  ///   - join: makes the group; called once, when the arguments are understood.
  ///   - leave: called at the end of every orderly run, good or bad.
  public static func run(among join: () throws -> any RankGroup, leaving leave: (any RankGroup) -> Void) -> Never {
    let start = Deadline.now
    prepareProcess()
    var ranks: (any RankGroup)?
    do {
      try checkArguments()
      let command = try DistributedProgram.parseAsRoot(Array(CommandLine.arguments.dropFirst()))
      guard let command = command as? any DistributedCommand else {
        // What needs no other rank: the first one does it.
        var command = command
        if isFirst(nil) { try command.run() }
        exit(0)
      }
      StaleSessions.sweep()
      let group = try join()
      ranks = group
      Watchdog.start(seconds: try command.job.timeLimit())
      try group.requireSameProgram()
      try command.run(among: group, since: start)
      leave(group)
      exit(0)
    } catch {
      let code = complain(error, isFirst: isFirst(ranks))
      if let ranks { leave(ranks) }
      exit(code)
    }
  }

  /// What `join` throws in a program that was built without MPI.
  public static var builtWithoutRanks: EngineError {
    EngineError(.resources, "This program was built without MPI; build it with 'make mpi'.")
  }

  /// Whether this process speaks for all: before the group is there, what started it has told in its environment.
  private static func isFirst(_ ranks: (any RankGroup)?) -> Bool {
    if let ranks { return ranks.isRoot }
    for name in ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"] {
      if let rank = unsafe getenv(name) { return unsafe String(cString: rank) == "0" }
    }
    return true
  }

  /// - Returns: the exit code.
  private static func complain(_ error: any Error, isFirst: Bool) -> Int32 {
    let other = error as? RankFailure
    let failure = Failure(other?.error ?? error, of: DistributedProgram.self)
    switch failure {
    case .interrupted(let signals): return 128 + Int32(signals.received ?? SIGTERM)
    case .silent(let code): return code
    case .answer(let text):
      if isFirst { do { try StandardOutput.write(text + "\n") } catch { return Failure.exitCode(of: error) } }
      return 0
    case .message(let text, let code):
      if isFirst {
        let rank = other.map { "rank \($0.rank): " } ?? ""
        StandardDescriptors.complain(TerminalText.printable("weft-mpi: " + rank + text))
      }
      return other?.fileExitCode ?? code
    }
  }
}
