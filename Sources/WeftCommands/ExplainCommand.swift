// SPDX-License-Identifier: Apache-2.0
//
// `weft explain`: what a formula has become, and what computing it will take.

import ArgumentParser
import Weft

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what becomes of a formula, what it costs, and how long it will take.",
    usage: "weft explain <formula> (--size <n> | --rows <n> --columns <n>) [options]",
    discussion: """
      Nothing is computed but a few rows, to predict the time: some 50 ms and 50 MB. Shows the form that the formula takes (pairs of \
      doubles rounded once, operation by operation, or quadruple precision) and why, its rotations and tables, what is left for each \
      element, the bound of the error, and whether arithmetic or memory is the limit.

      Examples:
        weft explain 'sin(i*j)*cos(i+j)' --size 4000
        weft explain 'tanh(i*0.01)*log(1+i+j)' --rows 500 --columns 800 --workers 4
        weft explain 'gamma(i/10)' --size 100 --accuracy best --json
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "What to explain: a formula in i and j, in quotes.")
  var formula: String

  @OptionGroup var shape: ShapeOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Worker processes. (default: auto, one for each CPU that may be used)", valueName: "n|auto"))
  var workers: String?

  @OptionGroup var meaning: FormulaOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Some of the words that `weft compute` knows.
  var options: ComputeOptions {
    var options = ComputeOptions()
    options.formula = formula
    options.add(shape.values + meaning.values + [("workers", workers)])
    return options
  }

  func run() throws {
    let explanation = try ComputeRequest(options).explanation()
    try StandardOutput.write((json ? explanation.json(formula).rendered : explanation.text(formula)) + "\n")
  }
}

extension ComputeRequest {
  /// - Throws: what planning throws, and where an element that was tried has no value, that.
  func explanation() throws -> Explanation {
    let engine = try BlockingEngine(mode)
    let job = try job(try Formula(formula))
    return try engine.plan(job, elementType: elementType).explanation(inputs: job.inputs)
  }
}
