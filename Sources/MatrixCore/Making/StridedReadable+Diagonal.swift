// SPDX-License-Identifier: Apache-2.0
// The diagonal and its neighbours, as lists.

extension StridedReadable {
  /// The elements in row i and column i + `offset`, for every i that has both: above the diagonal where `offset` is
  /// positive, below it where it is negative, none where it lies outside.
  public func diagonal(offset: Int = 0) -> [Element] {
    let (top, left) = (max(0, -offset), max(0, offset))
    let count = min(rows - top, columns - left)
    return count > 0 ? (0..<count).map { self[top + $0, left + $0] } : []
  }
}
