// SPDX-License-Identifier: Apache-2.0
//
// The way of every command of linear algebra: what can be refused is refused, matrices are read or computed, the answer is
// found, written and told.

import ArgumentParser
import Multiprocessing
import Weft

/// A command that works on matrices. What it does is `answer`; everything else is the same for all.
protocol AlgebraCommand: ParsableCommand {
  /// What it calls its matrices, in the order of the command line: "A", "b".
  static var operandNames: [String] { get }
  associatedtype Arguments: AlgebraArguments
  var arguments: Arguments { get }

  /// The matrices of the answer, before it is found; none where it is numbers.
  var partNames: [String] { get }
  /// Whether OpenBLAS is needed, for some options or for these.
  static var mayUseBLAS: Bool { get }
  var usesBLAS: Bool { get }

  /// Options of its own, understood. Called before anything is read.
  func checkOptions() throws(UsageError)
  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element>
}

extension AlgebraCommand {
  static var _errorPrefix: String { WeftCommand._errorPrefix }
  static var operandNames: [String] { ["A"] }
  var partNames: [String] { [] }
  static var mayUseBLAS: Bool { true }
  var usesBLAS: Bool { Self.mayUseBLAS }
  func checkOptions() throws(UsageError) {}

  func run() throws {
    let start = Deadline.now
    let request = try OperandRequest(
      Self.operandNames, arguments.files, arguments.operand, command: Self.configuration.commandName ?? "")
    try checkOptions()
    let output = try arguments.destination()
    try output?.check(partNames)
    switch try request.elementType() {
    case .float64: try run(request, output, as: Double.self, since: start)
    case .float32: try run(request, output, as: Float.self, since: start)
    }
  }

  private func run<Element: MatrixElement & Real>(
    _ request: OperandRequest, _ output: MatrixOutput?, as type: Element.Type, since start: Deadline
  ) throws {
    var account = AlgebraAccount(
      command: Self.configuration.commandName ?? "", elementType: Element.elementType, start: start)
    let operands = try request.read(as: Element.self)
    account.operands = operands.map { ($0.name, $0.source, $0.matrix.shape) }
    account.hasRead()
    if usesBLAS { account.library = try Self.library(threads: request.cpuLimit) }
    let answer = try answer(operands)
    account.hasComputed()
    account.written = try output?.write(answer.parts) ?? []
    account.hasWritten()
    let wantsQuality = arguments.account.json || arguments.account.verbose
    try account.tell(
      answer, quality: wantsQuality ? answer.quality() : [], as: arguments.account,
      toError: output?.isStandardOutput ?? false)
  }
  /// - Throws: `LinearAlgebraError` where there is no OpenBLAS.
  private static func library(threads: Int?) throws(LinearAlgebraError) -> BLASLibrary {
    let library = try BLASLibrary.open()
    // One owner of parallelism: workers have ended, all CPUs are the library's.
    library.setThreads(threads ?? Machine.cpuCount().count)
    return library
  }

  /// Begins to open OpenBLAS on a thread of its own. To find, load and initialize it takes longer than to parse the command
  /// line (3 ms) and to read a 1000×1000 matrix, and a CPU is idle then. Without a thread it is opened when it is needed.
  static func prepare() {
    if mayUseBLAS { try? Offload.startThread { _ = try? BLASLibrary.open() } }
  }
}
