// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi` as a program under test: how mpirun starts it, on this machine or on two hosts that Scripts/two-hosts makes of it,
// and what the suites expect of it in common.

import Glibc
import Testing

/// The program for MPI, and what starts it.
enum MPI {
  static let program = unsafe getenv("WEFT_MPI_BINARY").map { unsafe String(cString: $0) } ?? ""
  static let isThere = !program.isEmpty && Tool.works("mpirun", ["--version"])
  static let isMissing: Comment = "WEFT_MPI_BINARY or mpirun is missing: 'make test-mpi'"

  /// mpirun as on a machine of its own: no other host is asked for, more ranks than CPUs are fine. Containers forbid the copy
  /// from one process's memory to another's.
  private static let options =
    [
      "--oversubscribe", "--mca", "plm", "^rsh",
    ] + everywhere
  fileprivate static let everywhere = ["--timeout", "50", "--mca", "btl_vader_single_copy_mechanism", "none"]

  /// mpirun refuses root, who is the user in most containers. And a program that is linked with Swift's runtime as a library answers
  /// a SEGV that somebody sends it with a backtrace, and goes on.
  fileprivate static let environment = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "SWIFT_BACKTRACE": "enable=no",
  ]

  /// mpirun with `words` after its options.
  static func run(
    _ words: [String], options more: [String] = [], in folder: ScratchFolder, environment: [String: String] = [:]
  ) -> Command {
    var command = Command.weft([], in: folder, environment: self.environment.merging(environment) { $1 })
    command.program = "mpirun"
    command.arguments = options + more + words
    return command
  }

  static func command(
    _ ranks: Int, _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = [:]
  ) -> Command {
    run(["-np", "\(ranks)", program] + arguments, in: folder, environment: environment)
  }

  static func compute(
    _ ranks: Int, _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = [:]
  ) -> Command {
    command(ranks, computing(arguments), in: folder, environment: environment)
  }

  /// The arguments of a computation into m.npy, without a report.
  static func computing(_ arguments: [String]) -> [String] {
    ["compute"] + arguments + ["--output", "m.npy", "--json", "--quiet"]
  }

  /// Ranks that are not all the same: of each, the words before the program, and the program itself.
  static func compute(
    each: [(before: [String], program: String)], _ arguments: [String], options: [String] = [],
    in folder: ScratchFolder
  ) -> Command {
    let words = each.map { ["-np", "1"] + $0.before + [$0.program] + computing(arguments) }
    return run(Array(words.joined(separator: [":"])), options: options, in: folder)
  }

  /// Runs commands a few at a time: most of a short job's time is mpirun's waiting.
  static func runAll(_ commands: [Command], atOnce count: Int = 4) throws -> [Run] {
    try stride(from: 0, to: commands.count, by: count).flatMap { first in
      try commands[first..<min(first + count, commands.count)].map { try $0.start() }.map { $0.wait() }
    }
  }

  /// The processes of a run that are ranks, as mpirun's children.
  static func ranks(of running: RunningCommand) -> [pid_t] { processes("weft-mpi", of: running) }

  static func processes(_ name: String, of running: RunningCommand) -> [pid_t] {
    running.others.filter { Tag.name(of: $0).hasPrefix(name) }
  }

  /// What weft-mpi said, without what mpirun adds when ranks fail.
  static func complaint(_ run: Run) -> String {
    run.errors.split(separator: "\n").filter { $0.hasPrefix("weft-mpi: ") }.joined(separator: "\n")
  }
}

/// Two hosts on this machine: Scripts/two-hosts tells how.
enum TwoHosts {
  static let script = "\(Binary.repository)/Scripts/two-hosts"
  static let canBeMade = Tool.works(script, ["true"])
  static let canBeMadeByNobody =
    Tool.canBeNobody
    && Tool.works(
      "setpriv", Tool.nobody + ["unshare", "--map-current-user", "--keep-caps", "--net", "--mount", "true"])
  static let cannotBeMade: Comment = "Scripts/two-hosts cannot make network namespaces here"

  /// Orted's connections to mpirun are asked every second whether they live, and given up after two without an answer. Open MPI's
  /// own defaults take eight minutes.
  static let keepAlive = [
    "--mca", "oob_tcp_keepalive_time", "1", "--mca", "oob_tcp_keepalive_intvl", "1", "--mca",
    "oob_tcp_keepalive_probes",
    "2",
  ]

  /// `slots.0` ranks on the first host, `slots.1` on the second.
  static func compute(
    _ slots: (Int, Int), _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = [:],
    program: String = MPI.program, script: String = TwoHosts.script, options: [String] = keepAlive
  ) -> Command {
    run(
      slots, [program] + MPI.computing(arguments), in: folder, environment: environment, script: script,
      options: options)
  }

  /// Any program with its arguments.
  static func run(
    _ slots: (Int, Int), _ words: [String], in folder: ScratchFolder, environment: [String: String] = [:],
    script: String = TwoHosts.script, options: [String] = keepAlive
  ) -> Command {
    let hosts = ["--host", "10.77.0.11:\(slots.0),10.77.0.12:\(slots.1)", "-np", "\(slots.0 + slots.1)"]
    var command = Command.weft([], in: folder, environment: MPI.environment.merging(environment) { $1 })
    command.program = "mpirun"
    command.arguments = MPI.everywhere + options + hosts + words
    command.limit = 100
    return command.under(script, [])
  }

  /// Pulls the second host's cable, or puts it back; false where the hosts are gone.
  @discardableResult
  static func setCable(up: Bool, of running: RunningCommand) -> Bool { running.send(up ? SIGUSR2 : SIGUSR1) }

  /// What Scripts/two-hosts found on the hosts after the end: processes ("running"), files ("left").
  static func leftovers(_ run: Run, _ kinds: [String] = ["running", "left"]) -> [Substring] {
    run.errors.split(separator: "\n").filter { line in kinds.contains { line.hasPrefix("two-hosts: \($0) ") } }
  }
}

/// A run of many small chunks that takes its time without burning CPU: each sleeps before it is written.
enum SlowRanks {
  static let shape = ["i*1000+j", "--rows", "400", "--columns", "50"]
  static let arguments = shape + ["--chunk-rows", "1"]

  /// The environment in which `ranks` take about `seconds`.
  static func environment(_ ranks: Int, seconds: Double) -> [String: String] {
    ["WEFT_FAULT": "chunk.write:*:sleep=\(seconds * Double(ranks) / 400)"]
  }

  /// Waits until there are some chunks in the folder's ledger.
  static func hasBegun(_ folder: ScratchFolder) -> Bool {
    Clock.eventually(within: 20) { (Files.byteCount(folder["m.npy.ledger"]) ?? 0) > 3000 }
  }
}

/// Expects that a run that failed ended in time, left no process, and no file under the name.
func expectNoFileOfRanks(_ run: Run, _ folder: ScratchFolder, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(!run.isHung && run.leftovers.isEmpty, "\(run.summary)", sourceLocation: sourceLocation)
  #expect(folder.bytes("m.npy") == nil, sourceLocation: sourceLocation)
}
