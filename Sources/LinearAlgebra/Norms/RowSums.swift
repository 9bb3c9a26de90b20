// SPDX-License-Identifier: Apache-2.0
//
// What norms need to know of one row, in one pass that also proves it finite: all are NaN or infinite where an element is.
// `@specialized` as in Scan.swift.

import MatrixCore

/// Σⱼ |xⱼ|. Not finite where an element is not, or where the sum overflows.
@specialized(where Value == Double)
@specialized(where Value == Float)
func sumOfMagnitudes<Value: MatrixElement>(_ row: Span<Value>) -> Value {
  sumOfTerms(row) { $0.magnitude }
}

/// Σⱼ (scale·xⱼ)², in double. Not finite where an element is not, or where the sum overflows.
@specialized(where Value == Double)
@specialized(where Value == Float)
func scaledSumOfSquares<Value: MatrixElement>(_ row: Span<Value>, scaledBy scale: Double) -> Double {
  sumOfTerms(row) { x in
    let scaled = scale * Double(x)
    return scaled * scaled
  }
}

/// Σⱼ xⱼ·0: 0 where all elements are finite, and NaN where one is not.
@specialized(where Value == Double)
@specialized(where Value == Float)
func sumOfZeros<Value: MatrixElement>(_ row: Span<Value>) -> Value {
  sumOfTerms(row) { $0 * 0 }
}

/// Terms are made element by element, because SIMD has no magnitude and no conversion that the compiler would not call: of
/// this it makes the processor's own instructions for several elements at once.
@inline(__always)
private func sumOfTerms<Value: MatrixElement, Sum: BinaryFloatingPoint & SIMDScalar>(
  _ row: Span<Value>, _ term: (Value) -> Sum
) -> Sum {
  unsafe row.withUnsafeBufferPointer { row in
    guard let p = row.baseAddress else { return 0 }
    @inline(__always) func eight(_ k: Int) -> SIMD8<Sum> {
      let x = unsafe UnsafeRawPointer(p + k).loadUnaligned(as: SIMD8<Value>.self)
      return SIMD8(term(x[0]), term(x[1]), term(x[2]), term(x[3]), term(x[4]), term(x[5]), term(x[6]), term(x[7]))
    }
    var lanes = SIMD8<Sum>(repeating: 0)
    var rest: Sum = 0
    visitInStreams(
      row.count, of: Value.self,
      four: { lanes += (eight($0) + eight($0 &+ $1)) + (eight($0 &+ 2 &* $1) + eight($0 &+ 3 &* $1)) },
      eight: { lanes += eight($0) }, one: { unsafe rest += term(p[$0]) })
    let four = lanes.lowHalf + lanes.highHalf
    return ((four[0] + four[1]) + (four[2] + four[3])) + rest
  }
}

/// maxⱼ |xⱼ|; NaN where an element is NaN or infinite.
///
/// Four maxima side by side, and comparisons instead of `max`, whose care for NaN and signed zeros takes four times as long.
/// They lose a NaN: hence the sums of x·0 beside them. Rejected: lanes in four streams as above, of which the compiler makes
/// selections one by one (4000² doubles: 55 ms).
@specialized(where Value == Double)
@specialized(where Value == Float)
func largestMagnitude<Value: MatrixElement>(_ row: Span<Value>) -> Value {
  unsafe row.withUnsafeBufferPointer { row in
    guard let p = row.baseAddress else { return 0 }
    var largest: (Value, Value, Value, Value) = (0, 0, 0, 0)
    var zeros: (Value, Value, Value, Value) = (0, 0, 0, 0)
    func update(_ largest: inout Value, _ zero: inout Value, _ value: Value) {
      largest = larger(largest, value)
      zero += value * 0
    }
    var k = 0
    while k &+ 4 <= row.count {
      unsafe update(&largest.0, &zeros.0, p[k])
      unsafe update(&largest.1, &zeros.1, p[k &+ 1])
      unsafe update(&largest.2, &zeros.2, p[k &+ 2])
      unsafe update(&largest.3, &zeros.3, p[k &+ 3])
      k &+= 4
    }
    while k < row.count {
      unsafe update(&largest.0, &zeros.0, p[k])
      k &+= 1
    }
    return larger(larger(largest.0, largest.1), larger(largest.2, largest.3))
      + ((zeros.0 + zeros.1) + (zeros.2 + zeros.3))
  }
}

/// The largest of numbers that are not negative; the first NaN or infinity where there is one, which `max` would lose.
@specialized(where Value == Double)
@specialized(where Value == Float)
func largestOrNotFinite<Value: MatrixElement>(of values: [Value]) -> Value {
  var largest: Value = 0
  for value in values {
    guard value.isFinite else { return value }
    largest = larger(largest, value)
  }
  return largest
}

/// maxᵢ Σⱼ |aᵢⱼ|; not finite where a sum is not.
@specialized(where Value == Double)
@specialized(where Value == Float)
func largestRowSumOfMagnitudes<Value: MatrixElement>(
  _ elements: Span<Value>, rows: Int, columns: Int, rowStride: Int
) -> Value {
  var largest: Value = 0
  for i in 0..<rows {
    let sum = sumOfMagnitudes(elements.extracting(i * rowStride..<i * rowStride + columns))
    guard sum.isFinite else { return sum }
    largest = larger(largest, sum)
  }
  return largest
}

@inline(__always)
private func larger<Value: MatrixElement>(_ best: Value, _ x: Value) -> Value {
  best < x.magnitude ? x.magnitude : best
}
