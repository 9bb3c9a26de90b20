// SPDX-License-Identifier: Apache-2.0
//
// Options that the commands of linear algebra share: a formula in place of a file, where the answer goes, what is said.

import ArgumentParser
import Weft

/// What every command of linear algebra takes.
protocol AlgebraArguments: ParsableArguments {
  /// Of the matrices, in order.
  var files: [String] { get }
  var operand: FormulaOperandOptions { get }
  var account: AccountOptions { get }
  /// Where matrices of the answer go; nil where they are shown, or where it is numbers.
  func destination() throws(UsageError) -> MatrixOutput?
}

private let filesHelp = ArgumentHelp(
  "Matrix files, in the order of the usage line; without the first where --formula stands for it.", valueName: "files")

/// Of a command whose answer is one matrix or several.
struct MatrixArguments: AlgebraArguments {
  @Argument(help: filesHelp, completion: .file())
  var files: [String] = []
  @OptionGroup var operand: FormulaOperandOptions
  @OptionGroup var target: AnswerOptions
  @OptionGroup var account: AccountOptions

  func destination() throws(UsageError) -> MatrixOutput? { try target.destination() }
}

/// Of a command whose answer is numbers, which go to standard output.
struct NumberArguments: AlgebraArguments {
  @Argument(help: filesHelp, completion: .file())
  var files: [String] = []
  @OptionGroup var operand: FormulaOperandOptions
  @OptionGroup var account: AccountOptions

  func destination() throws(UsageError) -> MatrixOutput? { nil }
}

/// A matrix that is computed where another command line would read it.
struct FormulaOperandOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Compute the first matrix from this formula instead of reading it; with --size, or --rows and --columns.",
      valueName: "formula"))
  var formula: String?

  @OptionGroup var shape: ShapeOptions
  @OptionGroup var meaning: FormulaOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "CPUs: worker processes for the formula, then threads of OpenBLAS. (default: auto, all that may be used)",
      valueName: "n|auto"))
  var workers: String?

  /// The computation asked for; nil where all matrices are read.
  ///
  /// - Throws: `UsageError`, also for options that would have no effect.
  func request() throws(UsageError) -> ComputeRequest? {
    var options = ComputeOptions()
    options.add(shape.values + meaning.values + [("workers", workers)])
    guard let formula else {
      if let idle = options.given.first(where: { !["dtype", "workers"].contains($0.name) }) {
        throw UsageError("--\(idle.name) belongs to --formula, which is not given.")
      }
      return nil
    }
    options.formula = formula
    return try ComputeRequest(options)
  }

  /// The type asked for, nil where the files decide.
  func elementType() throws(UsageError) -> ElementType? {
    try choice("dtype", meaning.dtype)
  }

  /// CPUs to use; nil: all that this process may.
  func cpuLimit() throws(UsageError) -> Int? {
    var options = ComputeOptions()
    options.add([("workers", workers)])
    guard case .workers(let count) = try options.mode() else { return nil }
    return count
  }
}

/// Where the answer goes, for commands whose answer is one matrix or several.
struct AnswerOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      """
      File to write; several matrices go into one .npz, .safetensors or .h5 file, else each into its own: -o a.npy writes a.l.npy, \
      a.u.npy … (default: none, corners are shown)
      """, valueName: "path|-"),
    completion: .file())
  var output: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "File format. (default: by the path's extension, else npy)", valueName: "npy|npz|safetensors|h5|mtx|raw|csv|tsv"),
    completion: .list(MatrixFormat.allCases.map(\.rawValue)))
  var format: String?

  @Flag(help: "Replace existing files.")
  var force = false

  @Flag(help: "Do not wait until the disk has confirmed the files: faster, but a power cut may lose them.")
  var noSync = false

  @OptionGroup var writing: WritingOptions

  func destination() throws(UsageError) -> MatrixOutput? {
    let wanted: MatrixFormat? = try choice("format", format)
    guard output != nil || wanted == nil else {
      throw UsageError("--format is given without --output; write -o PATH, or -o - for standard output.")
    }
    guard let output else {
      if let idle = writing.values.first(where: { $0.1 != nil })?.0 ?? (writing.compress ? "compress" : nil) {
        throw UsageError("--\(idle) is about the file, so it needs --output PATH.")
      }
      return nil
    }
    var destination = MatrixOutput(path: output, format: wanted, overwrite: force, sync: !noSync)
    try writing.apply(to: &destination)
    return destination
  }
}

/// What is said about it.
struct AccountOptions: ParsableArguments {
  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Say also how good the answer is (a residual), which routine gave it, and how long it took.")
  var verbose = false

  @Flag(help: "Do not say which files were written.")
  var quiet = false
}
