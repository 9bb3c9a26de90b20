// SPDX-License-Identifier: Apache-2.0
//
// Transposition by tiles. Element by element, one of the two matrices would be walked across its rows, a cache line for
// each element. So 4×4 elements go through registers; tiles of 8×8, which use whole cache lines of doubles, are taken
// from blocks of 128×128, whose rows stay in the second cache and in the table of pages until each line is used up.
//
// Many elements are shared by the CPUs of this process, block by block: 4000² doubles take 23 ms instead
// of 43 into new memory (memcpy by one thread: 34), and 10 instead of 16 in place.
//
// Blocks of 16 to 1024 elements, oblong ones, and a buffer between the two matrices were tried (Xeon, 2 MB of second
// cache, 4000² and 4096² doubles and floats, 2026-11-26): none was faster than this by more than the noise.

/// Elements of a side: a block of doubles takes 128 KB.
private let blockSide = 128
private let tileSide = 8
/// Fewer elements than this take one thread less time than it takes to start others.
private let parallelCount = 1 << 19

/// Blocks along a side of `count` elements, each once, by several threads where the matrix has many elements.
@inline(__always)
private func forEachBlock(of count: Int, elements: Int, _ body: (Range<Int>) -> Void) {
  func block(_ index: Int) -> Range<Int> { index * blockSide..<min((index + 1) * blockSide, count) }
  let blocks = (count + blockSide - 1) / blockSide
  guard elements >= parallelCount else {
    for index in 0..<blocks { body(block(index)) }
    return
  }
  Threads.forEach(blocks, threads: Threads.available) { body(block($0)) }
}

/// out ← aᵀ, where a has `rows` and `columns`. Rows of a lie `rowStride` elements apart, rows of out `outStride`; what is
/// between them is neither read nor written.
@specialized(where Value == Double)
@specialized(where Value == Float)
package func copyTransposed<Value: MatrixElement>(
  _ a: Span<Value>, rowStride: Int, rows: Int, columns: Int, into out: inout MutableSpan<Value>,
  rowStride outStride: Int
) {
  _ = copyTiles(a, rowStride, rows, columns, &out, outStride, summing: false)
}

/// The same, and a sum over all elements in no particular order: where it is finite, so is each of them. LinearAlgebra must
/// know that of what LAPACK sees, and has it for less than a pass of its own. A function of its own, because looking made a
/// transposition within the caches take 1.7 to 2 times as long (in place, 20² to 500² doubles, by x · 0).
@specialized(where Value == Double)
@specialized(where Value == Float)
package func copyTransposedSumming<Value: MatrixElement>(
  _ a: Span<Value>, rowStride: Int, rows: Int, columns: Int, into out: inout MutableSpan<Value>,
  rowStride outStride: Int
) -> Value {
  copyTiles(a, rowStride, rows, columns, &out, outStride, summing: true)
}

@inline(__always)
private func copyTiles<Value: MatrixElement>(
  _ a: Span<Value>, _ rowStride: Int, _ rows: Int, _ columns: Int, _ out: inout MutableSpan<Value>, _ outStride: Int,
  summing: Bool
) -> Value {
  guard rows > 0, columns > 0 else { return 0 }
  precondition(rowStride >= columns && a.count >= (rows - 1) * rowStride + columns)
  precondition(outStride >= rows && out.count >= (columns - 1) * outStride + rows)
  let turns = summing ? Turns() : nil
  var sum = Value(0)
  unsafe a.withUnsafeBufferPointer { a in
    unsafe out.withUnsafeMutableBufferPointer { out in
      guard let a = a.baseAddress, let out = out.baseAddress else { return }
      // Along the longer side, of which there are more blocks. No two write to the same place.
      let isWide = columns >= rows
      forEachBlock(of: isWide ? columns : rows, elements: rows * columns) { block in
        var (sums, rest) = (SIMD4<Value>(repeating: 0), Value(0))
        forEachTile(isWide ? 0..<rows : block, isWide ? block : 0..<columns) { i, j, height, width in
          let from = unsafe a + (i &* rowStride &+ j)
          let to = unsafe out + (j &* outStride &+ i)
          if height == tileSide, width == tileSide {
            for r in stride(from: 0, to: tileSide, by: 4) {
              for c in stride(from: 0, to: tileSide, by: 4) {
                let tile = unsafe Tile(from + (r &* rowStride &+ c), rowStride)
                unsafe tile.storeTransposed(to + (c &* outStride &+ r), outStride)
                if summing { sums += (tile.rows.0 + tile.rows.1) + (tile.rows.2 + tile.rows.3) }
              }
            }
          } else {
            for r in 0..<height {
              for c in 0..<width {
                let element = unsafe from[r &* rowStride &+ c]
                unsafe to[c &* outStride &+ r] = element
                if summing { rest += element }
              }
            }
          }
        }
        turns?.exclusively { sum += sums.sum() + rest }
      }
    }
  }
  return sum
}

/// a ← aᵀ for a square matrix without gaps: tiles change places with those on the other side of the diagonal.
@specialized(where Value == Double)
@specialized(where Value == Float)
func transposeInPlace<Value: MatrixElement>(_ a: inout MutableSpan<Value>, order n: Int) {
  unsafe a.withUnsafeMutableBufferPointer { a in
    guard let a = a.baseAddress else { return }
    forEachBlock(of: n, elements: n * n) { block in
      for left in stride(from: block.lowerBound, to: n, by: blockSide) {
        forEachTile(block, left..<min(left + blockSide, n)) { i, j, height, width in
          let upper = unsafe a + (i &* n &+ j)
          let lower = unsafe a + (j &* n &+ i)
          if i < j, height == tileSide, width == tileSide {
            for r in stride(from: 0, to: tileSide, by: 4) {
              for c in stride(from: 0, to: tileSide, by: 4) {
                let above = unsafe Tile(upper + (r &* n &+ c), n)
                let below = unsafe Tile(lower + (c &* n &+ r), n)
                unsafe above.storeTransposed(lower + (c &* n &+ r), n)
                unsafe below.storeTransposed(upper + (r &* n &+ c), n)
              }
            }
          } else if i <= j {
            for r in 0..<height {
              for c in (i == j ? r &+ 1 : 0)..<width {
                let element = unsafe upper[r &* n &+ c]
                unsafe upper[r &* n &+ c] = lower[c &* n &+ r]
                unsafe lower[c &* n &+ r] = element
              }
            }
          }
        }
      }
    }
  }
}

/// All tiles of these rows and columns, block by block; down each strip of a block, so that stores follow one another.
@inline(__always)
private func forEachTile(
  _ rows: Range<Int>, _ columns: Range<Int>, _ body: (_ i: Int, _ j: Int, _ height: Int, _ width: Int) -> Void
) {
  for top in stride(from: rows.lowerBound, to: rows.upperBound, by: blockSide) {
    let bottom = min(top &+ blockSide, rows.upperBound)
    for left in stride(from: columns.lowerBound, to: columns.upperBound, by: blockSide) {
      let right = min(left &+ blockSide, columns.upperBound)
      for j in stride(from: left, to: right, by: tileSide) {
        for i in stride(from: top, to: bottom, by: tileSide) {
          body(i, j, min(tileSide, bottom &- i), min(tileSide, right &- j))
        }
      }
    }
  }
}

/// Four rows of four elements.
private struct Tile<Value: MatrixElement> {
  let rows: (SIMD4<Value>, SIMD4<Value>, SIMD4<Value>, SIMD4<Value>)

  @inline(__always)
  @unsafe init(_ p: UnsafePointer<Value>, _ rowStride: Int) {
    @inline(__always) func row(_ i: Int) -> SIMD4<Value> {
      unsafe UnsafeRawPointer(p + i &* rowStride).loadUnaligned(as: SIMD4<Value>.self)
    }
    rows = (row(0), row(1), row(2), row(3))
  }

  @inline(__always)
  @unsafe func storeTransposed(_ p: UnsafeMutablePointer<Value>, _ rowStride: Int) {
    for c in 0..<4 {
      let column = SIMD4(rows.0[c], rows.1[c], rows.2[c], rows.3[c])
      unsafe UnsafeMutableRawPointer(p + c &* rowStride).storeBytes(of: column, as: SIMD4<Value>.self)
    }
  }
}
