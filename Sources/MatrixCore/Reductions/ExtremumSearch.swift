// SPDX-License-Identifier: Apache-2.0
//
// The search for least and greatest elements at the speed of memory. Keeping a place beside each candidate would double
// the work; so the loops keep values alone, block by block, remember the block that holds the best one, and look for its
// place in that block at the end.

/// Whether `a` takes the place of `b`, which was found before it.
@inline(__always)
func precedes<Value: MatrixElement>(_ a: Value, _ b: Value, isMaximum: Bool) -> Bool {
  (isMaximum ? a > b : a < b) || (a.isNaN && !b.isNaN)
}

/// Elements of a row that are compared before the best is looked at, and how many of them side by side.
private let blockLength = 1024
private let lanes = 32
/// Rows that are compared before the best of each column is looked at, and columns at once.
private let groupHeight = 64
private let panelWidth = 512

/// The first extremum of each row.
@specialized(where Value == Double)
@specialized(where Value == Float)
func extremaOfRows<Value: MatrixElement>(
  _ a: Span<Value>, rowStride: Int, rows: Int, columns: Int, isMaximum: Bool
) -> [Extremum<Value>] {
  @inline(__always) func search(isMaximum: Bool) -> [Extremum<Value>] {
    var found: [Extremum<Value>] = []
    found.reserveCapacity(rows)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: lanes) { kept in
        let kept = kept.baseAddress!
        for i in 0..<rows {
          let row = unsafe a.baseAddress! + i &* rowStride
          var best = unsafe row[0]
          var bestStart = 0
          for start in stride(from: 0, to: columns, by: blockLength) {
            let end = min(start &+ blockLength, columns)
            let width = min(lanes, end &- start)
            unsafe kept.update(from: row + start, count: width)
            for k in stride(from: start &+ width, to: end, by: lanes) {
              unsafe keepExtrema(in: kept, row + k, min(lanes, end &- k), isMaximum)
            }
            for k in 0..<width where unsafe precedes(kept[k], best, isMaximum: isMaximum) {
              (best, bestStart) = unsafe (kept[k], start)
            }
          }
          while unsafe row[bestStart] != best && !(best.isNaN && row[bestStart].isNaN) { bestStart &+= 1 }
          found.append(unsafe Extremum(value: row[bestStart], row: i, column: bestStart))
        }
      }
    }
    return found
  }
  return isMaximum ? search(isMaximum: true) : search(isMaximum: false)
}

/// The first extremum of each column.
@specialized(where Value == Double)
@specialized(where Value == Float)
func extremaOfColumns<Value: MatrixElement>(
  _ a: Span<Value>, rowStride: Int, rows: Int, columns: Int, isMaximum: Bool
) -> [Extremum<Value>] {
  @inline(__always) func search(isMaximum: Bool) -> [Extremum<Value>] {
    var found: [Extremum<Value>] = []
    found.reserveCapacity(columns)
    unsafe a.withUnsafeBufferPointer { a in
      let a = a.baseAddress!
      for j in 0..<columns { found.append(unsafe Extremum(value: a[j], row: 0, column: j)) }
      unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: panelWidth) { kept in
        let kept = kept.baseAddress!
        for left in stride(from: 0, to: columns, by: panelWidth) {
          let width = min(panelWidth, columns - left)
          for top in stride(from: 0, to: rows, by: groupHeight) {
            unsafe kept.update(from: a + (top &* rowStride &+ left), count: width)
            for i in top..<min(top &+ groupHeight, rows) {
              unsafe keepExtrema(in: kept, a + (i &* rowStride &+ left), width, isMaximum)
            }
            for k in 0..<width {
              let j = left &+ k
              guard unsafe precedes(kept[k], found[j].value, isMaximum: isMaximum) else { continue }
              found[j] = unsafe Extremum(value: kept[k], row: top, column: j)
            }
          }
        }
      }
      for j in 0..<columns {
        let best = found[j].value
        var i = found[j].row
        while unsafe a[i &* rowStride &+ j] != best && !(best.isNaN && a[i &* rowStride &+ j].isNaN) { i &+= 1 }
        found[j] = unsafe Extremum(value: a[i &* rowStride &+ j], row: i, column: j)
      }
    }
    return found
  }
  return isMaximum ? search(isMaximum: true) : search(isMaximum: false)
}

/// The first extremum of several.
@specialized(where Value == Double)
@specialized(where Value == Float)
func firstExtremum<Value: MatrixElement>(of found: [Extremum<Value>], isMaximum: Bool) -> Extremum<Value> {
  var best = found[0]
  for other in found where precedes(other.value, best.value, isMaximum: isMaximum) { best = other }
  return best
}

/// Place by place the better of two, a NaN where either is one. Written so that the compiler makes selections of it, of
/// several elements at once: SIMD's own masks are not, in Swift 6.3, and took thirty times as long.
@inline(__always)
private func keepExtrema<Value: MatrixElement>(
  in best: UnsafeMutablePointer<Value>, _ row: UnsafePointer<Value>, _ width: Int, _ isMaximum: Bool
) {
  for j in 0..<width {
    let (x, y) = unsafe (best[j], row[j])
    let other = y == y ? x : y
    unsafe best[j] = (isMaximum ? y > x : y < x) ? y : other
  }
}
