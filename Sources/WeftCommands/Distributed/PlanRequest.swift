// SPDX-License-Identifier: Apache-2.0
//
// What `weft-mpi plan` was asked for, made of the words typed, and the answer.

import Multiprocessing
import Weft

struct PlanRequest {
  private let size: Int
  private let nodes: Int
  private let ranks: Int
  private let cores: Int
  private let tasks: [ScalingModel.Task]
  private let constants: ScalingConstants
  private let job: ComputeRequest

  /// More are not in the world.
  private static let most = 100_000_000

  init(_ command: PlanCommand) throws {
    var options = ComputeOptions()
    // A formula's meaning is read as `weft compute` reads it.
    options.formula = command.formula ?? "sin(i*j)*cos(i+j)"
    options.add(
      command.meaning.values + [
        ("size", command.size), ("nodes", command.nodes), ("ranks", command.ranks), ("cores", command.cores),
        ("task", command.task), ("network-latency", command.networkLatency),
        ("network-bandwidth", command.networkBandwidth), ("output-bandwidth", command.outputBandwidth),
        ("memory-bandwidth", command.memoryBandwidth), ("flops", command.flops),
      ])
    guard let size = try options.integer("size", in: 1...Int.max) else {
      throw UsageError("How large is the matrix? Give --size N.")
    }
    self.size = size
    let range = 1...Self.most
    let here = Machine.cpuCount().count
    let (nodes, ranks) = (try options.integer("nodes", in: range), try options.integer("ranks", in: range))
    let cores = try options.integer("cores", in: range)
    self.nodes = nodes ?? 1
    self.ranks = ranks ?? self.nodes * (cores ?? here)
    // Of other nodes nothing is known but how many ranks are to run there.
    self.cores = cores ?? (nodes == nil ? here : (self.ranks + self.nodes - 1) / self.nodes)
    let task: ScalingModel.Task? = try options.choice("task")
    tasks = task.map { [$0] } ?? ScalingModel.Task.allCases
    job = try ComputeRequest(options)
    var constants = ScalingConstants.measured
    try constants.replace(with: options)
    if command.formula != nil {
      let compute = try job.job(try Formula(job.formula))
      try constants.measure(
        compute, elementType: job.elementType, name: Summary.shortened(job.formula), inputs: compute.inputs)
    }
    self.constants = constants
  }

  func report() throws -> PlanReport {
    let model = try ScalingModel(constants, nodes: nodes, ranks: ranks, coresPerNode: cores)
    return PlanReport(
      model: model, size: size, elementType: job.elementType, formula: job.formula,
      predictions: try tasks.map { try model.predict($0, size: size, elementType: job.elementType) })
  }
}

extension ScalingConstants {
  /// What is given on the command line in place of what was measured.
  fileprivate mutating func replace(with options: ComputeOptions) throws(UsageError) {
    func rate(_ name: String) throws(UsageError) -> ScalingConstant? {
      try options.quantity(name, "a rate, as 2.5GB (a second)", PlanQuantity.rate).map {
        ScalingConstant($0, "--\(name)")
      }
    }
    let latency = try options.quantity("network-latency", "a time, as 2us or 0.5ms", PlanQuantity.seconds)
    if let latency { betweenNodes.latency = ScalingConstant(latency, "--network-latency") }
    if let given = try rate("network-bandwidth") {
      betweenNodes.secondsPerWord = ScalingConstant(8 / given.value, given.origin)
    }
    if let given = try rate("output-bandwidth") { outputBytesPerSecond = given }
    if let given = try rate("memory-bandwidth") { memoryBytesPerSecond = given }
    if let given = try rate("flops") {
      // A faster core does everything faster.
      let ratio = given.value / flopsPerSecond.value
      flopsPerSecond = given
      factorFlopsPerSecond = ScalingConstant(factorFlopsPerSecond.value * ratio, "in proportion to --flops")
      panelFlopsPerSecond = ScalingConstant(panelFlopsPerSecond.value * ratio, "in proportion to --flops")
    }
  }
}

/// Amounts as they are typed for networks.
enum PlanQuantity {
  /// As `Quantity.seconds`, and us, µs and ns.
  static func seconds(_ text: String) -> Double? {
    for (unit, factor) in [("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9)] where text.hasSuffix(unit) {
      return Quantity.seconds(String(text.dropLast(unit.count))).map { $0 * factor }
    }
    return Quantity.seconds(text)
  }

  /// As `Quantity.byteCount`, also with "/s" behind.
  static func rate(_ text: String) -> Double? {
    Quantity.byteCount(text.hasSuffix("/s") ? String(text.dropLast(2)) : text).map { Double($0) }
  }
}
