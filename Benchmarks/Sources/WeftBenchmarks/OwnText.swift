// SPDX-License-Identifier: Apache-2.0
//
// Weft's files as a contestant, in the harness itself; and the files that all contestants read.

import Glibc
import Weft

final class OwnText {
  let folder: String
  private let matrix: Matrix<Double>
  private let options = WriteOptions(overwrite: true, sync: false)

  init(size: Int) throws(BenchmarkError) {
    folder = "/dev/shm/weft-benchmarks-\(getpid())"
    guard unsafe mkdir(folder, 0o700) == 0 else {
      throw BenchmarkError(description: "cannot create the folder \(folder)")
    }
    matrix = Matrix(rows: size, columns: size) { i, j in sin(Double(i * j)) * cos(Double(i + j)) }
    let (matrix, options, folder) = (matrix, options, folder)
    try benchmarkErrors {
      try matrix.write(to: "\(folder)/matrix.csv", options: options)
      try matrix.write(to: "\(folder)/matrix.npy", options: options)
    }
  }

  deinit {
    for name in [
      "matrix.csv", "matrix.npy", "own.csv", "own.npy", "polars.csv", "pyarrow.csv", "pandas.csv", "numpy.npy",
    ] {
      unsafe unlink("\(folder)/\(name)")
    }
    unsafe rmdir(folder)
  }

  func contestant(_ task: FileTask, _ agreement: Agreement, aims: [Aim]) -> Contestant {
    Contestant(name: "Weft, \(task.verb)", role: .ours, aims: aims) { (runs) throws(BenchmarkError) in
      try benchmarkErrors { try (0..<runs).map { _ in try self.run(task).seconds } }
    }.showing(agreement) { () throws(BenchmarkError) in
      try benchmarkErrors { magnitudes(try self.run(task).result()) }
    }
  }

  /// What the result is, is asked for after the clock has stopped.
  private func run(_ task: FileTask) throws -> (seconds: Double, result: () throws -> Matrix<Double>) {
    let start = secondsNow()
    switch task {
    case .writeCSV, .writeNPY:
      let path = "\(folder)/own.\(task.isText ? "csv" : "npy")"
      try matrix.write(to: path, options: options)
      return (secondsNow() - start, { try Matrix(contentsOf: path) })
    case .readCSV, .readNPY:
      let read = try Matrix<Double>(contentsOf: "\(folder)/matrix.\(task.isText ? "csv" : "npy")")
      return (secondsNow() - start, { read })
    }
  }
}
