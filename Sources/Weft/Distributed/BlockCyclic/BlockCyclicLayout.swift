// SPDX-License-Identifier: Apache-2.0
//
// Which elements of a matrix a rank owns, and where they stand in its memory: ScaLAPACK's two-dimensional block-cyclic layout
// (Blackford et al. 1997, ScaLAPACK Users' Guide, chapter 4). Blocks of rows go around the rows of the grid and blocks of columns
// around its columns, so that every rank has work to the end while a factorization eats the matrix from its corner.

import MatrixCore

/// One side of a matrix in blocks around `count` places.
package struct CyclicAxis: Hashable, Sendable {
  package let length: Int
  package let block: Int
  package let count: Int
  /// Of this rank, from 0.
  package let place: Int

  /// How many are this rank's (ScaLAPACK's NUMROC).
  package var localLength: Int {
    let whole = length / block
    let own = whole / count * block
    switch place - whole % count {
    case ..<0: return own + block
    case 0: return own + length % block
    default: return own
    }
  }

  /// Where this rank's element `index` stands in the whole.
  package func global(_ index: Int) -> Int { (index / block * count + place) * block + index % block }

  /// This rank's blocks: where each begins here, and what it is of the whole.
  package var blocks: [(local: Int, global: Range<Int>)] {
    stride(from: 0, to: localLength, by: block).map { local in
      let first = global(local)
      return (local, first..<min(first + block, length))
    }
  }
}

/// A matrix of `shape` over the ranks of a grid, as the rank at one place of it sees it.
package struct BlockCyclicLayout: Hashable, Sendable {
  package let shape: Shape
  package let grid: ProcessGrid
  package let rows: CyclicAxis
  package let columns: CyclicAxis

  package init(_ shape: Shape, rowBlock: Int, columnBlock: Int, grid: ProcessGrid, rank: Int) {
    let place = grid.place(of: rank)
    self.shape = shape
    self.grid = grid
    rows = CyclicAxis(length: shape.rows, block: rowBlock, count: grid.rows, place: place.row)
    columns = CyclicAxis(length: shape.columns, block: columnBlock, count: grid.columns, place: place.column)
  }

  /// In square blocks.
  package init(_ shape: Shape, block: Int, grid: ProcessGrid, rank: Int) {
    self.init(shape, rowBlock: block, columnBlock: block, grid: grid, rank: rank)
  }

  /// One block of whole rows for each rank, in order: what a rank has is one piece of a file in row order.
  package init(rowsOf shape: Shape, among count: Int, rank: Int) {
    self.init(
      shape, rowBlock: max(1, (shape.rows + count - 1) / count), columnBlock: max(1, shape.columns),
      grid: .column(of: count), rank: rank)
  }

  package var localCount: Int { rows.localLength * columns.localLength }

  /// The largest share of a rank, in elements: nobody has more than the first.
  package var largestShare: Int {
    BlockCyclicLayout(shape, rowBlock: rows.block, columnBlock: columns.block, grid: grid, rank: 0).localCount
  }

  /// ScaLAPACK's integers have 32 bits.
  package static let shareLimit = Int(Int32.max)

  /// The fewest ranks, in a grid near a square, of which each can count its share.
  package static func leastRanks(for shape: Shape, block: Int) -> Int {
    var ranks = max(1, (shape.count + shareLimit - 1) / shareLimit)
    while BlockCyclicLayout(shape, block: block, grid: ProcessGrid(nearSquareOf: ranks), rank: 0).localCount
      > shareLimit
    {
      ranks += 1
    }
    return ranks
  }
}
