// SPDX-License-Identifier: Apache-2.0
//
// What ScaLAPACK and the memory of a node cannot hold, found before anything is computed.

import MatrixCore
import Multiprocessing

extension BlockCyclicAlgebra {
  /// A kind of work, by what it needs besides its matrices.
  enum Work {
    case products
    /// Two more shares of the matrix in one workspace.
    case symmetricEigen
    /// Rows of both sides' vectors in one workspace.
    case singularValues
  }

  /// Refuses matrices that ScaLAPACK's 32-bit integers cannot count, and those that do not fit the memory.
  ///
  /// - Parameter matrices: all that are held at once, the one that is factored first.
  /// - Throws: `tooLarge` (`LinearAlgebraError`); `resources`.
  func checkSizes(_ matrices: [Shape], for work: Work = .products) throws {
    let layouts = matrices.map { BlockCyclicLayout($0, block: block, grid: grid, rank: 0) }
    for layout in layouts { try checkCounts(layout) }
    let workspace = try checkWorkspace(layouts.first, work)
    let need = 8 * (layouts.reduce(0) { $0 + $1.largestShare } + workspace) + Plan.bytesPerWorker
    let room = Machine.memoryRoom()
    let places = try ranks.collect { Array(ranks.place.utf8) }
    let neighbours = places.count { $0 == Array(ranks.place.utf8) }
    try ranks.agree {
      let limit = memoryLimit ?? max(0, room.byteCount - Plan.safetyMargin) / neighbours
      guard need > limit else { return }
      let reason = memoryLimit == nil ? " (\(room.reason), \(neighbours) ranks on this machine)" : ""
      throw EngineError(
        .resources,
        "A rank needs \(ByteCount(need)) for its blocks and workspace, and \(ByteCount(limit)) are there\(reason): use more ranks, "
          + "on more machines.")
    }
  }

  private func checkCounts(_ layout: BlockCyclicLayout) throws(LinearAlgebraError) {
    let shape = layout.shape
    guard max(shape.rows, shape.columns) <= BlockCyclicLayout.shareLimit else {
      throw LinearAlgebraError(
        .tooLarge, "A side of the \(shape) matrix is beyond ScaLAPACK's integers, which end at 2147483647.")
    }
    guard layout.largestShare > BlockCyclicLayout.shareLimit else { return }
    let least = BlockCyclicLayout.leastRanks(for: shape, block: block)
    throw LinearAlgebraError(
      .tooLarge,
      "Of the \(shape) matrix, a rank of the \(grid) grid would have \(layout.largestShare) elements, and ScaLAPACK counts to "
        + "2147483647: use at least \(least) ranks.")
  }

  /// - Returns: doubles of the largest workspace, as the routines' documents have it, in 64 bits: asked for it, ScaLAPACK counts in
  ///   32 (Reference-ScaLAPACK issue 105).
  private func checkWorkspace(_ layout: BlockCyclicLayout?, _ work: Work) throws(LinearAlgebraError) -> Int {
    guard let layout else { return 0 }
    let (m, n) = (layout.shape.rows, layout.shape.columns)
    let count =
      switch work {
      case .products: 0
      // PDSYEVD: 1 + 6n + 2·np·nq, or 3n + nb·(np + 1), and 2n.
      case .symmetricEigen: 8 * n + 2 * layout.largestShare + block * (layout.rows.localLength + block)
      // PDGESVD: size·(rows of U + columns of Vᵀ on a rank, in one column of ranks), and vectors beside.
      case .singularValues:
        min(m, n) * (m / grid.count + n / grid.count + 2 * block) + 6 * (m + n)
          + block * (layout.rows.localLength + layout.columns.localLength + 2 * block)
      }
    guard count > BlockCyclicLayout.shareLimit else { return count }
    throw LinearAlgebraError(
      .tooLarge,
      "For the \(layout.shape) matrix on a \(grid) grid, ScaLAPACK needs a workspace of \(count) numbers a rank, and counts to "
        + "2147483647: use more ranks.")
  }
}
