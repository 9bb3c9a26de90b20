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
    guard rows.upperBound < side else { return summary }
    let size = elementType.byteCount
    unsafe kernels.pointee.transpose(
      base + (rows.lowerBound * side + rows.upperBound) * size,
      base + (rows.upperBound * side + rows.lowerBound) * size,
      side, rows.count, side - rows.upperBound, elementType == .float32)
    guard wantsChecksum || mayBeNonfinite else { return summary }
    for row in rows.upperBound..<side {
      let index = row * side + rows.lowerBound
      let place = unsafe base + index * size
      if wantsChecksum {
        summary.checksum &+= unsafe checksum(
          of: place, isFloat32: elementType == .float32, index: index, count: rows.count)
      }
      guard mayBeNonfinite else { continue }
      for k in 0..<rows.count {
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
