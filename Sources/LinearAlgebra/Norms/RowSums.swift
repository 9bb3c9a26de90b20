// SPDX-License-Identifier: Apache-2.0
//
// What norms need to know of one row. Four sums side by side where the order of additions is free, because one addition
// waits four cycles for the one before it; `@specialized` as in Scan.swift.

import MatrixCore

/// Σⱼ |xⱼ|
@specialized(where Value == Double)
@specialized(where Value == Float)
func sumOfMagnitudes<Value: MatrixElement>(_ row: Span<Value>) -> Value {
  unsafe row.withUnsafeBufferPointer { row in
    var sums: (Value, Value, Value, Value) = (0, 0, 0, 0)
    var k = 0
    while k + 4 <= row.count {
      sums.0 += unsafe row[k].magnitude
      sums.1 += unsafe row[k + 1].magnitude
      sums.2 += unsafe row[k + 2].magnitude
      sums.3 += unsafe row[k + 3].magnitude
      k += 4
    }
    while k < row.count {
      sums.0 += unsafe row[k].magnitude
      k += 1
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}

/// Σⱼ (scale·xⱼ)², in double.
@specialized(where Value == Double)
@specialized(where Value == Float)
func scaledSumOfSquares<Value: MatrixElement>(_ row: Span<Value>, scaledBy scale: Double) -> Double {
  func square(_ value: Value) -> Double {
    let scaled = scale * Double(value)
    return scaled * scaled
  }
  return unsafe row.withUnsafeBufferPointer { row in
    var sums = (0.0, 0.0, 0.0, 0.0)
    var k = 0
    while k + 4 <= row.count {
      sums.0 += unsafe square(row[k])
      sums.1 += unsafe square(row[k + 1])
      sums.2 += unsafe square(row[k + 2])
      sums.3 += unsafe square(row[k + 3])
      k += 4
    }
    while k < row.count {
      sums.0 += unsafe square(row[k])
      k += 1
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}

/// maxⱼ |xⱼ|, of finite elements. Four maxima side by side, and comparisons instead of `max`, whose care for NaN and signed
/// zeros takes four times as long.
@specialized(where Value == Double)
@specialized(where Value == Float)
func largestMagnitude<Value: MatrixElement>(_ row: Span<Value>) -> Value {
  unsafe row.withUnsafeBufferPointer { row in
    var largest: (Value, Value, Value, Value) = (0, 0, 0, 0)
    func update(_ largest: inout Value, _ value: Value) {
      largest = largest < value.magnitude ? value.magnitude : largest
    }
    var k = 0
    while k + 4 <= row.count {
      unsafe update(&largest.0, row[k])
      unsafe update(&largest.1, row[k + 1])
      unsafe update(&largest.2, row[k + 2])
      unsafe update(&largest.3, row[k + 3])
      k += 4
    }
    while k < row.count {
      unsafe update(&largest.0, row[k])
      k += 1
    }
    return max(max(largest.0, largest.1), max(largest.2, largest.3))
  }
}
