// SPDX-License-Identifier: Apache-2.0
//
// Passes over all elements that guard OpenBLAS's calls and judge their answers: is everything finite, how large is it?
// `@specialized` throughout: these are called from generic code, where a loop that is not specialized runs some fifty
// times slower than the memory it reads. Rows lie `rowStride` elements apart; what is between them is not looked at.

import MatrixCore

/// Row and column of the first NaN or infinity, row by row.
func placeOfFirstNonFinite<Value>(_ a: some StridedReadable<Value>) -> (row: Int, column: Int)? {
  guard !a.isEmpty else { return nil }
  if a.rowStride == a.columns {
    return indexOfFirstNonFinite(a.strided).map { ($0 / a.columns, $0 % a.columns) }
  }
  for i in 0..<a.rows {
    if let j = indexOfFirstNonFinite(a.row(i)) { return (i, j) }
  }
  return nil
}

/// The index of the first NaN or infinity.
///
/// `x · 0` is 0 for every finite `x` and NaN for all others, and a sum with a NaN in it is NaN. So a stretch of elements
/// needs one multiplication and one addition each and no branch; only a stretch at fault is looked at twice.
@specialized(where Value == Double)
@specialized(where Value == Float)
func indexOfFirstNonFinite<Value: MatrixElement>(_ elements: Span<Value>) -> Int? {
  let stretch = 2048  // elements: long enough that the test after it costs nothing, short enough to stay in L1
  var start = 0
  while start < elements.count {
    let end = min(start + stretch, elements.count)
    if sumOfZeros(elements.extracting(start..<end)) != 0 {
      for k in start..<end where !elements[k].isFinite { return k }
    }
    start = end
  }
  return nil
}

/// Σᵢ |aᵢⱼ| for every column `j` of a row-major matrix. Not finite where an element of the column is not, or where the
/// sum overflows. Row by row, as the elements lie in memory, and four rows at once, so that the sums are loaded and stored
/// for every fourth element only.
///
/// Here and below a row is a pointer of its own: the overflow check of an index `start + j` halves the speed.
@specialized(where Value == Double)
@specialized(where Value == Float)
func columnSumsOfMagnitudes<Value: MatrixElement>(_ elements: Span<Value>, columns: Int, rowStride: Int) -> [Value] {
  unsafe elements.withUnsafeBufferPointer { elements in
    guard let base = elements.baseAddress, columns > 0, elements.count > 0 else {
      return [Value](repeating: 0, count: columns)
    }
    let rows = (elements.count - columns) / rowStride + 1
    let bands = bandCount(elements: rows * columns)
    return unsafe sumsOfBands(bands, columns: columns) { band, sums in
      let (start, end) = (rows * band / bands, rows * (band + 1) / bands)
      var i = start
      while i + 4 <= end {
        let (a, b) = unsafe (base + i * rowStride, base + (i + 1) * rowStride)
        let (c, d) = unsafe (base + (i + 2) * rowStride, base + (i + 3) * rowStride)
        for j in 0..<columns {
          unsafe sums[j] += (a[j].magnitude + b[j].magnitude) + (c[j].magnitude + d[j].magnitude)
        }
        i += 4
      }
      while i < end {
        let row = unsafe base + i * rowStride
        for j in 0..<columns { unsafe sums[j] += row[j].magnitude }
        i += 1
      }
    }
  }
}

/// Into how many bands of rows a pass over so many elements is cut. Their number follows from the matrix and not from the
/// machine, so that sums have the same bits on every machine.
func bandCount(elements: Int) -> Int { elements < 1 << 18 ? 1 : 8 }

/// Sums for every column, of which `body` adds those of a band to what it is given: zeros. Bands are shared by the CPUs of
/// this process, since each brings some of the memory's speed; OpenBLAS computes before or after, never meanwhile.
@inline(__always)
@unsafe func sumsOfBands<Value: MatrixElement>(
  _ bands: Int, columns: Int, _ body: (_ band: Int, _ sums: UnsafeMutablePointer<Value>) -> Void
) -> [Value] {
  var sums = [Value](repeating: 0, count: bands * columns)
  unsafe sums.withUnsafeMutableBufferPointer { sums in
    guard let base = sums.baseAddress else { return }
    Threads.forEach(bands, threads: bands > 1 ? Threads.available : 1) { band in
      unsafe body(band, base + band * columns)
    }
    for band in 1..<max(bands, 1) {
      for j in 0..<columns { unsafe base[j] += base[band * columns + j] }
    }
  }
  sums.removeLast(sums.count - columns)
  return sums
}

/// maxᵢ |aᵢⱼ| for every column `j` of a row-major matrix of finite elements.
@specialized(where Value == Double)
@specialized(where Value == Float)
func columnMaximaOfMagnitudes<Value: MatrixElement>(_ elements: Span<Value>, columns: Int, rowStride: Int) -> [Value] {
  var maxima = [Value](repeating: 0, count: columns)
  unsafe elements.withUnsafeBufferPointer { elements in
    unsafe maxima.withUnsafeMutableBufferPointer { maxima in
      guard let base = elements.baseAddress, let maxima = maxima.baseAddress else { return }
      for start in stride(from: 0, to: elements.count, by: max(rowStride, 1)) {
        let row = unsafe base + start
        for j in 0..<columns {
          let magnitude = unsafe row[j].magnitude
          unsafe maxima[j] = unsafe maxima[j] < magnitude ? magnitude : maxima[j]
        }
      }
    }
  }
  return maxima
}

/// √Σᵢ aᵢⱼ² for every column `j` of a row-major matrix of finite elements. Squares are taken of elements divided by their
/// column's largest, so that none overflows and none that matters vanishes.
@specialized(where Value == Double)
@specialized(where Value == Float)
func columnNorms<Value: MatrixElement>(_ elements: Span<Value>, columns: Int, rowStride: Int) -> [Value] {
  let maxima = columnMaximaOfMagnitudes(elements, columns: columns, rowStride: rowStride)
  var sums = [Value](repeating: 0, count: columns)
  unsafe elements.withUnsafeBufferPointer { elements in
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      guard let base = elements.baseAddress else { return }
      for start in stride(from: 0, to: elements.count, by: max(rowStride, 1)) {
        let row = unsafe base + start
        for j in 0..<columns where maxima[j] > 0 {
          let part = unsafe row[j] / maxima[j]
          unsafe sums[j] += part * part
        }
      }
    }
  }
  return (0..<columns).map { maxima[$0] * sums[$0].squareRoot() }
}
