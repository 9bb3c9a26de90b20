// SPDX-License-Identifier: Apache-2.0
//
// The scaling model against figures worked out by hand, and against what no machine does: more ranks than cores are no faster,
// nothing is faster than its launch.

import Testing

@testable import Weft

struct ScalingModelTests {
  /// A cluster of round figures: 10 ns an element, 30 Gflop/s a rank, 2.5 GB/s and 2 µs between nodes, 2 GB/s into files.
  private static let round: ScalingConstants = {
    func constant(_ value: Double) -> ScalingConstant { ScalingConstant(value, "a round figure") }
    return ScalingConstants(
      secondsPerElement: constant(10e-9), secondsPerTableEntry: constant(0), secondsPerElementInBlocks: constant(5e-9),
      memoryBytesPerSecond: constant(100e9),
      flopsPerSecond: constant(30e9), factorFlopsPerSecond: constant(30e9), panelFlopsPerSecond: constant(10e9),
      checkedBytesPerSecond: constant(2e9),
      withinNode: NetworkConstants(latency: constant(0.5e-6), secondsPerWord: constant(1e-9)),
      betweenNodes: NetworkConstants(latency: constant(2e-6), secondsPerWord: constant(8 / 2.5e9)),
      outputBytesPerSecond: constant(2e9), launchSeconds: constant(0.4), launchSecondsPerRank: constant(0.01),
      launchSecondsPerDoubling: constant(0.1))
  }()

  private func model(
    _ ranks: Int, nodes: Int = 1, cores: Int = 64, _ constants: ScalingConstants = round
  ) throws -> ScalingModel {
    try ScalingModel(constants, nodes: nodes, ranks: ranks, coresPerNode: cores)
  }

  private func isNear(_ value: Double?, _ expected: Double, within part: Double = 0.01) -> Bool {
    value.map { abs($0 - expected) <= part * expected } ?? false
  }

  /// 10⁵×10⁵ on 64 nodes with a rank each, as worked out in the design: 350 s of arithmetic, 45 GB for each rank in 18 s, 2.4 s
  /// of latency; 1.6 s to generate, 40 s to write 80 GB.
  @Test func figuresWorkedOutByHand() throws {
    let model = try model(64, nodes: 64, cores: 1)
    let solve = try model.predict(.solve, size: 100_000)
    #expect(isNear(solve.seconds[.arithmetic], 350))
    // Half of n² NB, by a column of eight ranks.
    #expect(isNear(solve.seconds[.panel], 1e10 * 32 / 8 / 10e9))
    #expect(isNear(solve.wordsPerRank * 8, 45e9))
    #expect(isNear(solve.seconds[.transfer], 18))
    #expect(isNear(solve.seconds[.latency], 2.4))
    #expect(solve.limit == "compute-bound" && solve.advice.isEmpty)
    let compute = try model.predict(.compute, size: 100_000)
    #expect(isNear(compute.seconds[.generation], 1.56))
    #expect(isNear(compute.seconds[.output], 40))
    #expect(compute.limit == "output-bound" && compute.advice.contains { $0.contains("--output-bandwidth") })
    let multiply = try model.predict(.multiply, size: 100_000)
    #expect(isNear(multiply.seconds[.generation], 2 * 1e10 / 64 * 15e-9))
    #expect(isNear(multiply.seconds[.arithmetic], 2e15 / 64 / 30e9))
    // 2 n²/√P, but what a rank has itself.
    #expect(isNear(multiply.wordsPerRank, 2 * 1e10 / 8 * 7 / 8, within: 1e-9))
    #expect(isNear(multiply.seconds[.latency], 2 * 1563 * 6 * 2e-6))
    // TCP: 20 µs.
    var slow = Self.round
    slow.betweenNodes.latency.value = 20e-6
    let late = try self.model(64, nodes: 64, cores: 1, slow).predict(.solve, size: 100_000)
    #expect(isNear(late.seconds[.latency], 24))
  }

  @Test func launchIsTheFloor() throws {
    for ranks in [1, 2, 8, 64] {
      let prediction = try model(ranks).predict(.compute, size: 1000)
      #expect(prediction.limit == "launch-bound" && prediction.total > prediction.oneMachineSeconds)
      #expect(
        prediction.advice == ["One machine is as fast without a job of ranks, where its memory suffices: take 'weft'."])
    }
    let fast = try model(1).with(ranks: 2)
    #expect(fast.ranks == 2)
    let (two, many) = try (model(64, nodes: 2), model(64, nodes: 32))
    #expect(isNear(try two.predict(.solve, size: 100).seconds[.launch], 0.4 + 31 * 0.01 + 0.1))
    #expect(isNear(try many.predict(.solve, size: 100).seconds[.launch], 0.4 + 0.01 + 5 * 0.1))
  }

  /// Up to the cores, more ranks take less time for what is divided among them; where a phase does not shrink, it says so.
  @Test func moreRanksAreFasterUntilALimit() throws {
    for task in ScalingModel.Task.allCases {
      let divided: [ScalingPhase] = [.generation, .arithmetic]
      var last = Double.infinity
      for ranks in [1, 2, 4, 8, 16, 32, 64] {
        let seconds = try model(ranks).predict(task, size: 40_000).seconds
        let sum = divided.reduce(0) { $0 + (seconds[$1] ?? 0) }
        #expect(sum < last && sum > 0, "\(task), \(ranks) ranks")
        last = sum
      }
    }
    // A node's memory is the ceiling of what its cores generate, and a chunk is not divided.
    #expect(try model(64, cores: 64).predict(.compute, size: 40_000).seconds[.memory] == nil)
    var fast = Self.round
    fast.secondsPerElement.value = 1e-9
    let bound = try model(64, cores: 64, fast).predict(.compute, size: 40_000).seconds
    #expect(bound[.generation] == nil && isNear(bound[.memory], 8 * 1.6e9 / 100e9))
    let one = try model(1_000_000, nodes: 100_000, fast).predict(.compute, size: 1000)
    #expect(isNear(one.seconds[.generation], 256 * 1000 * 1e-9))
  }

  /// Every phase, and so the sum.
  @Test func moreRanksThanCoresAreNeverFaster() throws {
    for task in ScalingModel.Task.allCases {
      for size in [65, 1000, 5000, 20_000] {
        for nodes in [1, 3] {
          let full = try model(2 * nodes, nodes: nodes, cores: 2).predict(task, size: size)
          for ranks in (2 * nodes + 1)...(2 * nodes + 14) {
            let crowded = try model(ranks, nodes: nodes, cores: 2).predict(task, size: size)
            for (phase, seconds) in full.phases {
              #expect(
                (crowded.seconds[phase] ?? 0) >= seconds, "\(task), \(size), \(ranks) ranks on \(nodes): \(phase)")
            }
            #expect(crowded.advice.contains { $0.contains("take turns on 2 cores") } == (ranks > 2 * nodes))
          }
        }
      }
    }
  }

  @Test func partsThatAreTooLargeOrTooSmall() throws {
    // 46340² is the last square below 2³¹.
    #expect(try model(1).predict(.solve, size: 46_340).advice.contains { $0.contains("32 bits") } == false)
    let refused = try model(1).predict(.solve, size: 46_341).advice
    #expect(refused.contains { $0.contains("32 bits") && $0.contains("at least 2 ranks") })
    #expect(try model(4).predict(.multiply, size: 100_000).advice.contains { $0.contains("at least 5 ranks") })
    #expect(try model(5).predict(.multiply, size: 100_000).advice.contains { $0.contains("32 bits") } == false)
    // Generation has no such limit: nobody counts its elements in 32 bits.
    #expect(try model(1).predict(.compute, size: 100_000).advice.contains { $0.contains("32 bits") } == false)
    // n²/P ≥ 1000²: for 10⁴ at most 100 ranks.
    let (enough, many) = try (model(100, nodes: 10), model(128, nodes: 10))
    #expect(try enough.predict(.solve, size: 10_000).advice.contains { $0.contains("1000×1000") } == false)
    #expect(try many.predict(.solve, size: 10_000).advice.contains { $0.contains("take at most 100 ranks") })
  }

  /// Where a row has more columns than tables are made for at a time, they are made for every chunk, by every rank.
  @Test func tablesAreNotDivided() throws {
    var constants = Self.round
    constants.secondsPerTableEntry.value = 100e-9
    func tables(_ ranks: Int, size: Int) throws -> Double {
      try model(ranks, cores: 4096, constants).predict(.compute, size: size).seconds[.tables] ?? 0
    }
    // Five times 4096 rows, of 20000 columns.
    #expect(isNear(try tables(1, size: 20_000), 5 * 24_096 * 100e-9))
    #expect(try tables(8, size: 20_000) == tables(1, size: 20_000))
    // Chunks of eight rows, two panels.
    #expect(isNear(try tables(1, size: 100_000), 12_500 * (100_000 + 8192) * 100e-9))
    #expect(isNear(try tables(100, size: 100_000), 125 * (100_000 + 8192) * 100e-9))
  }

  @Test func gridsAndParts() throws {
    for (ranks, rows, columns) in [(1, 1, 1), (2, 1, 2), (7, 1, 7), (12, 3, 4), (64, 8, 8), (4096, 64, 64)] {
      #expect(ScalingModel.grid(ranks) == (rows, columns))
    }
    // One row of two ranks: blocks of 64, 64 and 2 columns, of which the first has the first and the last.
    #expect(try ScalingModel.localElements(Shape(rows: 130, columns: 130), ranks: 2) == 66 * 130)
    #expect(try ScalingModel.localElements(Shape(rows: 10, columns: 10), ranks: 9) == 100)
  }

  @Test func oneRankSendsNothing() throws {
    for task in ScalingModel.Task.allCases {
      let prediction = try model(1).predict(task, size: 500)
      #expect(prediction.wordsPerRank == 0 && prediction.messagesPerRank == 0)
      #expect(prediction.seconds[.transfer] == nil && prediction.seconds[.latency] == nil)
    }
  }

  @Test func whatIsNoJobIsRefused() throws {
    for (ranks, nodes, cores) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (3, 4, 1)] {
      let error = try #require(throws: EngineError.self) { try self.model(ranks, nodes: nodes, cores: cores) }
      #expect(error.code == .invalidJob)
    }
    #expect(throws: ShapeError.self) { try model(1).predict(.compute, size: 3_000_000_000) }
  }

  @Test func everyConstantHasAnOriginAndAValue() {
    for (name, _, constant) in ScalingConstants.measured.all {
      #expect(constant.value > 0 && constant.origin.contains("2-core machine, 2026-11"), "\(name)")
    }
  }

  @Test func aFormulasOwnCosts() throws {
    var constants = Self.round
    try constants.measure(Job(.formula(try Formula("tan(i*j)")), rows: 500, columns: 500), name: "tan(i*j)")
    #expect(constants.secondsPerElement.value > 0 && constants.secondsPerElement.value < 1e-3)
    #expect(constants.secondsPerElement.origin == "tan(i*j), measured on this machine just now")
    #expect(constants.flopsPerSecond == Self.round.flopsPerSecond)
  }
}
