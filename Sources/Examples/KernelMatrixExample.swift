// SPDX-License-Identifier: Apache-2.0
//
// A kernel matrix, as Gaussian processes and support vector machines want it: points in, one element for each pair of
// points out. In one line of formula language, for points of any dimension.

import Weft

enum KernelMatrixExample: Example {
  static let name = "kernel-matrix"
  static let summary = "the Gaussian kernel matrix of 500 points in three dimensions, from an input matrix"

  static func run() async throws {
    // Shared, so that the workers map the points where they are; any other matrix would be copied for them.
    let points = try SharedMatrix(Matrix(rows: 500, columns: 3) { i, k in halton(i + 1, base: [2, 3, 5][k]) })

    let engine = try Engine(workers: 4)
    let kernel = try await engine.compute(
      "exp(-sum(k, 0, columns(X)-1, (X[i,k]-X[j,k])^2)/2)", rows: points.rows, columns: points.rows,
      inputs: ["X": points])
    await engine.shutdown()

    print(kernel)
    var isSymmetric = true
    var trace = 0.0
    for i in 0..<kernel.rows {
      trace += kernel[i, i]
      for j in 0..<i where kernel[i, j] != kernel[j, i] { isSymmetric = false }
    }
    print("symmetric: \(isSymmetric ? "yes" : "no")")
    print("trace: \(trace)")
  }

  /// The `index`th number of the van der Corput sequence: the digits of `index` mirrored at the point. In several bases
  /// together they are Halton's points, spread evenly over the unit cube without a random number.
  static func halton(_ index: Int, base: Int) -> Double {
    var (rest, digitValue, value) = (index, 1.0, 0.0)
    while rest > 0 {
      digitValue /= Double(base)
      value += Double(rest % base) * digitValue
      rest /= base
    }
    return value
  }
}
