// SPDX-License-Identifier: Apache-2.0
//
// Options that belong together, in groups that several commands can have: names, defaults and help lines. The values
// stay text, as in ComputeCommand.

import ArgumentParser
import Weft

// Values that begin with a minus sign (`--size -3`, `--output -`) are values: hence `.unconditional` wherever one is taken.

/// How large the matrix is.
struct ShapeOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: ArgumentHelp("Rows and columns of a square matrix.", valueName: "n"))
  var size: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows; with --columns, instead of --size.", valueName: "n"))
  var rows: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Columns; with --rows, instead of --size.", valueName: "n"))
  var columns: String?

  var values: [(String, String?)] { [("size", size), ("rows", rows), ("columns", columns)] }
}

/// What the formula means, and how exactly it is computed.
struct FormulaOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Type of the elements; float32 rounds the float64 value once. (default: float64)", valueName: "float64|float32"),
    completion: .list(ElementType.allCases.map(\.rawValue)))
  var dtype: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How exact; fast: functions may be off by up to 4 ulp where that is quicker; strict: formulas with index structure are \
      rounded once, others operation by operation, functions within 1 ulp; best: every formula rounded once, in quadruple \
      precision, slowly. (default: strict)
      """, valueName: "fast|strict|best"),
    completion: .list(Accuracy.allCases.map(\.rawValue)))
  var accuracy: String?

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
      "A matrix for a name in the formula, from a matrix file; may be repeated.", valueName: "name=path"),
    completion: .file())
  var inputs: [String] = []

  var values: [(String, String?)] {
    [("dtype", dtype), ("accuracy", accuracy), ("origin", origin)] + bindings.map { ("let", $0) }
      + inputs.map { ("input", $0) }
  }
}

/// What the result has to be.
struct CheckOptions: ParsableArguments {
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

  var values: [(String, String?)] { [("nonfinite", nonfinite), ("verify", verify)] }
}

/// Where the matrix goes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      "File to write, or - for standard output. (default: none, the corner is shown)", valueName: "path|-"),
    completion: .file())
  var output: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "File format. (default: by the path's extension; npy for -)",
      valueName: "npy|npz|safetensors|h5|mtx|raw|csv|tsv"),
    completion: .list(MatrixFormat.allCases.map(\.rawValue)))
  var format: String?

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(help: "Do not wait until the disk has confirmed the file: faster, but a power cut may lose it.")
  var noSync = false

  @OptionGroup var writing: WritingOptions
}

/// Who computes.
struct EngineOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Worker processes. (default: auto, one for each CPU that may be used)", valueName: "n|auto"))
  var workers: String?

  @Flag(help: "Compute in this process, without workers.")
  var inProcess = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Rows that a worker takes at a time. (default: by the shape)", valueName: "n"))
  var chunkRows: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Silence after which a worker is replaced. (default: ten times its longest so far, at least 5 s)",
      valueName: "seconds|none"))
  var chunkTimeout: String?
}

/// What is said about it.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Print the summary as one JSON object.")
  var json = false

  @Flag(help: "Print no summary and no progress bar.")
  var quiet = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Progress bar on standard error. (default: auto, on a terminal in runs of more than a second)",
      valueName: "auto|always|never"),
    completion: .list(ProgressPolicy.allCases.map(\.rawValue)))
  var progress: String?
}

/// When a progress bar is shown.
enum ProgressPolicy: String, CaseIterable {
  case auto, always, never
}
