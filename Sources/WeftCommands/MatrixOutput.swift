// SPDX-License-Identifier: Apache-2.0
//
// Where a matrix goes, whatever command wrote it: what can be refused before the work, and what a termination signal does
// meanwhile.

import Multiprocessing
import Weft

/// A file to be written, or standard output.
struct MatrixOutput: Equatable {
  var path: String
  var format: MatrixFormat?
  var overwrite: Bool
  var sync: Bool
  var spelling = OutputSpelling()

  /// The matrix itself takes standard output, so that the summary has to go elsewhere.
  var isStandardOutput: Bool { ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path) }

  /// Refuses what cannot be written, before anything is read or computed.
  ///
  /// - Parameter shape: nil where it is not known yet; what the format cannot hold is then refused when it is.
  /// - Throws: `UsageError` or `FileError`.
  func check(_ shape: Shape? = nil) throws {
    let format = try MatrixFile.check(
      path, shape: shape ?? Shape(rows: 1, columns: 1), format: format, overwrite: overwrite)
    if isStandardOutput, format.isBinary, Terminal.isInteractive(1), !overwrite {
      throw UsageError("\(format) is not for a terminal; redirect standard output, or take --format csv.")
    }
  }

  /// How to write there, until a signal comes.
  func options(_ signals: TerminationSignals?) -> WriteOptions {
    WriteOptions(
      overwrite: overwrite, sync: sync, text: spelling.text, isCompressed: spelling.isCompressed,
      member: spelling.member,
      isCancelled: { signals?.received != nil })
  }

  /// Runs `body`, which writes there, so that a signal leaves the target as it was. Not for standard output: a slow reader's
  /// pipe would keep the signal waiting, and there is nothing to clean up.
  ///
  /// - Throws: what `body` throws; `Interrupted` after a termination signal.
  func writing<R>(_ body: (WriteOptions) throws -> R) throws -> R {
    guard !isStandardOutput else { return try body(options(nil)) }
    return try TerminationSignals.catching { try body(options($0)) }
  }
}

extension TerminationSignals {
  /// Runs `body` with termination signals caught: whatever fails after one failed because of it, or does not matter any more.
  ///
  /// - Throws: what `body` throws, or `Interrupted` instead.
  static func catching<R>(_ body: (TerminationSignals) throws -> R) throws -> R {
    let signals = try install()
    defer { signals.uninstall() }
    do { return try body(signals) } catch { throw signals.received == nil ? error : Interrupted(signals: signals) }
  }
}
