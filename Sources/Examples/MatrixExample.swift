// SPDX-License-Identifier: Apache-2.0
//
// The multiprocessing guide's own example: a large matrix of sines and cosines, cut into chunks of rows that worker
// processes compute. The workers write into the matrix itself, so nothing is sent back and nothing is put together.

import Weft

enum MatrixExample: Example {
  static let name = "matrix"
  static let summary = "1000×1000 sin(i·j)·cos(i+j) by chunks of rows, in four worker processes"

  static func run() async throws {
    let engine = try Engine(workers: 4)
    let job = Job(.formula(try Formula("sin(i*j) * cos(i+j)")), rows: 1000, columns: 1000)
    let (matrix, report) = try await engine.run(job, as: Double.self)
    await engine.shutdown()

    print(matrix)
    if let checksum = report.checksum { print("checksum \(checksum)") }
    print(
      "\(report.workers) workers, \(report.chunks) chunks, \(report.elementsRecomputed) elements recomputed and equal")
    print("time \(Duration.seconds(report.seconds.total).milliseconds)")
  }
}
