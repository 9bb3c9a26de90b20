// SPDX-License-Identifier: Apache-2.0
//
// Weft's passes over matrices as a contestant, in the harness itself.

import Weft

final class OwnReductions {
  private let size: Int
  /// Stored, not `lazy`: what is lazy is read, changed and written back, with a copy in between.
  private var (a, b) = (empty, empty)
  /// Changed by each run of its task; their results are asked for before all other runs.
  private var (changed, flipped) = (empty, empty)
  private static let empty = Matrix<Double>([])

  init(size: Int) { self.size = size }

  func contestant(_ task: ReductionTask, _ agreement: Agreement, aims: [Aim]) -> Contestant {
    Contestant(name: task.ours, role: .ours, aims: aims) { (runs) throws(BenchmarkError) in
      try benchmarkErrors { try (0..<runs).map { _ in try self.run(task).seconds } }
    }.showing(agreement) { () throws(BenchmarkError) in
      try benchmarkErrors {
        try self.prepare()
        return try self.run(task).result
      }
    }
  }

  private func prepare() throws {
    guard a.isEmpty else { return }
    a = Matrix.ofNumbers(size, place: 0)
    b = Matrix.ofNumbers(size, place: 1)
    changed = try Matrix(a)
    flipped = try Matrix(a)
  }

  private func run(_ task: ReductionTask) throws -> (seconds: Double, result: Double) {
    switch task {
    case .sum: timed({ a.sum() }, \.magnitude)
    case .rows: timed({ a.sum(ofEach: .row) }, magnitudes)
    case .columns: timed({ a.sum(ofEach: .column) }, magnitudes)
    case .norm: try timed({ try a.norm(.frobenius) }, \.self)
    case .update: timed({ changed += b }, { changed.ofRows })
    case .add: timed({ a + b }, \.ofRows)
    case .transposed: timed({ a.transposed() }, \.ofRows)
    case .flip: timed({ flipped.transpose() }, { flipped.ofRows })
    }
  }

  /// What a run makes is let go of when the clock has stopped.
  private func timed<R>(
    _ body: () throws -> R, _ result: (R) -> Double
  ) rethrows -> (seconds: Double, result: Double) {
    let start = secondsNow()
    let made = try body()
    let seconds = secondsNow() - start
    return withExtendedLifetime(made) { (seconds, result(made)) }
  }
}
