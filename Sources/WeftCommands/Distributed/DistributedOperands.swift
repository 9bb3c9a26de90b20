// SPDX-License-Identifier: Apache-2.0
//
// The matrices that a command of `weft-mpi` works on: formulas and files, in the order of the command line.

import ArgumentParser
import Weft

/// The first matrix of a command, or the only one, and files.
struct DistributedOperandOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Matrix files, in the order of the usage line; without those that formulas stand for.", valueName: "files"),
    completion: .file())
  var files: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Compute A from this formula instead of reading it; with --size, or --rows and --columns.", valueName: "formula"))
  var formula: String?

  @OptionGroup var shape: ShapeOptions
  @OptionGroup var meaning: FormulaOptions

  /// A formula's computation.
  func request(_ formula: String, _ shape: [(String, String?)]) throws(UsageError) -> ComputeRequest {
    var options = ComputeOptions()
    options.formula = formula
    options.add(shape + meaning.values)
    let request = try ComputeRequest(options)
    guard request.elementType == .float64 else {
      throw UsageError("Ranks compute with float64 here: leave --dtype out.")
    }
    return request
  }

  /// All matrices of a command that takes one.
  func operands(_ command: String) throws(UsageError) -> DistributedOperands {
    try operands(command, names: ["A"], second: nil)
  }

  /// - Parameter second: the formula of B, and its shape, given A's.
  fileprivate func operands(
    _ command: String, names: [String], second: DistributedOperands.Second?
  ) throws(UsageError) -> DistributedOperands {
    let formulas = (formula == nil ? 0 : 1) + (second == nil ? 0 : 1)
    if formulas == 0, let idle = (shape.values + meaning.values).first(where: { $0.1 != nil }) {
      throw UsageError("--\(idle.0) belongs to a formula, and none is given.")
    }
    let wanted = names.count - formulas
    guard files.count == wanted else {
      throw UsageError(
        "weft-mpi \(command) takes \(names.joined(separator: " and ")), \(formulas == 0 ? "a file" : "a file or a formula") for "
          + "each; \(files.count) \(files.count == 1 ? "file is" : "files are") given and \(formulas) "
          + "\(formulas == 1 ? "formula" : "formulas").")
    }
    var first: ComputeRequest?
    if let formula { first = try request(formula, shape.values) }
    return DistributedOperands(names: names, first: first, files: files, second: second, options: self)
  }
}

/// Two matrices, each a file or a formula.
struct DistributedPairOptions: ParsableArguments {
  @OptionGroup var first: DistributedOperandOptions

  @Option(
    name: .customLong("formula-b"), parsing: .unconditional,
    help: ArgumentHelp(
      "Compute B from this formula instead of reading it; its rows are those that A asks for.", valueName: "formula"))
  var formulaB: String?

  @Option(
    name: .customLong("columns-b"), parsing: .unconditional,
    help: ArgumentHelp("Columns of B, where --formula-b computes it. (default: 1)", valueName: "n"))
  var columnsB: String?

  /// - Parameter rows: of B, given A's shape.
  func operands(_ command: String, rows: @escaping (Shape) -> Int) throws(UsageError) -> DistributedOperands {
    guard let formulaB else {
      guard columnsB == nil else { throw UsageError("--columns-b belongs to --formula-b, which is not given.") }
      return try first.operands(command, names: ["A", "B"], second: nil)
    }
    var options = ComputeOptions()
    options.add([("columns-b", columnsB)])
    let columns = try options.integer("columns-b", in: 0...Int.max) ?? 1
    return try first.operands(command, names: ["A", "B"], second: (formulaB, { (rows($0), columns) }))
  }
}

/// What was asked for; nothing is opened yet.
struct DistributedOperands {
  /// B's formula, and its shape, given A's.
  typealias Second = (formula: String, shape: (Shape) -> (rows: Int, columns: Int))

  let names: [String]
  /// Nil: A is a file.
  let first: ComputeRequest?
  let files: [String]
  /// Nil: B is a file, or there is none.
  let second: Second?
  let options: DistributedOperandOptions

  /// Reads headers and inputs. Collective.
  ///
  /// - Throws: on all ranks, what fails on one.
  func open(_ ranks: any RankGroup) throws -> [BlockCyclicOperand] {
    // Every rank sees a formula's mistake alike, and the root shows the place.
    let formulas = try [first?.formula, second?.formula].map { try $0.map { try Formula($0) } }
    var operands: [BlockCyclicOperand] = []
    try ranks.agree {
      var left = files[...]
      func operand(_ request: ComputeRequest?, _ formula: Formula?, _ name: String) throws -> BlockCyclicOperand {
        guard let request, let formula else { return try BlockCyclicOperand(name, .file(left.removeFirst())) }
        return try BlockCyclicOperand(name, .formula(try request.job(formula)))
      }
      operands.append(try operand(first, formulas[0], names[0]))
      guard names.count > 1 else { return }
      var request: ComputeRequest?
      if let second {
        let (rows, columns) = second.shape(operands[0].shape)
        request = try options.request(second.formula, [("rows", "\(rows)"), ("columns", "\(columns)")])
      }
      operands.append(try operand(request, formulas[1], names[1]))
    }
    return operands
  }
}
