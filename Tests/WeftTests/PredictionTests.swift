// SPDX-License-Identifier: Apache-2.0
//
// Predictions: measured in bounded time and memory whatever the job, and errors where an element that is tried has no value.

import EngineConformance
import Multiprocessing
import Testing

@testable import Weft

@Suite(.serialized)
struct PredictionTests {
  private func prediction(
    _ formula: String, rows: Int, columns: Int, inputs: [String: any MatrixReadable] = [:],
    _ accuracy: Accuracy = .strict
  ) throws -> Prediction {
    var job = Job(.formula(try Formula(formula)), rows: rows, columns: columns)
    job.inputs = inputs
    job.accuracy = accuracy
    return try BlockingEngine(.workers(2)).plan(job).prediction(inputs: inputs)
  }

  @Test(arguments: [
    ("sin(i*j)*cos(i+j)", 1000, 1000), ("exp(-i)*j", 3, 7), ("tan(i*j)", 1_000_000_000, 1_000_000_000),
    ("sqrt(2*i+3*j)", 100_000, 2), ("sum(k, 0, 1e8, sin(k*i))", 300, 300), ("i", 1, 1), ("cos(8*i-7*j)", 5000, 5000),
  ])
  func everyJobIsPredictedInBoundedTime(formula: String, rows: Int, columns: Int) throws {
    let start = Deadline.now
    let prediction = try prediction(formula, rows: rows, columns: columns)
    // Some 0.05 s with optimized code on a quiet machine.
    #expect(start.nanoseconds + 5_000_000_000 > Deadline.now.nanoseconds)
    #expect(prediction.nanosecondsPerElement > 0 && prediction.nanosecondsPerElement < 1e9)
    #expect(prediction.arithmeticSeconds > 0 && prediction.memorySeconds > 0 && prediction.startSeconds > 0)
    #expect(prediction.computeSeconds == max(prediction.arithmeticSeconds, prediction.memorySeconds))
    #expect(prediction.seconds.isFinite && prediction.bytesPerSecond > 1e6)
    #expect(prediction.concurrency >= 1 && prediction.concurrency <= 2)
  }

  @Test func aLongElementIsALowerBound() throws {
    let prediction = try prediction("sum(k, 0, 9e8, sin(k*i))", rows: 300, columns: 300)
    #expect(prediction.elementsMeasured == 0)
    // 64 elements took more than 20 ms.
    #expect(prediction.arithmeticSeconds >= 0.02 / 64 * 90_000 / 2)
  }

  @Test func emptyMatrices() throws {
    for (rows, columns) in [(0, 5), (5, 0), (0, 0)] {
      let prediction = try prediction("sin(i*j)", rows: rows, columns: columns)
      #expect(prediction.arithmeticSeconds == 0 && prediction.memorySeconds == 0 && prediction.elementsMeasured == 0)
    }
  }

  @Test func inputsAreRead() throws {
    let points = Matrix(rows: 50, columns: 2) { i, j in Double(i + j) }
    let prediction = try prediction("abs(X[i,0]-X[j,1])", rows: 50, columns: 50, inputs: ["X": points])
    #expect(prediction.elementsMeasured > 0)
    let error = try #require(throws: EngineError.self) {
      try self.prediction("X[i,0]", rows: 51, columns: 50, inputs: ["X": points])
    }
    #expect(error.code == .evaluation)
  }

  @Test func quadruplePrecisionIsSlower() throws {
    let (strict, best) = try (
      prediction("tan(i*j)", rows: 500, columns: 500), prediction("tan(i*j)", rows: 500, columns: 500, .best)
    )
    #expect(best.nanosecondsPerElement > strict.nanosecondsPerElement)
  }

  @Test func kernelsAreNotPredicted() throws {
    let plan = try BlockingEngine(.inProcess).plan(Job(.kernel(Checker.self), rows: 5, columns: 5))
    let error = try #require(throws: EngineError.self) { try plan.prediction() }
    #expect(error.code == .invalidJob)
    #expect(throws: EngineError.self) { try plan.explanation() }
  }
}
