// SPDX-License-Identifier: Apache-2.0
//
// What `weft-mpi` was asked for, and carrying it out: the options of `weft compute`, but for those that many processes at once
// have no use for.

import Glibc
import Multiprocessing
import Weft

struct DistributedRequest {
  private let request: ComputeRequest
  private let output: MatrixOutput
  /// Seconds after which no rank is alive any more, whatever hangs.
  let timeLimit: Double

  /// A job without a limit of its own ends after a day: a rank that is stopped, or a network that is gone, would hold all others
  /// for ever.
  private static let longestRun = 86_400.0

  /// Options of `weft compute` that are refused by name.
  private static let refused = [
    "workers", "in-process", "plan", "plot", "recipe", "format", "digits", "output-delimiter", "column-names", "name",
    "compress", "chunk-timeout",
  ]

  /// Nil: help is asked for.
  init?(arguments: ArraySlice<String>) throws(UsageError) {
    if arguments.isEmpty || arguments.contains(where: { ["--help", "-h", "help"].contains($0) }) { return nil }
    guard arguments.first == "compute" else {
      throw UsageError("There is no command '\(arguments.first ?? "")'; 'weft-mpi compute' is what there is.")
    }
    guard let options = ComputeOptions(plain: arguments.dropFirst()) else {
      throw UsageError("The arguments are not a formula and options of 'weft compute'; 'weft-mpi --help' lists them.")
    }
    if let name = options.given.first(where: { Self.refused.contains($0.name) })?.name {
      throw UsageError("--\(name) is not for many ranks: leave it out.")
    }
    var request = try ComputeRequest(options)
    request.mode = .inProcess
    guard let output = request.output, !output.isStandardOutput else {
      throw UsageError("Ranks write into a file that all of them see: --output NAME.npy.")
    }
    (self.request, self.output) = (request, output)
    timeLimit = request.timeLimit ?? Self.longestRun
  }

  /// Computes the matrix together with the other ranks.
  func run(among ranks: any RankGroup, since start: Deadline) throws {
    try requireSameProgram(ranks)
    // An input that one rank cannot read is an error of all: the others would wait for it.
    let formula = try Formula(request.formula)
    var job = Job(.formula(formula), rows: request.rows, columns: request.columns)
    try ranks.agree { job = try request.job(formula) }
    let signals = try TerminationSignals.install()
    do {
      switch request.elementType {
      case .float64: try compute(job, as: Double.self, ranks, signals, since: start)
      case .float32: try compute(job, as: Float.self, ranks, signals, since: start)
      }
    } catch { throw signals.received == nil ? error : Interrupted(signals: signals) }
  }

  /// A rank of another version would compute other bits, or wait for calls that nobody makes.
  private func requireSameProgram(_ ranks: any RankGroup) throws {
    let root = String(decoding: try ranks.broadcast(Array(weftVersion.utf8)), as: UTF8.self)
    try ranks.agree { [weftVersion] in
      guard root == weftVersion else {
        throw EngineError(
          .mismatch, "this is Weft \(weftVersion), and rank 0 is \(root): start the same program everywhere.")
      }
    }
  }

  private func compute<Element: MatrixElement>(
    _ job: Job, as type: Element.Type, _ ranks: any RankGroup, _ signals: TerminationSignals, since start: Deadline
  ) throws {
    let bar = ProgressBar(
      ranks.isRoot ? request.progress : .never,
      byteCount: request.rows * request.columns * Element.elementType.byteCount)
    defer { bar.clear() }
    let prepared = Deadline.now
    var options = FileRunOptions()
    (options.memoryLimit, options.timeLimit, options.resumes) = (request.memoryLimit, timeLimit, request.resumes)
    options.write = output.options(signals)
    let engine = try BlockingEngine(.inProcess)
    let done = try engine.compute(
      job, as: Element.self, to: output.path, options: options, among: ranks,
      interrupt: signals.descriptorNumber, progress: bar.show)
    bar.clear()
    guard let (written, report) = done, !request.isQuiet else { return }
    let summary = Summary(
      formula: request.formula, report: report,
      preparation: Double(prepared.nanoseconds - start.nanoseconds) / 1e9, written: written,
      writeSeconds: written.commitSeconds)
    try StandardOutput.write(request.wantsJSON ? summary.json.rendered + "\n" : summary.text + "\n")
  }

  static let help = """
    OVERVIEW: A matrix computed by all ranks of an MPI job, on one machine or several.

    USAGE: mpirun -n <ranks> weft-mpi compute <formula> --size <n> --output <name>.npy [options]

    Every rank computes its own rows and writes them into the file, which all have to see; the bits and the checksum are those of
    'weft compute', and either goes on with what the other left (--resume).

    OPTIONS: those of 'weft compute', which 'weft help compute' explains:
      --size, --rows, --columns, --dtype, --origin, --accuracy, --let, --input, --chunk-rows, --nonfinite, --verify,
      --memory (of each rank), --resume, --force, --no-sync, --json, --quiet, --progress
      --deadline <time>       After this no rank is alive, and what is done is kept: 90 (seconds), 10m, 1h30m. (default: 24h)

    Exit codes are those of 'weft'; every rank ends with the same.

    """
}

/// Ends a process that hangs in a call to MPI: whom it waits for is stopped, or cut off.
enum Watchdog {
  /// What an orderly end may take after the limit.
  private static let grace = 10.0

  static func start(seconds: Double) {
    signal(SIGALRM) { _ in
      let sentence: StaticString = "weft-mpi: the deadline has come, and other ranks do not answer\n"
      _ = unsafe write(2, sentence.utf8Start, sentence.utf8CodeUnitCount)
      _exit(75)
    }
    alarm(UInt32(min(seconds + grace, 4e9).rounded(.up)))
  }
}
