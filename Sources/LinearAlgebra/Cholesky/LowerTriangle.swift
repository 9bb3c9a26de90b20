// SPDX-License-Identifier: Apache-2.0
//
// What Cholesky's factorization needs of a symmetric matrix before LAPACK starts, in one traversal of its lower triangle:
// the sums of its columns, with these whether all elements are finite, and a copy where one is to be made.

import MatrixCore

/// Σᵢ |aᵢⱼ| for every column `j` of a symmetric matrix of which the lower triangle counts: every element below the diagonal
/// stands in two. Not finite where an element that counts is not, or where the sum overflows.
@specialized(where Value == Double)
@specialized(where Value == Float)
func columnSumsOfSymmetric<Value: MatrixElement>(_ elements: Span<Value>, order: Int) -> [Value] {
  precondition(elements.count == order * order)
  return unsafe elements.withUnsafeBufferPointer { elements in
    guard let base = elements.baseAddress else { return [] }
    return unsafe takeLowerTriangle(base, rowStride: order, nil, order)
  }
}

/// The same, with a copy of the triangle into another matrix, of which nothing is read and nothing else is written.
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

@inline(__always)
@unsafe private func takeLowerTriangle<Value: MatrixElement>(
  _ source: UnsafePointer<Value>, rowStride: Int, _ target: UnsafeMutablePointer<Value>?, _ order: Int
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
  // Bands of equal area.
  let bands = bandCount(elements: order * order / 2)
  let ends = (0...bands).map { Int((Double($0) / Double(bands)).squareRoot() * Double(order)) }
  return unsafe sumsOfBands(bands, columns: order) { band, sums in
    for i in ends[band]..<ends[band + 1] {
      let from = unsafe source + i &* rowStride
      let to = unsafe target.map { unsafe $0 + i &* order }
      var lanes = SIMD8<Value>(repeating: 0)
      var j = 0
      while j &+ 8 <= i {
        let elements = unsafe load(from + j)
        let sizes = magnitudes(elements)
        if let to = unsafe to { unsafe store(elements, to + j) }
        unsafe store(load(sums + j) + sizes, sums + j)
        lanes += sizes
        j &+= 8
      }
      var sum = lanes.sum()
      while j < i {
        let element = unsafe from[j]
        if let to = unsafe to { unsafe to[j] = element }
        unsafe sums[j] += element.magnitude
        sum += element.magnitude
        j &+= 1
      }
      let element = unsafe from[i]
      if let to = unsafe to { unsafe to[i] = element }
      unsafe sums[i] += sum + element.magnitude
    }
  }
}
