// SPDX-License-Identifier: Apache-2.0
//
// One triangle of a matrix: which one an operation reads, copies of one, and how the other is filled in. What LAPACK
// calls upper is our lower: it sees the transposed matrix.

import MatrixCore

/// Which triangle of a matrix, with the diagonal.
public enum Triangle: Hashable, Sendable, CaseIterable {
  case lower
  case upper

  /// LAPACK's letter for it, in the transposed matrix that LAPACK sees.
  var letterSeenByLAPACK: CChar { letter(self == .lower ? "U" : "L") }
}

extension Matrix {
  /// One triangle (or, of a matrix that is not square, trapezoid) of the first `rows` rows of `a`, with zeros in the
  /// place of the other. With `unitDiagonal` its diagonal is ones.
  init(
    _ triangle: Triangle, of a: some StridedReadable<Element>, rows: Int? = nil, unitDiagonal: Bool = false
  ) throws(LinearAlgebraError) {
    let shape = try Shape(ofAnswer: rows ?? a.rows, a.columns)
    try self.init(forAnswer: shape)
    withMutableElements { target in
      copyTriangle(
        triangle, a.strided, rowStride: a.rowStride, to: &target, columns: shape.columns, unitDiagonal: unitDiagonal)
    }
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func copyTriangle<Value: MatrixElement>(
  _ triangle: Triangle, _ source: Span<Value>, rowStride: Int, to target: inout MutableSpan<Value>, columns: Int,
  unitDiagonal: Bool
) {
  unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      guard let from = source.baseAddress, let to = target.baseAddress, target.count > 0 else { return }
      for i in 0..<(target.count / columns) {
        let kept = triangle == .lower ? 0..<min(i + 1, columns) : min(i, columns)..<columns
        let row = unsafe to + i * columns
        unsafe row.update(repeating: 0, count: kept.lowerBound)
        unsafe (row + kept.lowerBound).update(from: from + i * rowStride + kept.lowerBound, count: kept.count)
        unsafe (row + kept.upperBound).update(repeating: 0, count: columns - kept.upperBound)
        if unitDiagonal, i < columns { unsafe row[i] = 1 }
      }
    }
  }
}

/// Makes a square matrix symmetric: what lies below the diagonal is copied above it.
///
/// In tiles of 32×32, because a column is written while a row is read: two tiles of doubles are 16 KiB and stay in L1.
@specialized(where Value == Double)
@specialized(where Value == Float)
func mirrorLowerTriangle<Value: MatrixElement>(_ elements: inout MutableSpan<Value>, order: Int) {
  let tile = 32
  unsafe elements.withUnsafeMutableBufferPointer { elements in
    for top in stride(from: 0, to: order, by: tile) {
      for left in stride(from: 0, through: top, by: tile) {
        for i in top..<min(top + tile, order) {
          for j in left..<max(left, min(left + tile, i)) {
            unsafe elements[j * order + i] = elements[i * order + j]
          }
        }
      }
    }
  }
}
