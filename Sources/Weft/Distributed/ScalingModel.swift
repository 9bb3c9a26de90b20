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
//
// More ranks than cores take turns, and are never predicted to be faster than as many ranks as cores.

import Glibc
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

  /// Columns and rows of a block (NB), as PETSc has it for ScaLAPACK.
  public static let blockSize = 64
  /// Elements of a rank below which ScaLAPACK is not efficient: 1000×1000 (Users' Guide, section 5.1).
  static let efficientElements = 1e6
  /// ScaLAPACK counts a rank's elements in 32 bits.
  static let elementLimit = 2_147_483_647

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
    var rows = max(1, Int(Double(ranks).squareRoot()))
    while ranks % rows != 0 { rows -= 1 }
    return (rows, ranks / rows)
  }

  /// Elements of an n×n matrix that the rank with most of them has.
  static func localElements(size: Int, _ grid: (rows: Int, columns: Int)) -> Double {
    Double(localCount(size, among: grid.rows)) * Double(localCount(size, among: grid.columns))
  }

  /// Of `count` rows in blocks, dealt out one by one, those of the first of `ranks` (ScaLAPACK's NUMROC).
  private static func localCount(_ count: Int, among ranks: Int) -> Int {
    let (full, rest) = (count / blockSize, count % blockSize)
    let (turns, extra) = full.quotientAndRemainder(dividingBy: ranks)
    return turns * blockSize + (extra > 0 ? blockSize : rest)
  }

  /// The fewest ranks whose parts ScaLAPACK can count.
  static func ranksToCount(size: Int) -> Int {
    let elements = Double(size) * Double(size)
    var ranks = max(1, Int((elements / Double(elementLimit)).rounded(.up)))
    while localElements(size: size, grid(ranks)) > Double(elementLimit) { ranks += 1 }
    return ranks
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
      task: task, seconds: seconds, bytesPerRank: bytesPerRank(task, size, elementType, file),
      messagesPerRank: messages(task, size), wordsPerRank: words(task, size),
      oneMachineSeconds: secondsOnOneMachine(task, shape, elementType, file))
    prediction.advice = advice(prediction, size: size)
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

// MARK: The formulas

extension ScalingModel {
  typealias Phases = [ScalingPhase: Double]

  /// How many times longer a rank takes because others run on its core.
  private var turns: Double { max(1, Double(ranksPerNode) / Double(coresPerNode)) }
  private var logRanks: Double { Double(ranks).logarithm2 }

  private func phases(_ task: Task, _ shape: Shape, _ elementType: ElementType, _ file: Partition) -> Phases {
    var phases: Phases = [.launch: launchSeconds]
    let n = Double(shape.rows)
    switch task {
    case .compute:
      let chunks = Double((file.chunkCount + ranks - 1) / ranks)
      generate(elements: min(n, chunks * Double(file.rowsPerChunk)) * n, into: &phases)
      phases[.memory] = memorySeconds(Double(shape.byteCount(of: elementType)), nodes: nodes)
      phases[.tables] = tableSeconds(shape, file, chunks: chunks) * turns
      phases[.output] = outputSeconds(shape, elementType, nodes: nodes)
      phases[.check] = checkSeconds(shape, elementType, file)
    case .multiply:
      let local = ScalingModel.localElements(size: shape.rows, grid)
      generate(elements: 2 * local, into: &phases)
      phases[.arithmetic] = 2 * n * local / constants.flopsPerSecond.value * turns
    case .solve:
      let local = ScalingModel.localElements(size: shape.rows, grid)
      generate(elements: local, into: &phases)
      phases[.arithmetic] = 2 / 3 * n * local / constants.flopsPerSecond.value * turns
    }
    phases[.transfer] = words(task, shape.rows) * secondsPerWord * turns
    phases[.latency] = Double(messages(task, shape.rows)) * network.latency.value * turns
    return phases
  }

  private func generate(elements: Double, into phases: inout Phases) {
    phases[.generation] = elements * constants.secondsPerElement.value * turns
  }

  /// What memory takes beyond the arithmetic is told apart from it by who is the slower (`ScalingPrediction`).
  private func memorySeconds(_ bytes: Double, nodes: Int) -> Double {
    bytes / Double(nodes) / constants.memoryBytesPerSecond.value
  }

  private var launchSeconds: Double {
    constants.launchSeconds.value + constants.launchSecondsPerRank.value * Double(ranksPerNode - 1)
      + constants.launchSecondsPerDoubling.value * Double(nodes).logarithm2
  }

  /// Tables along a line (i+j) serve `rowsTogether` rows, of as many columns as are in hand at a time: where a row has more than
  /// these, they are made anew for every chunk.
  private func tableSeconds(_ shape: Shape, _ file: Partition, chunks: Double) -> Double {
    let (rowsTogether, columnsTogether) = (4096.0, 65_536.0)
    let panels = (Double(shape.columns) / columnsTogether).rounded(.up)
    let entries = Double(shape.columns) + panels * min(rowsTogether, Double(shape.rows))
    let windows = (Double(shape.rows) / rowsTogether).rounded(.up)
    return constants.secondsPerTableEntry.value * entries * (panels > 1 ? chunks : min(chunks, windows))
  }

  private func outputSeconds(_ shape: Shape, _ elementType: ElementType, nodes: Int) -> Double {
    // On one machine the file is its own; many reach it over their networks.
    let files = constants.outputBytesPerSecond.value
    let rate = self.nodes > 1 ? min(files, Double(nodes) * 8 / constants.betweenNodes.secondsPerWord.value) : files
    return Double(shape.byteCount(of: elementType)) / rate
  }

  /// The root reads at most 64 chunks again (`Assembler`).
  private func checkSeconds(_ shape: Shape, _ elementType: ElementType, _ file: Partition) -> Double {
    let row = Double(shape.columns * elementType.byteCount)
    return min(Double(shape.rows), Double(64 * file.rowsPerChunk)) * row / constants.checkedBytesPerSecond.value
  }

  // MARK: Messages

  private var network: NetworkConstants { nodes > 1 ? constants.betweenNodes : constants.withinNode }

  /// The ranks of a node share what it has. Its network: they stand side by side in one row of the grid, so what goes along
  /// rows leaves the node once, and what goes along columns once for each: (1 + r)/2 on the average. Its memory: a word is
  /// read and written.
  private var secondsPerWord: Double {
    let own = Double(ranksPerNode)
    return nodes > 1
      ? network.secondsPerWord.value * (1 + own) / 2
      : max(network.secondsPerWord.value, 16 * own / constants.memoryBytesPerSecond.value)
  }

  /// Words that a rank receives.
  func words(_ task: Task, _ size: Int) -> Double {
    let elements = Double(size) * Double(size)
    guard ranks > 1 else { return 0 }
    switch task {
    case .compute: return 0
    case .multiply:
      // All of a row's part of A, and of a column's part of B, but what is there.
      let (rows, columns) = (Double(grid.rows), Double(grid.columns))
      return elements / rows * (1 - 1 / columns) + elements / columns * (1 - 1 / rows)
    case .solve: return (3 + logRanks / 4) * elements / Double(ranks).squareRoot()
    }
  }

  /// Messages one after the other, on the longest path.
  func messages(_ task: Task, _ size: Int) -> Int {
    let n = Double(size)
    return switch task {
    // Five times the root hears from everybody, first how much and then what.
    case .compute: 10 * (ranks - 1)
    case .multiply: Int(2 * (n / Double(ScalingModel.blockSize)).rounded(.up) * logRanks)
    case .solve: ranks > 1 ? Int((6 + logRanks) * n) : 0
    }
  }

  // MARK: Comparisons

  private func bytesPerRank(_ task: Task, _ size: Int, _ elementType: ElementType, _ file: Partition) -> Double {
    let local = ScalingModel.localElements(size: size, grid) * Double(elementType.byteCount)
    return switch task {
    case .compute: Double(min(file.rowsPerChunk, max(1, size))) * Double(size) * Double(elementType.byteCount)
    case .multiply: 3 * local
    case .solve: local
    }
  }

  /// `weft` on one of the nodes, with all its cores: no launch and no message, if the memory is there.
  private func secondsOnOneMachine(
    _ task: Task, _ shape: Shape, _ elementType: ElementType, _ file: Partition
  ) -> Double {
    let (n, cores) = (Double(shape.rows), Double(coresPerNode))
    let generation = n * n * constants.secondsPerElement.value / cores
    switch task {
    case .compute:
      let chunks = (Double(file.chunkCount) / cores).rounded(.up)
      return max(generation, memorySeconds(Double(shape.byteCount(of: elementType)), nodes: 1))
        + tableSeconds(shape, file, chunks: chunks) + outputSeconds(shape, elementType, nodes: 1)
        + checkSeconds(shape, elementType, file)
    case .multiply: return 2 * generation + 2 * n * n * n / constants.flopsPerSecond.value / cores
    case .solve: return generation + 2 / 3 * n * n * n / constants.flopsPerSecond.value / cores
    }
  }
}

extension Double {
  /// Of a count: 0 for 1.
  fileprivate var logarithm2: Double { Glibc.log2(self) }
}
