// SPDX-License-Identifier: Apache-2.0
//
// Rows → chunks: what a worker claims at a time, what is lost when it dies, what is retried.

import MatrixCore

/// Splits the rows of a matrix into contiguous chunks of `rowsPerChunk` rows, the last one possibly shorter.
///
/// A pure function of the shape (or of the caller's `chunkRows`), never of the number of workers: so are ledgers,
/// reports and retries. About `elementsPerChunk` elements a chunk: 256 KiB of matrix, 20 µs to 3 ms of work, some
/// thirty chunks for the 1000×1000 matrix, so that workers end together. Rows in multiples of `rowsTogether`, except
/// where a row is a chunk's work by itself. At most `chunkLimit` chunks, so that a ledger stays below 2 MiB.
///
///     1000×1000 → 32 chunks of 32 (the last: 8)       1×5 → 1 of 1        5×1 → 1 of 5
///     0×n, n×0 → none                                 10⁶×10⁶ → 62,500 of 16
public struct RowPartition: Sendable, Hashable {
  public static let elementsPerChunk = 32_768
  static let chunkLimit = 65_536
  /// Rotations are begun for as many rows at once as a vector has lanes, 8 at most: with 9 rows a chunk, half of that work
  /// would be for rows that are not there.
  private static let rowsTogether = 8

  public let rows: Int
  public let rowsPerChunk: Int
  /// Whether a chunk is the part of its rows from the diagonal block on, and the mirror image of what is to the right of
  /// that block, in the rows below. Together the chunks are still every element once.
  public let isMirrored: Bool

  /// Rows of a mirrored chunk: its images are stretches of so many elements, half a KiB, in as many rows as there are below.
  public static let mirroredChunkRows = 64

  /// `chunkRows`: the caller's own choice, at least 1. `isMirrored`: for square shapes only.
  public init(shape: Shape, chunkRows: Int? = nil, isMirrored: Bool = false) {
    precondition(!isMirrored || shape.rows == shape.columns)
    rows = shape.isEmpty ? 0 : shape.rows
    self.isMirrored = isMirrored
    if isMirrored, chunkRows == nil {
      // Enough chunks for workers to end together: a side of 1,000 has 32 of 32 rows.
      let few = max(8, (rows / 32 + 7) / 8 * 8)
      rowsPerChunk = max(1, min(RowPartition.mirroredChunkRows, few, max(1, rows)))
      return
    }
    if let chunkRows {
      precondition(chunkRows > 0, "a chunk has at least one row")
      rowsPerChunk = min(chunkRows, max(1, rows))
    } else {
      let byElements = (RowPartition.elementsPerChunk + shape.columns - 1) / max(1, shape.columns)
      let byCount = (rows + RowPartition.chunkLimit - 1) / RowPartition.chunkLimit
      let together = RowPartition.rowsTogether
      let fewest = max(byElements, byCount)
      let even = fewest > 1 ? max(together, (fewest + together / 2) / together * together) : 1
      rowsPerChunk = max(1, min(max(even, byCount), max(1, rows)))
    }
  }

  /// Rows of a chunk that is written to a file in one call: about 2 MiB, 8 rows at least; fewer where `byteLimit` wants it, nil
  /// where not even one row is within it.
  static func rowsPerFileChunk(_ shape: Shape, rowByteCount: Int, byteLimit: Int) -> Int? {
    let most = byteLimit / max(1, rowByteCount)
    guard most > 0 || shape.isEmpty else { return nil }
    let byCount = (shape.rows + chunkLimit - 1) / chunkLimit
    let even = max(1, (2 << 20) / max(1, rowByteCount) / rowsTogether) * rowsTogether
    return max(1, min(max(even, byCount), most, shape.rows))
  }

  public var chunkCount: Int { rows == 0 ? 0 : (rows - 1) / rowsPerChunk + 1 }

  /// The elements of chunk `index`, as stretches of rows: each the row, and its columns.
  func forEachStretch(ofChunk index: Int, columns: Int, _ body: (Int, Range<Int>) -> Void) {
    let chunk = rows(ofChunk: index)
    for row in chunk { body(row, (isMirrored ? chunk.lowerBound : 0)..<columns) }
    guard isMirrored else { return }
    for row in chunk.upperBound..<rows { body(row, chunk) }
  }

  /// The rows of chunk `index`.
  public func rows(ofChunk index: Int) -> Range<Int> {
    precondition(index >= 0 && index < chunkCount)
    let first = index * rowsPerChunk
    return first..<min(first + rowsPerChunk, rows)
  }
}
