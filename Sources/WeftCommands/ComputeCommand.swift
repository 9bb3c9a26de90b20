// SPDX-License-Identifier: Apache-2.0
//
// `weft compute` for the argument parser: names, defaults and help lines. Values stay text here; ComputeRequest
// understands them, with a sentence for each mistake.

import ArgumentParser
import Multiprocessing
import Weft

struct ComputeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compute",
    abstract: "Compute a matrix from a formula.",
    discussion: """
      Element [i, j] of the matrix is the value of FORMULA at row i and column j; 'weft functions' describes the language. The result \
      has the same bits whatever the number of workers, the chunk size and the instruction set. A file appears under its name \
      complete and checked, or not at all.

      A matrix that does not fit memory (or --memory) goes to its .npy file piece by piece. If such a run is stopped, by whatever \
      it be, what is done stays beside the file as NAME.unfinished and NAME.ledger, and the same command with --resume goes on \
      with it.

      Examples:
        weft compute 'sin(i*j)*cos(i+j)' --size 1000 --output m.npy
        weft compute '1/(i+j+1)' --size 8
        weft compute 'a*i + b' --let a=0.5 --let b=-1 --rows 10 --columns 3
        weft compute 'i^2 - j' --size 5 --format csv --output -
        weft compute 'abs(X[i,0] - X[j,0])' --input X=points.npy --size 500
        weft compute -i+j --size 3
        weft compute 'sin(i*j)' --size 100000 -o big.npy --memory 1GB --resume
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "What to compute: a formula in i and j, in quotes.")
  var formula: String

  @OptionGroup var shape: ShapeOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var meaning: FormulaOptions

  @OptionGroup var checks: CheckOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Bytes of the matrix in memory at a time; a larger one goes to its .npy file piece by piece. (default: what there is)",
      valueName: "bytes"))
  var memory: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop after this time and keep what is done, for --resume; as 90, 10m, 1h30m.", valueName: "time"))
  var deadline: String?

  @Flag(help: "Go on with what an earlier run of the same command left; without such a rest, begin.")
  var resume = false

  @Flag(help: "Write what the file was computed from beside it, NAME.recipe.json: for 'weft verify'.")
  var recipe = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw the matrix too, as 'weft plot' does.", valueName: "picture.png"), completion: .file())
  var plot: String?

  @Flag(help: "Print what would be done, and compute nothing.")
  var plan = false

  @OptionGroup var report: ReportOptions

  /// The same words as `ComputeOptions(plain:)` reads from a plain command line.
  var options: ComputeOptions {
    let values = [
      ("output", output.output), ("format", output.format), ("workers", engine.workers),
      ("chunk-rows", engine.chunkRows), ("chunk-timeout", engine.chunkTimeout),
      ("progress", report.progress), ("memory", memory), ("deadline", deadline),
      ("plot", plot),
    ]
    let flags = [
      ("force", output.force), ("no-sync", output.noSync), ("in-process", engine.inProcess), ("plan", plan),
      ("json", report.json), ("quiet", report.quiet), ("resume", resume), ("recipe", recipe),
      ("compress", output.writing.compress),
    ]
    var options = ComputeOptions()
    options.formula = formula
    options.add(shape.values + values + checks.values + output.writing.values + meaning.values)
    options.given += flags.filter(\.1).map { ComputeOptions.Given(name: $0.0) }
    return options
  }

  func run() throws { try ComputeRequest(options).run(since: .now) }
}
