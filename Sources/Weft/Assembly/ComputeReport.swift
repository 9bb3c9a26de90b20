// SPDX-License-Identifier: Apache-2.0
//
// What a computation was: handed out with the matrix, printed by the command line.

import Formula
import MatrixCore

/// The account of one computation.
public struct ComputeReport: Sendable {
  /// Wall-clock seconds by phase.
  public struct Seconds: Sendable {
    /// Reading the formula, compiling it, sizing the job.
    public var plan = 0.0
    /// Starting workers and reserving memory (the workers come up during `compute`).
    public var start = 0.0
    public var compute = 0.0
    public var validate = 0.0
    public var total: Double { plan + start + compute + validate }
  }

  public var shape: Shape
  public var elementType: ElementType
  /// What was asked for; nil for a ``RowKernel``, whose elements are as exact as it makes them.
  public var accuracy: Accuracy?
  /// The bound of an element's error, in words; nil for a ``RowKernel``.
  public var bound: String?
  /// Processes that took part; 0 in process.
  public var workers: Int
  public var chunks: Int
  /// Chunks computed again because a worker died or hung.
  public var retries: Int
  /// Chunks that an earlier run had done (see ``BlockingEngine/compute(_:as:to:options:interrupt:progress:)``).
  public var chunksFound = 0
  public var seconds = Seconds()
  /// The position-keyed checksum of all elements; nil where verification was `none`.
  public var checksum: Checksum?
  public var nonfiniteCount: Int
  /// Row and column, from 0, of the first element that is infinite or NaN.
  public var firstNonfinite: (row: Int, column: Int)?
  public var verified: Job.Verification
  /// Elements recomputed by the reference evaluator.
  public var elementsRecomputed: Int

  /// Bytes of the matrix per second of the compute phase.
  public var bytesPerSecond: Double {
    seconds.compute > 0 ? Double(shape.byteCount(of: elementType)) / seconds.compute : 0
  }
}

/// A matrix's checksum: Σ over elements of a function of bits and place, mod 2⁶⁴ (CKernels/sink.inc). It does not
/// depend on how the matrix was cut, computed or stored; float32 and float64 matrices of the same values differ.
public struct Checksum: Hashable, Sendable, CustomStringConvertible {
  public var value: UInt64
  public init(_ value: UInt64) { self.value = value }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
