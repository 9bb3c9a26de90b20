// SPDX-License-Identifier: Apache-2.0
//
// The matrices that a command of linear algebra works on: read from files, or the first of them computed from a formula,
// where it lies in the memory that the workers wrote.

import Multiprocessing
import Synchronization
import Weft

/// One matrix, with what it is called in messages.
struct Operand<Element: MatrixElement> {
  /// "A".
  var name: String
  /// The path or the formula.
  var source: String
  var matrix: any MatrixReadable<Element>
}

/// What was asked for, before anything is read.
struct OperandRequest {
  /// What the command calls its matrices: "A", "b".
  var names: [String]
  var paths: [String]
  var computation: ComputeRequest?
  /// nil: as the files have it.
  var wantedType: ElementType?
  var cpuLimit: Int?

  /// - Throws: `UsageError` where the number of matrices is wrong.
  init(_ names: [String], _ paths: [String], _ options: FormulaOperandOptions, command: String) throws(UsageError) {
    computation = try options.request()
    wantedType = try options.elementType()
    cpuLimit = try options.cpuLimit()
    self.names = names
    self.paths = paths
    let wanted = names.count - (computation == nil ? 0 : 1)
    guard paths.count == wanted else {
      let all = names.joined(separator: " and ")
      let given = paths.isEmpty ? "none is given" : "\(paths.count) \(paths.count == 1 ? "is" : "are") given"
      let count = names.count == 1 ? "one matrix" : "\(names.count) matrices, \(all)"
      throw UsageError(
        computation == nil
          ? "weft \(command) takes \(count); \(given): name a file for each, or compute the first with --formula."
          : "weft \(command) takes \(count), the first of them computed here; \(given) besides: "
            + (wanted == 0 ? "leave files out." : "name a file for each other."))
    }
  }

  /// float32 where every matrix is, else float64; or what was asked for.
  ///
  /// - Throws: `FileError` where a file's header cannot be read.
  func elementType() throws -> ElementType {
    if let wantedType { return wantedType }
    if computation != nil { return .float64 }
    for path in paths where try MatrixFile.inspect(path).elementType == .float64 { return .float64 }
    return paths.isEmpty ? .float64 : .float32
  }

  /// - Throws: `FileError`, and what computing throws.
  func read<Element: MatrixElement>(as type: Element.Type) throws -> [Operand<Element>] {
    var operands: [Operand<Element>] = []
    if let computation {
      let matrix = try computation.matrix(as: Element.self)
      operands.append(
        Operand(name: names[0], source: TerminalText.printable(computation.formula), matrix: matrix))
    }
    for (path, matrix) in zip(paths, try readFiles(as: Element.self)) {
      operands.append(
        Operand(name: names[operands.count], source: TerminalText.printable(path), matrix: matrix))
    }
    return operands
  }

  /// All files at once, each on a thread of its own: one thread copies from the page cache at half of the memory's speed.
  private func readFiles<Element: MatrixElement>(as type: Element.Type) throws(FileError) -> [Matrix<Element>] {
    // Rounding was asked for by name, where a type was.
    let options = ReadOptions(narrowing: wantedType == nil ? .refuse : .nearest)
    let results = Mutex([Result<Matrix<Element>, FileError>?](repeating: nil, count: paths.count))
    Threads.forEach(paths.count, threads: paths.count) { index in
      // The same file twice, as in Aᵀ·A, is read once.
      guard paths.firstIndex(of: paths[index]) == index else { return }
      let result = Result { () throws(FileError) in try Matrix<Element>(contentsOf: paths[index], options: options) }
      results.withLock { $0[index] = result }
    }
    return try paths.map { (path) throws(FileError) in
      guard let result = results.withLock({ $0[paths.firstIndex(of: path) ?? 0] }) else {
        preconditionFailure("every file was read")
      }
      return try result.get()
    }
  }
}

extension ComputeRequest {
  /// Computes the matrix and ends the workers: the CPUs are OpenBLAS's from here on.
  ///
  /// - Throws: every error of the engine and of input files; `Interrupted` after a termination signal.
  func matrix<Element: MatrixElement>(as type: Element.Type) throws -> SharedMatrix<Element> {
    let engine = try BlockingEngine(mode)
    defer { engine.shutDown() }
    return try TerminationSignals.catching { signals in
      let job = try job(try Formula(formula))
      return try engine.compute(job, as: Element.self, interrupt: signals.descriptorNumber).matrix
    }
  }
}
