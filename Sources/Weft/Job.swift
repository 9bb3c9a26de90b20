// SPDX-License-Identifier: Apache-2.0
//
// What to compute: the request as the caller made it, nothing resolved yet. `Plan` resolves it.

import Formula
import MatrixCore

/// A matrix to be computed.
public struct Job: Sendable {
  /// Where elements come from.
  public enum Source: Sendable {
    case formula(Formula)
    /// The caller's own code, run in the workers.
    case kernel(any RowKernel.Type)
  }

  /// What to do with infinities and NaNs in the result.
  public enum NonfinitePolicy: String, Sendable, CaseIterable {
    /// Refuse the matrix, naming the first element that is not finite.
    case error
    /// Keep them, and count them in the report.
    case allow
  }

  /// How much of the result is checked before it is handed out. The ledger is checked always: every chunk was done,
  /// once.
  public enum Verification: String, Sendable, CaseIterable {
    /// Nothing more; no checksum is taken either.
    case none
    /// All checksums recomputed from memory (one more pass over the matrix), and a sample of elements recomputed by the
    /// reference evaluator, bit for bit.
    case sample
    /// As `sample`, with every element recomputed: some 100 times slower than computing it.
    case full
  }

  /// How long a worker may go without a sign of life.
  public enum ChunkTimeout: Sendable, Hashable {
    /// Ten times the longest pause seen so far, 5 seconds at least; before the first sign of life 60 seconds for
    /// formulas, and no limit for a kernel, whose rows may take as long as they need.
    case automatic
    case seconds(Double)
    case none
  }

  public var source: Source
  public var rows: Int
  public var columns: Int
  /// 0 or 1: `i` in the first row and `j` in the first column.
  public var origin = 0
  /// Values of the formula's named numbers.
  public var parameters: [String: Double] = [:]
  /// Input matrices by name. A `SharedMatrix` is passed to the workers as it is; any other is copied for them, per job.
  public var inputs: [String: any MatrixReadable] = [:]
  /// Rows claimed by a worker at a time; nil: from the shape.
  public var chunkRows: Int? = nil
  public var chunkTimeout = ChunkTimeout.automatic
  public var nonfinite = NonfinitePolicy.error
  public var verification = Verification.sample
  public var accuracy = Accuracy.strict

  public init(_ source: Source, rows: Int, columns: Int) {
    self.source = source
    self.rows = rows
    self.columns = columns
  }
}

extension Job {
  /// All that a plan depends on.
  struct Key: Equatable {
    var formula: String
    var rows, columns, origin: Int
    var parameters: [String: Double]
    var chunkRows: Int?
    var chunkTimeout: ChunkTimeout
    var verification: Verification
    var accuracy: Accuracy
  }

  /// nil where the job is more than numbers and text: with inputs or a kernel.
  var key: Key? {
    guard case .formula(let formula) = source, inputs.isEmpty else { return nil }
    return Key(
      formula: formula.text, rows: rows, columns: columns, origin: origin, parameters: parameters, chunkRows: chunkRows,
      chunkTimeout: chunkTimeout, verification: verification, accuracy: accuracy)
  }
}

/// The caller's own code, computing one row at a time in the workers.
///
/// The conforming type is named, not sent: it must be internal, package or public, at file scope or nested in such a
/// type. A row must depend on its index alone, since a row may be computed twice, in different processes, when a
/// worker dies.
public protocol RowKernel: Sendable {
  /// Writes row `i` (counted from 0). `values` holds one element per column and unspecified numbers on entry.
  static func fill(row i: Int, into values: inout MutableSpan<Double>)
}
