// SPDX-License-Identifier: Apache-2.0
//
// Rows → chunks: what a worker claims at a time, what is lost when it dies, what is retried.

import MatrixCore

/// Splits the rows of a matrix into contiguous chunks of `rowsPerChunk` rows, the last one possibly shorter.
///
/// A pure function of the shape (or of the caller's `chunkRows`), never of the number of workers: so are ledgers,
/// reports and retries. About `elementsPerChunk` elements a chunk: 256 KiB of matrix, 50 µs to 3 ms of work, some
/// thirty chunks for the 1000×1000 matrix, so that workers end together. At most `chunkLimit` chunks, so that a
/// ledger stays below 2 MiB.
///
///     1000×1000 → 31 chunks of 33 (the last: 10)      1×5 → 1 of 1        5×1 → 1 of 5
///     0×n, n×0 → none                                 10⁶×10⁶ → 62,500 of 16
public struct RowPartition: Sendable, Hashable {
  public static let elementsPerChunk = 32_768
  static let chunkLimit = 65_536

  public let rows: Int
  public let rowsPerChunk: Int

  /// `chunkRows`: the caller's own choice, at least 1.
  public init(shape: Shape, chunkRows: Int? = nil) {
    rows = shape.isEmpty ? 0 : shape.rows
    if let chunkRows {
      precondition(chunkRows > 0, "a chunk has at least one row")
      rowsPerChunk = min(chunkRows, max(1, rows))
    } else {
      let byElements = (RowPartition.elementsPerChunk + shape.columns - 1) / max(1, shape.columns)
      let byCount = (rows + RowPartition.chunkLimit - 1) / RowPartition.chunkLimit
      rowsPerChunk = max(1, min(max(byElements, byCount), max(1, rows)))
    }
  }

  public var chunkCount: Int { rows == 0 ? 0 : (rows - 1) / rowsPerChunk + 1 }

  /// The rows of chunk `index`.
  public func rows(ofChunk index: Int) -> Range<Int> {
    precondition(index >= 0 && index < chunkCount)
    let first = index * rowsPerChunk
    return first..<min(first + rowsPerChunk, rows)
  }
}
