// SPDX-License-Identifier: Apache-2.0
//
// `weft verify`: whether a matrix file is what its recipe gives.

import ArgumentParser
import Weft

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Hold a matrix file against the recipe it was computed from.",
    usage: "weft verify <file> [--all] [--input <name=path> ...] [options]",
    discussion: """
      'weft compute --recipe' writes FILE.recipe.json beside its file: formula, shape, parameters, accuracy, version, checksum. This \
      reads the file once, compares its checksum, and computes 260 elements anew, or all of them; the first that is not \
      what the recipe gives is named. Exit code 0 where the file is right, 1 where it is not.

      Input matrices are read where the recipe says they were, or where --input says they are; they have to hold the same elements.

      Examples:
        weft compute 'sin(i*j)' --size 1000 -o m.npy --recipe
        weft verify m.npy --all
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file())
  var file: String

  @Flag(help: "Compute every element anew, not a sample.")
  var all = false

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Where an input matrix is now; may be repeated.", valueName: "name=path"))
  var input: [String] = []

  @OptionGroup var reading: ReadingOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print nothing: the exit code says it.")
  var quiet = false

  func run() throws {
    let recipe = try RecipeFile(besides: file)
    var inputs: [String: any MatrixReadable] = [:]
    let named = try ComputeRequest.Input.list(input)
    for wanted in recipe.recipe.inputs {
      guard let path = named.first(where: { $0.name == wanted.name })?.path ?? recipe.inputPaths[wanted.name] else {
        throw UsageError("Where is the input \(wanted.name)? Give --input \(wanted.name)=PATH.")
      }
      inputs[wanted.name] = try InputMatrix.read(path)
    }
    let verification = try RecipeVerification(
      of: file, recipe, inputs: inputs, all: all, options: reading.options())
    if json {
      try StandardOutput.write(verification.json.rendered + "\n")
    } else if !quiet {
      try StandardOutput.write(verification.text + "\n")
    }
    guard verification.isRight else { throw FilesDiffer() }
  }
}

extension RecipeVerification {
  fileprivate var text: String {
    let checksum = checksumIsRight.map { $0 ? "right" : "wrong: the file is not the one that was written" }
    let elements: String
    if let wrong = firstWrong {
      elements =
        "\(wrongCount) of \(recomputed) computed anew are wrong; the first is [\(wrong.row), \(wrong.column)]: "
        + "\(wrong.found) instead of \(wrong.expected)"
    } else {
      elements = "\(recomputed) computed anew, all right"
    }
    return Summary.aligned([("checksum", checksum ?? "not in the recipe"), ("elements", elements)])
  }

  fileprivate var json: JSON {
    let wrong: JSON =
      firstWrong.map {
        .object([
          ("row", .integer($0.row)), ("column", .integer($0.column)), ("found", .number($0.found)),
          ("expected", .number($0.expected)),
        ])
      } ?? .null
    return .object([
      ("right", .bool(isRight)), ("checksum", checksumIsRight.map(JSON.bool) ?? .null),
      ("recomputed", .integer(recomputed)), ("wrong", .integer(wrongCount)), ("firstWrong", wrong),
    ])
  }
}
