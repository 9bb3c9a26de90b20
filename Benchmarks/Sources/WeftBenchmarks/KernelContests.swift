// SPDX-License-Identifier: Apache-2.0
//
// Kernel matrices from points: a formula with a sum over the columns of an input matrix, beside what a NumPy user writes.

import Weft

struct KernelContests {
  private static let points = 4000
  private static let formula = "exp(-sum(k,0,columns(X)-1,(X[i,k]-X[j,k])^2)/2)"
  /// Spread evenly over the unit cube; peers/kernels.py has the same.
  private static let coordinates = "(i*0.6180339887498949+j*0.7548776662466927*(i+1))%1"

  private let options: BenchmarkOptions
  private let ours: OwnEngine
  private let scipy: Resident

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    self.options = options
    ours = try OwnEngine()
    scipy = .scipy("SciPy's cdist, NumPy's exp, in place", options, "kernels.py")
  }

  var all: [Contest] {
    get throws(BenchmarkError) {
      var result: [Contest] = []
      for dimensions in [3, 8, 32] { result.append(try contest(dimensions)) }
      return result
    }
  }

  private func contest(_ dimensions: Int) throws(BenchmarkError) -> Contest {
    let size = KernelContests.points
    let inputs = ["X": try ours.matrix(KernelContests.coordinates, rows: size, columns: dimensions)]
    let peer = scipy.contestant("\(dimensions)", size, .peer)
    let own = Job.Verification.resident.map {
      ours.contestant(
        KernelContests.formula, size, $0, inputs: inputs,
        aims: $0 == .none ? [.speed(5, of: peer.name, called: "SciPy")] : [])
    }
    return Contest(
      title: "\(KernelContests.formula), \(size) points in \(dimensions) dimensions",
      rounds: options.isQuick ? 2 : 7, runsPerTurn: options.isQuick ? 1 : 3, contestants: own + [peer]
    ).seated(byteCountEach: size * size * 8)
  }
}
