// SPDX-License-Identifier: Apache-2.0
//
// The loops of all reductions, pairwise: parts are joined two by two, like the leaves of a tree, so that rounding errors
// grow with the tree's height and not with the number of elements. A sum of n elements of float64 or float32 is wrong by
// at most (32 + log₂ n)·u·Σ|x| to first order, with u = 2⁻⁵³ or 2⁻²⁴; one after the other it would be n·u·Σ|x| (Higham
// 1993, The accuracy of floating point summation, §3; NumPy does the same along rows, and not along columns). Rejected:
// compensated summation (Neumaier 1974): its error hardly grows, but it takes four times the operations, and makes NaN of
// a sum that overflows.
//
// Along a row: blocks of 16 KB (`PairwiseBlocks.swift`), then the tree. Along columns: the tree for each column, over
// groups of 8 rows, in panels of columns whose open branches stay in the first cache; the rows are read as they lie.

/// Columns whose branches are kept at once: 4 KB a branch for doubles.
private let panelWidth = 512
private let groupHeight = 8

/// The result of each row; `centres` has one for each row, where the reduction needs them.
@specialized(where Value == Double)
@specialized(where Value == Float)
func reduceRows<Value: MatrixElement>(
  _ kind: ReductionKind, _ a: Span<Value>, rowStride: Int, rows: Int, columns: Int, centres: [Value] = []
) -> [Value] {
  @inline(__always) func reduce<R: Reduction<Value>>(_: R.Type) -> [Value] {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe [Value](unsafeUninitializedCapacity: rows) { results, count in
        for i in 0..<rows {
          let centre = R.isCentred ? centres[i] : 0
          let value = joinBlocks(of: columns, R.join, R.identity) { start, length in
            unsafe joinBlock(R.self, a.baseAddress! + (i &* rowStride &+ start), length, centre)
          }
          unsafe (results.baseAddress! + i).initialize(to: value)
        }
        count = rows
      }
    }
  }
  return switch kind {
  case .sum: reduce(Sum<Value>.self)
  case .product: reduce(ProductOfAll<Value>.self)
  case .sumOfSquares: reduce(SumOfSquares<Value>.self)
  case .sumOfSquaredDeviations: reduce(SumOfSquaredDeviations<Value>.self)
  }
}

/// The result of each column; `centres` has one for each column, where the reduction needs them.
@specialized(where Value == Double)
@specialized(where Value == Float)
func reduceColumns<Value: MatrixElement>(
  _ kind: ReductionKind, _ a: Span<Value>, rowStride: Int, rows: Int, columns: Int, centres: [Value] = []
) -> [Value] {
  @inline(__always) func reduce<R: Reduction<Value>>(_: R.Type) -> [Value] {
    var results = [Value](repeating: R.identity, count: columns)
    guard rows > 0, columns > 0 else { return results }
    let groups = (rows + groupHeight - 1) / groupHeight
    let depth = Int.bitWidth - groups.leadingZeroBitCount
    unsafe a.withUnsafeBufferPointer { a in
      unsafe centres.withUnsafeBufferPointer { centres in
        unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: depth * panelWidth) { branches in
          guard let a = a.baseAddress, let branches = branches.baseAddress else { return }
          for left in stride(from: 0, to: columns, by: panelWidth) {
            let width = min(panelWidth, columns - left)
            let centre = unsafe R.isCentred ? centres.baseAddress! + left : a
            var open = 0
            for group in 0..<groups {
              let top = group * groupHeight
              unsafe joinRows(
                R.self, a + (top * rowStride + left), rowStride, min(groupHeight, rows - top), width, centre,
                into: branches + open * panelWidth)
              open += 1
              // Two branches of one height become one: as many as the number of groups has trailing zeros.
              for _ in 0..<(group + 1).trailingZeroBitCount {
                open -= 1
                unsafe joinBranch(R.self, branches + (open - 1) * panelWidth, branches + open * panelWidth, width)
              }
            }
            while open > 1 {
              open -= 1
              unsafe joinBranch(R.self, branches + (open - 1) * panelWidth, branches + open * panelWidth, width)
            }
            for j in 0..<width { results[left + j] = unsafe branches[j] }
          }
        }
      }
    }
    return results
  }
  return switch kind {
  case .sum: reduce(Sum<Value>.self)
  case .product: reduce(ProductOfAll<Value>.self)
  case .sumOfSquares: reduce(SumOfSquares<Value>.self)
  case .sumOfSquaredDeviations: reduce(SumOfSquaredDeviations<Value>.self)
  }
}

/// Σ aᵢ·bᵢ of two rows.
@specialized(where Value == Double)
@specialized(where Value == Float)
func dotProduct<Value: MatrixElement>(_ a: Span<Value>, _ b: Span<Value>) -> Value {
  unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in
      joinBlocks(of: a.count, Sum<Value>.join, 0) { start, length in
        unsafe dotBlock(a.baseAddress! + start, b.baseAddress! + start, length)
      }
    }
  }
}

/// The tree over blocks of a row: a stack of open branches, two of one height becoming one.
@inline(__always)
private func joinBlocks<Value: MatrixElement>(
  of count: Int, _ join: (Value, Value) -> Value, _ identity: Value, _ block: (_ start: Int, _ length: Int) -> Value
) -> Value {
  if count == 0 { return identity }
  let leafLength = leafLength(Value.self)
  if count <= leafLength { return block(0, count) }
  return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: Int.bitWidth) { branches in
    var open = 0
    var blocks = 0
    for start in stride(from: 0, to: count, by: leafLength) {
      var value = block(start, min(leafLength, count &- start))
      blocks &+= 1
      for _ in 0..<blocks.trailingZeroBitCount {
        open &-= 1
        value = unsafe join(branches[open], value)
      }
      unsafe branches[open] = value
      open &+= 1
    }
    var value = unsafe branches[open &- 1]
    for k in (0..<open &- 1).reversed() { value = unsafe join(branches[k], value) }
    return value
  }
}

/// The terms of up to `groupHeight` rows, joined column by column.
@inline(__always)
private func joinRows<Value, R: Reduction<Value>>(
  _: R.Type, _ p: UnsafePointer<Value>, _ rowStride: Int, _ rows: Int, _ width: Int, _ centres: UnsafePointer<Value>,
  into out: UnsafeMutablePointer<Value>
) {
  var j = 0
  while j &+ 8 <= width {
    let centre = unsafe R.isCentred ? load(centres + j, as: SIMD8<Value>.self) : SIMD8(repeating: 0)
    let column = unsafe p + j
    @inline(__always) func term(_ i: Int) -> SIMD8<Value> {
      unsafe R.term(load(column + i &* rowStride, as: SIMD8<Value>.self), centre)
    }
    var joined: SIMD8<Value>
    if rows == groupHeight {
      joined = R.join(
        R.join(R.join(term(0), term(1)), R.join(term(2), term(3))),
        R.join(R.join(term(4), term(5)), R.join(term(6), term(7))))
    } else {
      joined = term(0)
      for i in 1..<rows { joined = R.join(joined, term(i)) }
    }
    unsafe UnsafeMutableRawPointer(out + j).storeBytes(of: joined, as: SIMD8<Value>.self)
    j &+= 8
  }
  while j < width {
    let centre = unsafe R.isCentred ? centres[j] : 0
    var joined = unsafe R.term(p[j], centre)
    for i in 1..<rows { joined = unsafe R.join(joined, R.term(p[i &* rowStride &+ j], centre)) }
    unsafe out[j] = joined
    j &+= 1
  }
}

@inline(__always)
private func joinBranch<Value, R: Reduction<Value>>(
  _: R.Type, _ left: UnsafeMutablePointer<Value>, _ right: UnsafeMutablePointer<Value>, _ width: Int
) {
  for j in 0..<width { unsafe left[j] = R.join(left[j], right[j]) }
}
