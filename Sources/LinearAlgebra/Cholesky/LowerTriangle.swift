// SPDX-License-Identifier: Apache-2.0
//
// What Cholesky's factorization needs of a symmetric matrix before LAPACK starts, in one traversal of its lower triangle:
// zeros above the diagonal, the sums of its columns, and with these whether all elements are finite.
// Rejected: zeros and sums in traversals of their own, 1.2 times as long with the copy at order 1000 (1.68 ms instead of
// 1.39), where what remains is fresh memory.

import MatrixCore

/// Writes zeros above the diagonal of a symmetric matrix of which the lower triangle counts.
///
/// - Returns: Σᵢ |aᵢⱼ| for every column `j`: every element below the diagonal stands in two. Not finite where an element
///   that counts is not, or where the sum overflows.
@specialized(where Value == Double)
@specialized(where Value == Float)
func clearAboveDiagonal<Value: MatrixElement>(_ elements: inout MutableSpan<Value>, order: Int) -> [Value] {
  precondition(elements.count == order * order)
  return unsafe elements.withUnsafeMutableBufferPointer { elements in
    guard let base = elements.baseAddress else { return [] }
    return unsafe takeLowerTriangle(UnsafePointer(base), rowStride: order, base, order)
  }
}

/// The same into another matrix, of which nothing is read.
@specialized(where Value == Double)
@specialized(where Value == Float)
func copyLowerTriangle<Value: MatrixElement>(
  of source: Span<Value>, rowStride: Int, to target: inout MutableSpan<Value>, order: Int
) -> [Value] {
  precondition(target.count == order * order && rowStride >= order)
  precondition(order == 0 || source.count >= (order - 1) * rowStride + order)
  return unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      guard let source = source.baseAddress, let target = target.baseAddress else { return [] }
      return unsafe takeLowerTriangle(source, rowStride: rowStride, target, order)
    }
  }
}

/// `source` may be `target`: each element is read before it is written.
@inline(__always)
@unsafe private func takeLowerTriangle<Value: MatrixElement>(
  _ source: UnsafePointer<Value>, rowStride: Int, _ target: UnsafeMutablePointer<Value>, _ order: Int
) -> [Value] {
  @inline(__always) func load(_ p: UnsafePointer<Value>) -> SIMD8<Value> {
    unsafe UnsafeRawPointer(p).loadUnaligned(as: SIMD8<Value>.self)
  }
  @inline(__always) func store(_ lanes: SIMD8<Value>, _ p: UnsafeMutablePointer<Value>) {
    unsafe UnsafeMutableRawPointer(p).storeBytes(of: lanes, as: SIMD8<Value>.self)
  }
  // Lane by lane in Swift, the sign bits of a register at once in machine code.
  @inline(__always) func magnitudes(_ lanes: SIMD8<Value>) -> SIMD8<Value> {
    var result = lanes
    for k in 0..<8 { result[k] = lanes[k].magnitude }
    return result
  }
  return unsafe [Value](unsafeUninitializedCapacity: order) { buffer, count in
    count = order
    guard let sums = buffer.baseAddress else { return }
    for i in 0..<order {
      let (from, to) = unsafe (source + i &* rowStride, target + i &* order)
      var lanes = SIMD8<Value>(repeating: 0)
      var j = 0
      while j &+ 8 <= i {
        let elements = unsafe load(from + j)
        let sizes = magnitudes(elements)
        unsafe store(elements, to + j)
        unsafe store(load(sums + j) + sizes, sums + j)
        lanes += sizes
        j &+= 8
      }
      var sum = lanes.sum()
      while j < i {
        let element = unsafe from[j]
        unsafe to[j] = element
        unsafe sums[j] += element.magnitude
        sum += element.magnitude
        j &+= 1
      }
      let element = unsafe from[i]
      unsafe to[i] = element
      sum += element.magnitude
      unsafe (sums + i).initialize(to: sum)
      let next = i &+ 1
      unsafe (to + next).update(repeating: 0, count: order &- next)
    }
  }
}
