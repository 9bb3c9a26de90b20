// SPDX-License-Identifier: Apache-2.0
//
// The loops over pairs of elements on either side of the diagonal, by blocks: across rows, each cache line is used up
// before it is left.

/// Elements of a side: two blocks of doubles fit in a first cache of 32 KB.
private let blockSide = 32

@inline(__always)
private func allPairs(_ n: Int, satisfy condition: (_ i: Int, _ j: Int) -> Bool) -> Bool {
  for top in stride(from: 0, to: n, by: blockSide) {
    for left in stride(from: top, to: n, by: blockSide) {
      for i in top..<min(top &+ blockSide, n) {
        for j in max(left, i)..<min(left &+ blockSide, n) where !condition(i, j) { return false }
      }
    }
  }
  return true
}

@specialized(where Value == Double)
@specialized(where Value == Float)
func agreesWithTranspose<Value: MatrixElement>(
  _ a: Span<Value>, rowStride: Int, order n: Int, within tolerance: Value
) -> Bool {
  unsafe a.withUnsafeBufferPointer { a in
    allPairs(n) { i, j in
      let (x, y) = unsafe (a[i &* rowStride &+ j], a[j &* rowStride &+ i])
      return x == y || (x - y).magnitude <= tolerance  // x == y: infinities, whose difference is NaN
    }
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
func symmetrizeInPlace<Value: MatrixElement>(_ a: inout MutableSpan<Value>, order n: Int) {
  unsafe a.withUnsafeMutableBufferPointer { a in
    _ = allPairs(n) { i, j in
      let mean = unsafe i == j ? a[i &* n &+ j] : a[i &* n &+ j] * 0.5 + a[j &* n &+ i] * 0.5
      unsafe a[i &* n &+ j] = mean
      unsafe a[j &* n &+ i] = mean
      return true
    }
  }
}
