// SPDX-License-Identifier: Apache-2.0
//
// What a distributed run will take, from a handful of constants. The formulas and where they are from: the article
// "More than one machine". With P ranks on N nodes, n×n elements, blocks of NB, a grid of pr×pc ranks:
//
//     launch      a + b (ranks of a node − 1) + h log₂ N
//     generation  c · elements of the rank with most chunks, no node faster than its memory; no communication
//     tables      every rank makes those of its rows itself: the part of generation that more ranks do not shorten
//     output      8 n² / min(N · network of a node, file system)
//     product     2 n³/P γ + (n²/pr + n²/pc) β + 2 n/NB log₂ P α                     SUMMA (van de Geijn and Watts 1997)
//     solution    2/3 n³/P γ + (3 + ¼ log₂ P) n²/√P β + (6 + log₂ P) n α             ScaLAPACK Users' Guide (1997), table 5.8
//                 + ½ n² NB/pr γ₂, the panels
//
// More ranks than cores take turns, and are never predicted to be faster than as many ranks as cores.

import MatrixCore

/// A job of `ranks` processes on `nodes` machines, and what it will take.
public struct ScalingModel: Sendable {
  public enum Task: String, CaseIterable, Sendable {
    /// A formula's matrix into a file.
    case compute
    /// The product of two formulas' matrices, which stays where it is.
    case multiply
    /// A·x = b by LU, A a formula's matrix.
    case solve
  }

  public let constants: ScalingConstants
  public let nodes: Int
  public let ranks: Int
  public let coresPerNode: Int

  /// Columns and rows of a block (NB).
  public static let blockSize = BlockCyclicAlgebra.usualBlock
  /// Elements of a rank below which ScaLAPACK is not efficient: 1000×1000 (Users' Guide, section 5.1).
  static let efficientElements = 1e6

  /// - Throws: `invalidJob`: no node, fewer ranks than nodes, no core.
  public init(_ constants: ScalingConstants, nodes: Int, ranks: Int, coresPerNode: Int) throws(EngineError) {
    guard nodes > 0, ranks > 0, coresPerNode > 0 else {
      throw EngineError(.invalidJob, "A job has at least one node, one rank and one core.")
    }
    guard ranks >= nodes else {
      throw EngineError(
        .invalidJob, "\(ranks) ranks are on at most \(ranks) nodes, not on \(nodes): take more ranks or fewer nodes.")
    }
    (self.constants, self.nodes, self.ranks, self.coresPerNode) = (constants, nodes, ranks, coresPerNode)
  }

  /// Of the node that has most.
  public var ranksPerNode: Int { (ranks + nodes - 1) / nodes }

  /// Rows and columns of the grid of ranks: as nearly square as their number allows, and not higher than wide.
  public var grid: (rows: Int, columns: Int) { ScalingModel.grid(ranks) }

  static func grid(_ ranks: Int) -> (rows: Int, columns: Int) {
    let grid = ProcessGrid(nearSquareOf: ranks)
    return (grid.rows, grid.columns)
  }

  /// Elements of an n×n matrix that the rank with most of them has.
  static func localElements(_ shape: Shape, ranks: Int) -> Double {
    let grid = ProcessGrid(nearSquareOf: ranks)
    return Double(BlockCyclicLayout(shape, block: blockSize, grid: grid, rank: 0).largestShare)
  }

  /// - Throws: `ShapeError` where the matrix has more bytes than any address space.
  public func predict(
    _ task: Task, size: Int, elementType: ElementType = .float64
  ) throws(ShapeError) -> ScalingPrediction {
    let shape = try Shape(rows: size, columns: size)
    let file = Partition(shape, elementType)
    var seconds = phases(task, shape, elementType, file)
    // Who takes turns is no faster than who does not, whatever the blocks' sizes come to.
    if ranksPerNode > coresPerNode, let fewer = try? with(ranks: nodes * coresPerNode) {
      for (phase, least) in fewer.phases(task, shape, elementType, file) {
        seconds[phase] = max(seconds[phase] ?? 0, least)
      }
    }
    var prediction = ScalingPrediction(
      task: task, seconds: seconds, bytesPerRank: bytesPerRank(task, shape, elementType, file),
      messagesPerRank: messages(task, size), wordsPerRank: words(task, size),
      oneMachineSeconds: secondsOnOneMachine(task, shape, elementType, file))
    prediction.advice = advice(prediction, shape)
    return prediction
  }

  func with(ranks: Int) throws(EngineError) -> ScalingModel {
    try ScalingModel(constants, nodes: nodes, ranks: ranks, coresPerNode: coresPerNode)
  }
}

/// A matrix cut into chunks of rows, as a run into a file cuts it.
struct Partition {
  let chunkCount: Int
  let rowsPerChunk: Int

  init(_ shape: Shape, _ elementType: ElementType) {
    let rows = RowPartition.rowsPerFileChunk(
      shape, rowByteCount: shape.columns * elementType.byteCount, byteLimit: .max)
    rowsPerChunk = max(1, rows ?? 1)
    chunkCount = (shape.rows + rowsPerChunk - 1) / rowsPerChunk
  }
}
