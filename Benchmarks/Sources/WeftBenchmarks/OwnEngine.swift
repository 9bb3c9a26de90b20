// SPDX-License-Identifier: Apache-2.0
//
// Weft as a contestant: an engine of the harness itself, with its workers, which stay.

import Weft

/// An engine and one matrix that it computes into again and again.
///
/// Contests that take turns with matrices of different sizes need an engine each: a worker keeps the pages of the last
/// job's matrix only.
final class OwnEngine {
  private let engine: BlockingEngine
  private let workers: Int
  private var matrix: SharedMatrix<Double>

  init(workers: Int = BenchmarkOptions.residentWorkers) throws(BenchmarkError) {
    self.workers = workers
    (engine, matrix) = try benchmarkErrors {
      (try BlockingEngine(.workers(workers)), try SharedMatrix(shape: Shape(rows: 1, columns: 1)))
    }
  }

  /// `formula`, size×size, into the same memory again: the whole call.
  func contestant(
    _ formula: String, _ size: Int, _ verification: Job.Verification = .none,
    inputs: [String: SharedMatrix<Double>] = [:], aims: [Aim] = []
  ) -> Contestant {
    let name = "compute(into:), \(workers) worker\(workers == 1 ? "" : "s"), verification \(verification.rawValue)"
    var result = Contestant(name: name, role: .ours) { (runs) throws(BenchmarkError) in
      try benchmarkErrors {
        let job = try OwnEngine.job(formula, size, verification, inputs)
        return try (0..<runs).map { _ in
          let start = secondsNow()
          _ = try self.engine.compute(job, into: &self.matrix)
          return secondsNow() - start
        }
      }
    }
    result.aims = aims
    result.warmUps = OwnEngine.warmUps(size)
    return result
  }

  /// The same into a new matrix each time, which is given back when the clock has stopped. The workers let go of its
  /// memory when the next job begins: that is in the time.
  func freshContestant(
    _ formula: String, _ size: Int, _ verification: Job.Verification, aims: [Aim] = []
  ) -> Contestant {
    let name = "compute, \(workers) workers, verification \(verification.rawValue)"
    var result = Contestant(name: name, role: .ours) { (runs) throws(BenchmarkError) in
      try benchmarkErrors {
        let job = try OwnEngine.job(formula, size, verification, [:])
        return try (0..<runs).map { _ in
          let start = secondsNow()
          let computed = try self.engine.compute(job)
          let seconds = secondsNow() - start
          withExtendedLifetime(computed.matrix) {}
          return seconds
        }
      }
    }
    result.aims = aims
    return result
  }

  /// A matrix by formula, as input of another.
  func matrix(_ formula: String, rows: Int, columns: Int) throws(BenchmarkError) -> SharedMatrix<Double> {
    try benchmarkErrors {
      try engine.compute(Job(.formula(try Formula(formula)), rows: rows, columns: columns)).matrix
    }
  }

  /// Workers choose their rows anew in each run, and the first touch of a page costs as much as filling it: of a large
  /// matrix, whose runs are few, nearly all pages have to be known to all workers before it counts.
  private static func warmUps(_ size: Int) -> Int { size < 4000 ? 1 : 5 }

  private static func job(
    _ formula: String, _ size: Int, _ verification: Job.Verification, _ inputs: [String: SharedMatrix<Double>]
  ) throws -> Job {
    var job = Job(.formula(try Formula(formula)), rows: size, columns: size)
    job.verification = verification
    job.inputs = inputs
    return job
  }
}

/// Whatever Weft throws, as an end of the harness.
func benchmarkErrors<R>(_ body: () throws -> R) throws(BenchmarkError) -> R {
  do { return try body() } catch { throw BenchmarkError(description: "\(error)") }
}

extension Job.Verification {
  /// Every element again (`full`) is a different kind of work.
  static let resident: [Job.Verification] = [.none, .sample]
}
