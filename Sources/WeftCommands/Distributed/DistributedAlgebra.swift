// SPDX-License-Identifier: Apache-2.0
//
// What every command of linear algebra over ranks does: operands, the answer, files, the account.

import ArgumentParser
import Multiprocessing
import Weft

/// A command whose answer ScaLAPACK finds.
protocol DistributedAlgebraCommand: DistributedCommand {
  var target: DistributedOutputOptions { get }
  var layout: DistributedLayoutOptions { get }
  /// The matrices asked for.
  func operands() throws(UsageError) -> DistributedOperands
  /// The matrices of the answer.
  var partNames: [String] { get }
  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer
}

/// How matrices are spread.
struct DistributedLayoutOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Ranks in rows and columns. (default: as near to a square as their number allows)", valueName: "RxC"))
  var grid: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows and columns of a block. (default: 64)", valueName: "n"))
  var block: String?

  func processGrid(of count: Int? = nil) throws(UsageError) -> ProcessGrid? {
    guard let text = grid else { return nil }
    guard let grid = ProcessGrid(text) else { throw UsageError("--grid is ROWSxCOLUMNS, as 4x2, not '\(text)'.") }
    if let count, grid.count != count {
      throw UsageError("--grid \(text) has \(grid.count) places, and there are \(count) ranks: one for each.")
    }
    return grid
  }

  func blockSize() throws(UsageError) -> Int {
    var options = ComputeOptions()
    options.add([("block", block)])
    return try options.integer("block", in: 1...4096) ?? BlockCyclicAlgebra.usualBlock
  }
}

extension DistributedAlgebraCommand {
  func checkOptions() throws(UsageError) {
    _ = try (layout.processGrid(), layout.blockSize(), target.destination(), operands())
  }

  func run(among ranks: any RankGroup, since start: Deadline) throws {
    guard let ranks = ranks as? any BlockCyclicRanks else {
      throw EngineError(.resources, "These ranks have no linear algebra.")
    }
    let grid = try layout.processGrid(of: ranks.count)
    let output = try target.destination()
    let operands = try operands().open(ranks)
    let algebra = try BlockCyclicAlgebra(
      ranks, grid: grid, block: layout.blockSize(), memoryLimit: job.memoryLimit(), timeLimit: job.timeLimit())
    for name in partNames {
      if let output { try algebra.check(output.path(of: name, isOnly: partNames.count == 1), output.options(nil)) }
    }
    var report = DistributedReport(command: Self.configuration.commandName ?? "", start: start)
    let answer = try answer(algebra, operands)
    for part in answer.parts {
      guard let output else { continue }
      let path = output.path(of: part.name, isOnly: answer.parts.count == 1)
      report.outputs.append((part.name, path, try algebra.write(part.content, to: path, output.options(nil))))
    }
    algebra.lap("write")
    // What the hungriest rank has held.
    report.peakByteCount = Int(try ranks.largest(Double(Machine.peakMemoryByteCount)))
    guard ranks.isRoot else { return }
    if let warning = answer.warning { StandardDescriptors.complain("weft-mpi: warning: \(warning)") }
    try report.tell(answer, operands, algebra, job, showsValues: output == nil)
  }
}

extension BlockCyclicAlgebra {
  /// Writes a part of an answer. Collective.
  ///
  /// - Returns: on the root what was written; nil on the others.
  fileprivate func write(
    _ content: BlockCyclicAnswer.Content, to path: String, _ options: WriteOptions
  ) throws -> WriteReport? {
    switch content {
    case .matrix(let matrix): return try self.write(matrix, to: path, options)
    case .values(let values):
      var report: WriteReport?
      try ranks.agree(rootOnly: true) {
        report = try MatrixFile.write(Matrix(column: values), to: path, format: .npy, options: options)
      }
      return report
    }
  }
}
