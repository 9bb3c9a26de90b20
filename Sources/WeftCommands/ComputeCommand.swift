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

      Examples:
        weft compute 'sin(i*j)*cos(i+j)' --size 1000 --output m.npy
        weft compute '1/(i+j+1)' --size 8
        weft compute 'a*i + b' --let a=0.5 --let b=-1 --rows 10 --columns 3
        weft compute 'i^2 - j' --size 5 --format csv --output -
        weft compute 'abs(X[i,0] - X[j,0])' --input X=points.npy --size 500
        weft compute -i+j --size 3
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "What to compute: a formula in i and j, in quotes.")
  var formula: String

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows and columns of a square matrix.", valueName: "n"))
  var size: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows; with --columns, instead of --size.", valueName: "n"))
  var rows: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Columns; with --rows, instead of --size.", valueName: "n"))
  var columns: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var engine: EngineOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Type of the elements; float32 rounds the float64 value once. (default: float64)", valueName: "float64|float32"),
    completion: .list(ElementType.allCases.map(\.rawValue)))
  var dtype: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Index of the first row and the first column. (default: 0)", valueName: "0|1"),
    completion: .list(["0", "1"]))
  var origin: String?

  @Option(
    name: .customLong("let"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A number for a name in the formula; may be repeated.", valueName: "name=value"))
  var bindings: [String] = []

  @Option(
    name: .customLong("input"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A matrix for a name in the formula, from an npy, raw, csv or tsv file; may be repeated.", valueName: "name=path"),
    completion: .file())
  var inputs: [String] = []

  @OptionGroup var numbers: AccuracyOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Infinities and NaNs in the result: refuse the matrix, naming the first, or keep and count them. (default: error)",
      valueName: "error|allow"),
    completion: .list(Job.NonfinitePolicy.allCases.map(\.rawValue)))
  var nonfinite: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Checks of the result; sample: all checksums, and 260 elements computed anew; full: all elements, slowly. (default: sample)",
      valueName: "none|sample|full"),
    completion: .list(Job.Verification.allCases.map(\.rawValue)))
  var verify: String?

  @Flag(help: "Print what would be done, and compute nothing.")
  var plan = false

  @OptionGroup var report: ReportOptions

  /// The same words as `ComputeOptions(plain:)` reads from a plain command line.
  var options: ComputeOptions {
    let values = [
      ("size", size), ("rows", rows), ("columns", columns), ("output", output.output), ("format", output.format),
      ("workers", engine.workers), ("chunk-rows", engine.chunkRows), ("chunk-timeout", engine.chunkTimeout),
      ("dtype", dtype), ("origin", origin), ("accuracy", numbers.accuracy), ("nonfinite", nonfinite),
      ("verify", verify),
      ("progress", report.progress),
    ]
    let flags = [
      ("force", output.force), ("no-sync", output.noSync), ("in-process", engine.inProcess), ("plan", plan),
      ("json", report.json), ("quiet", report.quiet),
    ]
    var options = ComputeOptions()
    options.formula = formula
    options.given += values.filter { $0.1 != nil }.map { ComputeOptions.Given(name: $0.0, value: $0.1) }
    options.given += bindings.map { ComputeOptions.Given(name: "let", value: $0) }
    options.given += inputs.map { ComputeOptions.Given(name: "input", value: $0) }
    options.given += flags.filter(\.1).map { ComputeOptions.Given(name: $0.0) }
    return options
  }

  func run() throws { try ComputeRequest(options).run(since: .now) }
}
