// SPDX-License-Identifier: Apache-2.0
//
// The constants of the scaling model, each with where it comes from. What stands here was measured on a small machine; who has
// another gives his own (`weft-mpi plan --network-latency …`), measured by the same program (`make mpi-constants`).

/// A figure, and its origin.
public struct ScalingConstant: Sendable, Equatable {
  public var value: Double
  /// How it was found: "measured on …", "given", or what it is derived from.
  public var origin: String

  public init(_ value: Double, _ origin: String) {
    self.value = value
    self.origin = origin
  }
}

/// Where a message goes.
public struct NetworkConstants: Sendable, Equatable {
  /// Seconds of a message without content, one way (α).
  public var latency: ScalingConstant
  /// Seconds that each word of 8 bytes adds (β).
  public var secondsPerWord: ScalingConstant

  public init(latency: ScalingConstant, secondsPerWord: ScalingConstant) {
    self.latency = latency
    self.secondsPerWord = secondsPerWord
  }
}

/// All that the model knows of machines and of the formula.
public struct ScalingConstants: Sendable, Equatable {
  // MARK: The formula

  /// Of one element, by one core, into the cache (c).
  public var secondsPerElement: ScalingConstant
  /// Of one entry of the tables that a formula with index structure has; 0 where it has none.
  public var secondsPerTableEntry: ScalingConstant

  /// What an element costs besides where it is made for linear algebra: NB columns at a time, and turned.
  public var secondsPerElementInBlocks: ScalingConstant

  // MARK: A node

  /// That all cores of a node together write into memory (B_mem).
  public var memoryBytesPerSecond: ScalingConstant
  /// Of one rank's dgemm, as ScaLAPACK calls it: an update by NB columns and rows (1/γ).
  public var flopsPerSecond: ScalingConstant
  /// Of one rank in the rest of an LU factorization: smaller updates, and rows that are exchanged.
  public var factorFlopsPerSecond: ScalingConstant
  /// Of one rank in a panel of an LU factorization, column by column.
  public var panelFlopsPerSecond: ScalingConstant
  /// That the root reads again and checks.
  public var checkedBytesPerSecond: ScalingConstant

  // MARK: Between ranks

  public var withinNode: NetworkConstants
  /// Between nodes; a node's ranks share it.
  public var betweenNodes: NetworkConstants
  /// That the file system takes from all nodes together (B_fs).
  public var outputBytesPerSecond: ScalingConstant

  // MARK: mpirun

  /// From the command to the ranks' first line and from their last to the prompt, with one rank.
  public var launchSeconds: ScalingConstant
  /// For each further rank of a node.
  public var launchSecondsPerRank: ScalingConstant
  /// For each doubling of the nodes.
  public var launchSecondsPerDoubling: ScalingConstant
}

extension ScalingConstants {
  private static let here = "measured on a 2-core machine, 2026-11, by make mpi-constants"

  /// Measured with the headline formula on a virtual machine: 2 cores of a Xeon with AVX-512, Linux 6.18, Open MPI 4.1.4, OpenBLAS
  /// 0.3.21 with one thread, one disk; the best of several rounds, since others make a figure worse, never better. The network
  /// between nodes is that of two network namespaces: TCP through the kernel, and no wire.
  public static let measured = ScalingConstants(
    secondsPerElement: ScalingConstant(1.25e-9, "sin(i*j)*cos(i+j), \(here)"),
    secondsPerTableEntry: ScalingConstant(150e-9, "sin(i*j)*cos(i+j), \(here)"),
    secondsPerElementInBlocks: ScalingConstant(10e-9, "sin(i*j)*cos(i+j), \(here)"),
    memoryBytesPerSecond: ScalingConstant(27e9, here),
    flopsPerSecond: ScalingConstant(63e9, here),
    factorFlopsPerSecond: ScalingConstant(33e9, "pdgesv of one rank, \(here)"),
    panelFlopsPerSecond: ScalingConstant(10e9, here),
    checkedBytesPerSecond: ScalingConstant(4.4e9, here),
    withinNode: NetworkConstants(
      latency: ScalingConstant(0.5e-6, here), secondsPerWord: ScalingConstant(0.97e-9, here)),
    betweenNodes: NetworkConstants(
      latency: ScalingConstant(8.8e-6, "two network namespaces, \(here)"),
      secondsPerWord: ScalingConstant(2.7e-9, "two network namespaces, \(here)")),
    outputBytesPerSecond: ScalingConstant(1.65e9, "its one disk, synced, \(here)"),
    launchSeconds: ScalingConstant(0.31, here),
    launchSecondsPerRank: ScalingConstant(0.018, here),
    launchSecondsPerDoubling: ScalingConstant(0.07, "two network namespaces, \(here)"))

  /// Names for reports, in the order in which they are told; the value in the unit.
  public var all: [(name: String, unit: String, constant: ScalingConstant)] {
    [
      ("element", "s", secondsPerElement), ("tableEntry", "s", secondsPerTableEntry),
      ("elementInBlocks", "s", secondsPerElementInBlocks), ("memory", "B/s", memoryBytesPerSecond),
      ("flops", "flop/s", flopsPerSecond),
      ("factorFlops", "flop/s", factorFlopsPerSecond), ("panelFlops", "flop/s", panelFlopsPerSecond),
      ("check", "B/s", checkedBytesPerSecond),
      ("latencyWithinNode", "s", withinNode.latency), ("wordWithinNode", "s", withinNode.secondsPerWord),
      ("latencyBetweenNodes", "s", betweenNodes.latency), ("wordBetweenNodes", "s", betweenNodes.secondsPerWord),
      ("output", "B/s", outputBytesPerSecond), ("launch", "s", launchSeconds),
      ("launchPerRank", "s", launchSecondsPerRank), ("launchPerDoubling", "s", launchSecondsPerDoubling),
    ]
  }
}
