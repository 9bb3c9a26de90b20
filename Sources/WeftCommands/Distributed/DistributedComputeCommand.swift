// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi compute`: the options of `weft compute`, but for those that many processes at once have no use for.

import ArgumentParser
import Multiprocessing
import Weft

struct DistributedComputeCommand: DistributedCommand {
  static let configuration = CommandConfiguration(
    commandName: "compute",
    abstract: "Compute a matrix from a formula into an .npy file.",
    usage: "mpirun -n <ranks> weft-mpi compute <formula> --size <n> --output <name>.npy [options]",
    discussion: """
      Every rank computes its own rows and writes them into the file, which all have to see; the bits and the checksum are those of \
      'weft compute', and either goes on with what the other left (--resume).

      Example:
        mpirun -n 8 weft-mpi compute 'sin(i*j)*cos(i+j)' --size 100000 -o m.npy
      """)

  @Argument(help: "What to compute: a formula in i and j, in quotes.")
  var formula: String

  @OptionGroup var shape: ShapeOptions
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var meaning: FormulaOptions

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Rows computed at a time. (default: by the shape)", valueName: "n"))
  var chunkRows: String?

  @OptionGroup var checks: CheckOptions

  @Flag(help: "Go on with what an earlier run of the same command left; without such a rest, begin.")
  var resume = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Show progress on standard error. (default: auto, on a terminal)", valueName: "auto|always|never"),
    completion: .list(ProgressPolicy.allCases.map(\.rawValue)))
  var progress: String?

  @OptionGroup var job: DistributedJobOptions

  private func request() throws(UsageError) -> ComputeRequest {
    var options = ComputeOptions()
    options.formula = formula
    options.add(
      shape.values + meaning.values + checks.values + [
        ("output", target.output), ("chunk-rows", chunkRows),
        ("memory", job.memory), ("deadline", job.deadline), ("progress", progress),
      ])
    let flags = [
      ("force", target.force), ("no-sync", target.noSync), ("json", job.json), ("quiet", job.quiet), ("resume", resume),
    ]
    options.given += flags.filter(\.1).map { ComputeOptions.Given(name: $0.0) }
    var request = try ComputeRequest(options)
    request.mode = .inProcess
    return request
  }

  func checkOptions() throws(UsageError) { _ = try (request(), target.required()) }

  func run(among ranks: any RankGroup, since start: Deadline) throws {
    let request = try request()
    // An input that one rank cannot read is an error of all: the others would wait for it.
    let formula = try Formula(request.formula)
    var job = Job(.formula(formula), rows: request.rows, columns: request.columns)
    try ranks.agree { job = try request.job(formula) }
    let signals = try TerminationSignals.install()
    do {
      switch request.elementType {
      case .float64: try compute(request, job, as: Double.self, ranks, signals, since: start)
      case .float32: try compute(request, job, as: Float.self, ranks, signals, since: start)
      }
    } catch { throw signals.received == nil ? error : Interrupted(signals: signals) }
  }

  private func compute<Element: MatrixElement>(
    _ request: ComputeRequest, _ job: Job, as type: Element.Type, _ ranks: any RankGroup,
    _ signals: TerminationSignals, since start: Deadline
  ) throws {
    let output = try target.required()
    let bar = ProgressBar(
      ranks.isRoot ? request.progress : .never,
      byteCount: request.rows * request.columns * Element.elementType.byteCount)
    defer { bar.clear() }
    let prepared = Deadline.now
    var options = FileRunOptions()
    (options.memoryLimit, options.resumes) = (request.memoryLimit, request.resumes)
    options.timeLimit = try self.job.timeLimit()
    options.write = output.options(signals)
    let engine = try BlockingEngine(.inProcess)
    let done = try engine.compute(
      job, as: Element.self, to: output.path, options: options, among: ranks,
      interrupt: signals.descriptorNumber, progress: bar.show)
    bar.clear()
    guard let (written, report) = done, !request.isQuiet || request.wantsJSON else { return }
    let summary = Summary(
      formula: request.formula, report: report,
      preparation: Double(prepared.nanoseconds - start.nanoseconds) / 1e9, written: written,
      writeSeconds: written.commitSeconds)
    try StandardOutput.write(request.wantsJSON ? summary.json.rendered + "\n" : summary.text + "\n")
  }
}

/// Where matrices go that ranks write.
struct DistributedOutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      "The .npy file to write; of several matrices, -o a.npy writes a.q.npy, a.r.npy …", valueName: "path"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace existing files.")
  var force = false

  @Flag(help: "Do not wait until the disk has confirmed the files: faster, but a power cut may lose them.")
  var noSync = false

  func destination() throws(UsageError) -> MatrixOutput? {
    guard let output else { return nil }
    let destination = MatrixOutput(path: output, format: nil, overwrite: force, sync: !noSync)
    guard !destination.isStandardOutput else {
      throw UsageError("Ranks write into a file that all of them see: --output NAME.npy.")
    }
    return destination
  }

  func required() throws(UsageError) -> MatrixOutput {
    guard let destination = try destination() else {
      throw UsageError("Ranks write into a file that all of them see: --output NAME.npy.")
    }
    return destination
  }
}
