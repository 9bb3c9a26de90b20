// SPDX-License-Identifier: Apache-2.0
//
// Answers into files: names, what can be refused before the work, and the writing.

import Multiprocessing
import Weft

/// Where an answer goes.
struct AnswerOutput: Equatable {
  var path: String
  var format: MatrixFormat?
  var overwrite: Bool
  var sync: Bool

  var isStandardOutput: Bool { ComputeRequest.Output.isStandardOutput(path) }

  /// The file of one matrix: the path itself where the answer is one matrix, else the path with the matrix's name before its
  /// extension, which is .npy where it has none.
  func path(of name: String, isOnly: Bool) -> String {
    guard !isOnly else { return path }
    let known = MatrixFormat(path: path) != nil
    let dot = known ? path.lastIndex(of: ".") ?? path.endIndex : path.endIndex
    return path[..<dot] + ".\(name)" + (known ? String(path[dot...]) : ".\(format?.rawValue ?? "npy")")
  }

  /// Refuses what cannot be written, before anything is read or computed.
  ///
  /// - Throws: `UsageError` or `FileError`.
  func check(_ names: [String]) throws {
    guard !isStandardOutput || names.count == 1 else {
      throw UsageError(
        "The answer is \(names.count) matrices (\(names.joined(separator: ", "))), and standard output takes one; write -o PATH."
      )
    }
    for name in names {
      // The shape is not known yet; what a format cannot hold is refused when it is.
      let format = try MatrixFile.check(
        path(of: name, isOnly: names.count == 1), shape: Shape(rows: 1, columns: 1), format: format,
        overwrite: overwrite)
      if isStandardOutput, format == .npy || format == .raw, Terminal.isInteractive(1), !overwrite {
        throw UsageError("\(format) is not for a terminal; redirect standard output, or take --format csv.")
      }
    }
  }

  /// - Throws: `FileError`; `Interrupted` after a termination signal. Files written before are complete and stay.
  func write<Element>(_ parts: [AlgebraAnswer<Element>.Part]) throws -> [WriteReport] {
    // A slow reader's pipe would keep signals waiting, and there is nothing to clean up there.
    let signals = isStandardOutput ? nil : try TerminationSignals.install()
    defer { signals?.uninstall() }
    let options = WriteOptions(overwrite: overwrite, sync: sync, isCancelled: { signals?.received != nil })
    do {
      return try parts.map { part in
        try write(part.matrix, to: path(of: part.name, isOnly: parts.count == 1), options)
      }
    } catch {
      guard let signals, signals.received != nil else { throw error }
      throw Interrupted(signals: signals)
    }
  }

  private func write<Element>(
    _ matrix: some MatrixReadable<Element>, to path: String, _ options: WriteOptions
  ) throws(FileError) -> WriteReport {
    try MatrixFile.write(matrix, to: path, format: format, options: options)
  }
}
