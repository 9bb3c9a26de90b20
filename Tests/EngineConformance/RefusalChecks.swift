// SPDX-License-Identifier: Apache-2.0
//
// What an engine refuses, in which words, and that it goes on afterwards.

import Weft

extension EngineCheck {
  static let refusalChecks = [
    EngineCheck("elements that are not finite are refused or counted") { mode, findings in
      let engine = try Engine(mode)
      let refused = await findings.expectError(.nonfinite) {
        _ = try await engine.compute("1/(i-j)", rows: 10, columns: 10)
      }
      let sentence = "10 of 100 elements are not finite, the first inf at i = 0, j = 0"
      findings.expect(refused?.message.contains(sentence) == true, refused?.message ?? "no sentence")
      findings.expect(refused?.rows == 0..<1, "rows \(refused?.rows.map { "\($0)" } ?? "none")")
      var job = Job(.formula(try Formula("1/(i-j)")), rows: 10, columns: 10)
      (job.nonfinite, job.chunkRows) = (.allow, 3)
      let (_, report): (SharedMatrix<Double>, ComputeReport) = try await engine.run(job)
      findings.expect(report.nonfiniteCount == 10, "\(report.nonfiniteCount) instead of 10")
      findings.expect(report.firstNonfinite.map { [$0.row, $0.column] } == [0, 0], "another first")
      // The only one is in a chunk of its own, far from the first.
      job = Job(.formula(try Formula("1/(i-37)")), rows: 40, columns: 1)
      job.chunkRows = 1
      let last = await findings.expectError(.nonfinite) { [job] in _ = try await engine.run(job) }
      findings.expect(
        last?.message.hasPrefix("1 of 40 elements is not finite") == true && last?.rows == 37..<38,
        "\(last?.message ?? "")")
    },
    EngineCheck("faulty elements are named, and the engine goes on") { mode, findings in
      let engine = try Engine(mode)
      let points = Matrix(rows: 3, columns: 2) { _, _ in 1.0 }
      for chunkRows in [nil, 1] as [Int?] {
        var job = Job(.formula(try Formula("X[i, j]")), rows: 5, columns: 2)
        (job.inputs, job.chunkRows) = (["X": points], chunkRows)
        let error = await findings.expectError(.evaluation) { [job] in _ = try await engine.run(job) }
        findings.expect(
          error.map {
            $0.message.contains("X[3, 0] is outside X") || chunkRows != nil && $0.message.contains("X[4, 0]")
          } == true,
          error?.message ?? "no sentence")
        for _ in 0..<3 { findings.expect(try await engine.compute("i", rows: 2, columns: 2)[1, 0] == 1, "afterwards") }
      }
    },
    EngineCheck("impossible jobs are refused before anything is done") { mode, findings in
      let engine = try Engine(mode)
      _ = await findings.expectError(.resources) { _ = try await engine.compute("i", rows: 1 << 20, columns: 1 << 20) }
      _ = await findings.expectError(.invalidJob) {
        _ = try await engine.compute(Unreachable.kernel, rows: 1, columns: 1)
      }
      var job = Job(.formula(try Formula("i")), rows: 3, columns: 3)
      job.chunkRows = 0
      _ = await findings.expectError(.invalidJob) { [job] in _ = try await engine.run(job) }
      _ = await findings.expectThrown(ShapeError.self) { _ = try await engine.compute("i", rows: -1, columns: 1) }
      _ = await findings.expectThrown(ShapeError.self) { _ = try await engine.compute("i", rows: 1 << 62, columns: 3) }
      _ = await findings.expectThrown(FormulaError.self) { _ = try await engine.compute("sin(", rows: 1, columns: 1) }
      _ = await findings.expectThrown(FormulaError.self) { _ = try await engine.compute("a*i", rows: 1, columns: 1) }
      findings.expect(try await engine.compute("j", rows: 3, columns: 3)[0, 2] == 2, "afterwards")
    },
    EngineCheck("an engine that was shut down refuses") { mode, findings in
      let engine = try Engine(mode)
      _ = try await engine.compute("i", rows: 1, columns: 1)
      await engine.shutdown()
      _ = await findings.expectError(.shutDown) { _ = try await engine.compute("i", rows: 1, columns: 1) }
      var m = try SharedMatrix<Double>(shape: Shape(rows: 2, columns: 2))
      _ = await findings.expectError(.shutDown) { try await engine.compute("i", into: &m) }
    },
    EngineCheck("cancelling the task stops the computation") { mode, findings in
      let engine = try Engine(mode)
      let job = Job(.kernel(SlowRows.self), rows: 100_000, columns: 8)
      let computation = Task { try await engine.run(job, as: Double.self) }
      try await Task.sleep(for: .milliseconds(300))
      let start = ContinuousClock.now
      computation.cancel()
      _ = await findings.expectThrown(CancellationError.self) { _ = try await computation.value }
      findings.expect(ContinuousClock.now - start < .seconds(4), "it took \(ContinuousClock.now - start)")
      findings.expect(try await engine.compute("j", rows: 3, columns: 3)[0, 2] == 2, "afterwards")
      await engine.shutdown()
    },
  ]
}
