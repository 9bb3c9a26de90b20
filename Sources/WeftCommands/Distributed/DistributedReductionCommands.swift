// SPDX-License-Identifier: Apache-2.0
//
// What `weft-mpi` tells of matrices that are never stored: each rank computes or reads rows, and keeps what it has learnt of them.

import ArgumentParser
import Multiprocessing
import Weft

/// A command that looks at each element of A once.
protocol DistributedReductionCommand: DistributedCommand {
  /// All matrices of the command, A first.
  func operands() throws(UsageError) -> DistributedOperands
  /// Numbers and lines of the answer, on the root.
  func answer(_ rows: RowPieces, _ operands: [BlockCyclicOperand]) throws -> DistributedReductionAnswer?
}

struct DistributedReductionAnswer {
  /// What is printed without further wishes.
  var text: String
  /// For a JSON object.
  var members: [(String, JSON)]
}

extension DistributedReductionCommand {
  func checkOptions() throws(UsageError) { _ = try operands() }

  func run(among ranks: any RankGroup, since start: Deadline) throws {
    let operands = try operands().open(ranks)
    let rows = RowPieces(operands[0], among: ranks, timeLimit: try job.timeLimit())
    guard let answer = try answer(rows, operands) else { return }
    let total = Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9
    guard job.json else { return try StandardOutput.write(answer.text) }
    let head: [(String, JSON)] = [
      ("command", .text(Self.configuration.commandName ?? "")), ("ranks", .integer(ranks.count)),
      ("source", .text(operands[0].text)), ("rows", .integer(rows.shape.rows)),
      ("columns", .integer(rows.shape.columns)),
    ]
    let json = JSON.object(head + answer.members + [("seconds", .number(total))])
    try StandardOutput.write(json.rendered + "\n")
  }
}

struct DistributedInfoCommand: DistributedReductionCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show extremes, mean, norm, symmetry and checksum of a matrix.",
    usage: "mpirun -n <ranks> weft-mpi info <a> [options]",
    discussion: """
      As 'weft info' has them, of a formula's matrix too. The same bits for any number of ranks.

      Example:
        mpirun -n 8 weft-mpi info --formula 'sin(i*j)*cos(i+j)' --size 100000
      """)

  @OptionGroup var matrix: DistributedOperandOptions
  @OptionGroup var job: DistributedJobOptions

  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("info") }

  func answer(_ rows: RowPieces, _ operands: [BlockCyclicOperand]) throws -> DistributedReductionAnswer? {
    guard let (summary, sum) = try rows.summary() else { return nil }
    let head = [
      ("matrix", "\(rows.shape) float64, \(ByteCount(rows.shape.byteCount(of: .float64))) if it were stored"),
      ("sum", "\(sum)"),
    ]
    return DistributedReductionAnswer(
      text: Summary.aligned(head + summary.lines) + "\n", members: [("sum", .number(sum))] + summary.members)
  }
}

struct DistributedSumCommand: DistributedReductionCommand {
  static let configuration = CommandConfiguration(
    commandName: "sum",
    abstract: "Add up the elements of a matrix.",
    usage: "mpirun -n <ranks> weft-mpi sum <a> [options]",
    discussion: """
      With an error of about one rounding, whatever the number of elements; the same bits for any number of ranks. A matrix with an \
      element that is not finite is refused.

      Example:
        mpirun -n 8 weft-mpi sum --formula '1/((i+1)*(j+1))' --size 100000
      """)

  @OptionGroup var matrix: DistributedOperandOptions
  @OptionGroup var job: DistributedJobOptions

  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("sum") }

  func answer(_ rows: RowPieces, _ operands: [BlockCyclicOperand]) throws -> DistributedReductionAnswer? {
    let seen = try rows.summary()
    try requireFinite(seen?.summary, rows.ranks)
    guard let (_, sum) = seen else { return nil }
    return DistributedReductionAnswer(text: "\(sum)\n", members: [("sum", .number(sum))])
  }
}

struct DistributedNormCommand: DistributedReductionCommand {
  static let configuration = CommandConfiguration(
    commandName: "norm",
    abstract: "Find a norm of a matrix.",
    usage: "mpirun -n <ranks> weft-mpi norm <a> [--kind <kind>] [options]",
    discussion: """
      The 2-norm is the first of 'weft-mpi svd --values'.

      Example:
        mpirun -n 8 weft-mpi norm --formula 'sin(i*j)' --size 100000 --kind 1
      """)

  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case frobenius
    case one = "1"
    case infinity = "inf"
    case max
  }

  @Option(
    help: ArgumentHelp(
      "1: the largest column sum of magnitudes; inf: the largest row sum; max: the largest magnitude. (default: frobenius)",
      valueName: "kind"))
  var kind: Kind?
  @OptionGroup var matrix: DistributedOperandOptions
  @OptionGroup var job: DistributedJobOptions

  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("norm") }

  func answer(_ rows: RowPieces, _ operands: [BlockCyclicOperand]) throws -> DistributedReductionAnswer? {
    let kind = kind ?? .frobenius
    guard let norm = try norm(rows, kind) else { return nil }
    return DistributedReductionAnswer(
      text: "\(norm)\n", members: [("kind", .text(kind.rawValue)), ("norm", .number(norm))])
  }

  private func norm(_ rows: RowPieces, _ kind: Kind) throws -> Double? {
    switch kind {
    case .one: return try rows.largestSum(ofColumns: true)
    case .infinity: return try rows.largestSum(ofColumns: false)
    case .frobenius, .max:
      let seen = try rows.summary()
      try requireFinite(seen?.summary, rows.ranks)
      guard let (summary, _) = seen else { return nil }
      let largest = max(summary.minimum?.value.magnitude ?? 0, summary.maximum?.value.magnitude ?? 0)
      return kind == .max ? largest : summary.norm
    }
  }
}

struct DistributedApplyCommand: DistributedReductionCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Multiply a matrix that is never stored by vectors, A·X.",
    usage: "mpirun -n <ranks> weft-mpi apply <a> <x> [-o <path>] [options]",
    discussion: """
      Each element is a dot product as if in twice the precision, rounded once: the same bits for any number of ranks. X is held by \
      every rank. Without -o, the elements are printed, a line for each row.

      Example:
        mpirun -n 8 weft-mpi apply --formula '1/(i+j+1)' --size 100000 x.npy -o y.npy
      """)

  @OptionGroup var matrices: DistributedPairOptions
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var job: DistributedJobOptions

  func operands() throws(UsageError) -> DistributedOperands { try matrices.operands("apply") { $0.columns } }

  func answer(_ rows: RowPieces, _ operands: [BlockCyclicOperand]) throws -> DistributedReductionAnswer? {
    let output = try target.destination()
    try rows.ranks.agree(rootOnly: true) { try output?.check() }
    var x: Matrix<Double>?
    try rows.ranks.agree { x = try operands[1].whole() }
    guard let x else { return nil }
    guard x.rows == rows.shape.columns else {
      throw OperandError(
        "A is \(rows.shape) and X is \(x.shape): a product needs as many columns in A as there are rows in X.")
    }
    let product = try rows.apply(to: x)
    // An error of the root is everybody's: exit codes are the same.
    var written: WriteReport?
    try rows.ranks.agree(rootOnly: true) {
      if let output, let product {
        written = try MatrixFile.write(product, to: output.path, format: output.format, options: output.options(nil))
      }
    }
    guard let product else { return nil }
    return DistributedReductionAnswer(text: text(product, written), members: members(product, written))
  }

  private func text(_ product: Matrix<Double>, _ written: WriteReport?) -> String {
    if let written {
      let file = "\(TerminalText.printable(written.path)), \(written.format), \(ByteCount(written.byteCount))"
      return job.quiet ? "" : Summary.aligned([("product", "\(product.shape) float64"), ("output", file)]) + "\n"
    }
    return (0..<product.rows).map { row in
      (0..<product.columns).map { "\(product[row, $0])" }.joined(separator: ",") + "\n"
    }.joined()
  }

  private func members(_ product: Matrix<Double>, _ written: WriteReport?) -> [(String, JSON)] {
    if let written { return [("output", .text(written.path)), ("bytes", .integer(written.byteCount))] }
    let rows = (0..<product.rows).map { row in
      JSON.array((0..<product.columns).map { .number(product[row, $0]) })
    }
    return [("product", .array(rows))]
  }
}

/// Of what is not finite, no sum is told. Collective.
///
/// - Parameter summary: on the root.
private func requireFinite(_ summary: MatrixSummary?, _ ranks: any RankGroup) throws {
  try ranks.agree(rootOnly: true) {
    guard let summary, let first = summary.firstNonfinite else { return }
    throw EngineError(
      .nonfinite,
      "A has \(summary.nonfiniteCount) elements that are not finite, the first in row \(first.row), column \(first.column) "
        + "(from 0): change the formula there, or see what 'info' tells of the others.")
  }
}
