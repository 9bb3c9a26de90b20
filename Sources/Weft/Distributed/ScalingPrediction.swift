// SPDX-License-Identifier: Apache-2.0
//
// What the scaling model says about one task: seconds by phase, what limits it, and what to do about that.

import MatrixCore

/// A part of a distributed run.
public enum ScalingPhase: String, CaseIterable, Sendable {
  case launch, generation
  /// Writing the matrix into memory, at the same time as generation: the slower of the two counts.
  case memory
  case tables, arithmetic
  /// The panels of a factorization, by one column of ranks while the others wait.
  case panel
  case transfer, latency, output, check

  /// What a run is called in which this takes longest.
  public var limit: String {
    switch self {
    case .launch: "launch-bound"
    case .generation, .tables, .arithmetic, .panel: "compute-bound"
    case .memory: "memory-bound"
    case .transfer: "network-bound"
    case .latency: "latency-bound"
    case .output, .check: "output-bound"
    }
  }
}

/// A task's time, predicted: nothing here was measured but the constants.
public struct ScalingPrediction: Sendable {
  public let task: ScalingModel.Task
  /// Of the phases that the task has, those that take no time left out.
  public let seconds: [ScalingPhase: Double]
  /// Of the matrices, or of the chunk in hand.
  public let bytesPerRank: Double
  /// One after the other.
  public let messagesPerRank: Int
  public let wordsPerRank: Double
  /// What one node takes without any of this, if it has the memory.
  public let oneMachineSeconds: Double
  /// Sentences; none where there is nothing to say.
  public internal(set) var advice: [String] = []

  init(
    task: ScalingModel.Task, seconds: [ScalingPhase: Double], bytesPerRank: Double, messagesPerRank: Int,
    wordsPerRank: Double, oneMachineSeconds: Double
  ) {
    self.task = task
    // Arithmetic and memory work at the same time.
    var seconds = seconds
    let (generation, memory) = (seconds[.generation] ?? 0, seconds[.memory] ?? 0)
    seconds[memory > generation ? .generation : .memory] = nil
    self.seconds = seconds.filter { $0.value > 0 }
    self.bytesPerRank = bytesPerRank
    self.messagesPerRank = messagesPerRank
    self.wordsPerRank = wordsPerRank
    self.oneMachineSeconds = oneMachineSeconds
  }

  /// In the order in which they are told.
  public var phases: [(phase: ScalingPhase, seconds: Double)] {
    ScalingPhase.allCases.compactMap { phase in seconds[phase].map { (phase, $0) } }
  }

  public var total: Double { seconds.values.reduce(0, +) }

  /// "output-bound": the kind of work that takes longest in all.
  public var limit: String {
    var byLimit: [(limit: String, seconds: Double)] = []
    for (phase, seconds) in phases {
      if let index = byLimit.firstIndex(where: { $0.limit == phase.limit }) {
        byLimit[index].seconds += seconds
      } else {
        byLimit.append((phase.limit, seconds))
      }
    }
    return byLimit.max { $0.seconds < $1.seconds }?.limit ?? ScalingPhase.launch.limit
  }
}

extension ScalingModel {
  func advice(_ prediction: ScalingPrediction, _ shape: Shape) -> [String] {
    var advice: [String] = []
    let total = prediction.total
    if ranksPerNode > coresPerNode {
      advice.append(
        "\(ranksPerNode) ranks take turns on \(coresPerNode) core\(coresPerNode == 1 ? "" : "s"): no faster than "
          + "\(coresPerNode) on each node, so take \(nodes * coresPerNode).")
    }
    if prediction.task != .compute {
      if ScalingModel.localElements(shape, ranks: ranks) > Double(BlockCyclicLayout.shareLimit) {
        advice.append(
          "ScaLAPACK counts a rank's elements in 32 bits and would refuse: take at least "
            + "\(BlockCyclicLayout.leastRanks(for: shape, block: ScalingModel.blockSize)) ranks.")
      }
      let most = max(1, Int(Double(shape.count) / ScalingModel.efficientElements))
      if ranks > most {
        advice.append(
          "A rank's part has fewer than 1000×1000 elements, below which ScaLAPACK is not efficient: take at most "
            + "\(most) rank\(most == 1 ? "" : "s").")
      }
    }
    if prediction.oneMachineSeconds <= total {
      advice.append("One machine is as fast without a job of ranks, where its memory suffices: take 'weft'.")
    } else if let output = prediction.seconds[.output], output > total / 2 {
      advice.append(
        "Writing takes most of the time: use the matrix where it is made instead of writing it, or a faster file "
          + "system (--output-bandwidth).")
    }
    return advice
  }
}
