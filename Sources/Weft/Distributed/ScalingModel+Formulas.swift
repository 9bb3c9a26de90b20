// SPDX-License-Identifier: Apache-2.0
//
// The formulas of the scaling model, phase by phase.

import Glibc
import MatrixCore

extension ScalingModel {
  typealias Phases = [ScalingPhase: Double]

  /// How many times longer a rank takes because others run on its core.
  private var turns: Double { max(1, Double(ranksPerNode) / Double(coresPerNode)) }
  private var logRanks: Double { Double(ranks).logarithm2 }

  func phases(_ task: Task, _ shape: Shape, _ elementType: ElementType, _ file: Partition) -> Phases {
    var phases: Phases = [.launch: launchSeconds]
    let n = Double(shape.rows)
    switch task {
    case .compute:
      let chunks = Double((file.chunkCount + ranks - 1) / ranks)
      let elements = min(n, chunks * Double(file.rowsPerChunk)) * n
      phases[.generation] = elements * constants.secondsPerElement.value * turns
      phases[.memory] = memorySeconds(Double(shape.byteCount(of: elementType)), nodes: nodes)
      phases[.tables] = tableSeconds(shape, file, chunks: chunks) * turns
      phases[.output] = outputSeconds(shape, elementType, nodes: nodes)
      phases[.check] = checkSeconds(shape, elementType, file)
    case .multiply:
      let local = ScalingModel.localElements(shape, ranks: ranks)
      phases[.generation] = 2 * local * secondsPerElementInBlocks * turns
      phases[.arithmetic] = 2 * n * local / constants.flopsPerSecond.value * turns
    case .solve:
      let local = ScalingModel.localElements(shape, ranks: ranks)
      // Once more for the residual: the factors are where A was.
      phases[.generation] = 2 * local * secondsPerElementInBlocks * turns
      phases[.arithmetic] = 2 / 3 * n * local / constants.factorFlopsPerSecond.value * turns
      let panels = n * n * Double(ScalingModel.blockSize) / 2 / Double(grid.rows)
      phases[.panel] = panels / constants.panelFlopsPerSecond.value * turns
    }
    phases[.transfer] = words(task, shape.rows) * secondsPerWord * turns
    phases[.latency] = Double(messages(task, shape.rows)) * network.latency.value * turns
    return phases
  }

  private var secondsPerElementInBlocks: Double {
    constants.secondsPerElement.value + constants.secondsPerElementInBlocks.value
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

  func bytesPerRank(_ task: Task, _ shape: Shape, _ elementType: ElementType, _ file: Partition) -> Double {
    let local = ScalingModel.localElements(shape, ranks: ranks) * 8
    return switch task {
    case .compute: Double(min(file.rowsPerChunk, shape.rows) * shape.columns * elementType.byteCount)
    case .multiply: 3 * local
    case .solve: local
    }
  }

  /// `weft` on one of the nodes, with all its cores: no launch and no message, if the memory is there.
  func secondsOnOneMachine(
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
    case .solve: return 2 * generation + 2 / 3 * n * n * n / constants.factorFlopsPerSecond.value / cores
    }
  }
}

extension Double {
  /// Of a count: 0 for 1.
  fileprivate var logarithm2: Double { Glibc.log2(self) }
}
