// SPDX-License-Identifier: Apache-2.0
//
// The other triangle of a symmetric matrix, copied from the one that was computed.

import CKernels
import MatrixCore

extension KernelTable {
  /// Copies what stands in `rows` to the right of them into the columns below them: element (c, r) = element (r, c) for r
  /// in `rows` and c ≥ `rows.upperBound`. `matrix` is square, with `side` rows, and starts at `base`.
  ///
  /// What was learnt of the copies: their checksum if wanted, and, `mayBeNonfinite`, which of them are not finite.
  @unsafe public func mirror(
    rows: Range<Int>, side: Int, base: UnsafeMutableRawPointer, elementType: ElementType, wantsChecksum: Bool,
    mayBeNonfinite: Bool
  ) -> ElementSummary {
    var summary = ElementSummary()
    let isLookedAt = wantsChecksum || mayBeNonfinite
    // A stretch of rows at a time, so that copies that are looked at still lie in L1 or L2.
    for first in stride(from: rows.upperBound, to: side, by: 64) {
      let images = first..<min(first + 64, side)
      unsafe kernels.pointee.transpose(
        base + (rows.lowerBound * side + first) * elementType.byteCount,
        base + (first * side + rows.lowerBound) * elementType.byteCount,
        side, rows.count, images.count, elementType == .float32, !isLookedAt)
      guard isLookedAt else { continue }
      summary.merge(
        unsafe look(
          at: images, columns: rows, side: side, base: base, elementType: elementType, wantsChecksum: wantsChecksum,
          mayBeNonfinite: mayBeNonfinite))
    }
    unsafe kernels.pointee.drain()
    return summary
  }

  private func look(
    at rows: Range<Int>, columns: Range<Int>, side: Int, base: UnsafeMutableRawPointer, elementType: ElementType,
    wantsChecksum: Bool, mayBeNonfinite: Bool
  ) -> ElementSummary {
    let size = elementType.byteCount
    var summary = ElementSummary()
    for row in rows {
      let index = row * side + columns.lowerBound
      let place = unsafe base + index * size
      if wantsChecksum {
        summary.checksum &+= unsafe checksum(
          of: place, isFloat32: elementType == .float32, index: index, count: columns.count)
      }
      guard mayBeNonfinite else { continue }
      for k in 0..<columns.count {
        let isFinite =
          elementType == .float32
          ? unsafe place.load(fromByteOffset: k * 4, as: Float.self).isFinite
          : unsafe place.load(fromByteOffset: k * 8, as: Double.self).isFinite
        if isFinite { continue }
        summary.nonfiniteCount += 1
        summary.firstNonfinite = min(summary.firstNonfinite, UInt64(index + k))
      }
    }
    return summary
  }
}
