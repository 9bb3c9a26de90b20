// SPDX-License-Identifier: Apache-2.0
//
// Linear algebra beside the same routines of the same OpenBLAS called from C, and beside NumPy and SciPy.

import Weft

struct LinearAlgebraContests {
  /// Of the speed of C, at least: what lies around a call are checks and norms, which are n² where the routine is n³.
  private static let share = 0.97

  private let options: BenchmarkOptions
  private let blas: BenchmarkBLAS
  private let ours = OwnLinearAlgebra()
  private let raw: Resident
  private let numpy: Resident

  init(_ options: BenchmarkOptions) {
    self.options = options
    blas = BenchmarkBLAS()
    raw = Resident(
      "C", options.limit("raw_openblas"), blas.identity, blas.environment,
      orElse: "it was not built (a C compiler, and OpenBLAS's header)")
    numpy = .scipy("NumPy, SciPy", options, "linalg.py", blas.threadEnvironment)
  }

  var all: [Contest] {
    get throws(BenchmarkError) {
      // The large ones take most of the time: without them, `--quick` shows as much.
      let sizes = options.isQuick ? [500, 1000] : [500, 1000, 2000]
      let resident = LinearAlgebraTask.allCases.flatMap { task in sizes.map { contest(task, $0) } }
      return resident + (try ColdMultiplyContests(options, blas).all)
    }
  }

  private func contest(_ task: LinearAlgebraTask, _ size: Int) -> Contest {
    let agreement = Agreement()
    var limit = raw.contestant(task.rawValue, size, .limit, agreement)
    limit.name += ", \(task.routines)"
    var peer = numpy.contestant(task.rawValue, size, .peer, agreement)
    peer.name = task.peer
    var aims: [Aim] = [.speed(Self.share, of: limit.name, called: "C")]
    aims.append(.speed(1, of: peer.name, called: "NumPy"))
    var own = ours.contestant(task, size, agreement, aims: aims)
    own.absence = blas.absence
    var contest = Contest(
      title: task.title(size) + blas.suffix, rounds: options.isQuick ? 2 : 7,
      runsPerTurn: options.isQuick || size > 1000 ? 1 : size > 500 ? 3 : 9, contestants: [limit, own, peer])
    contest.pauseMicroseconds = Contest.pauseAfterBLAS
    contest.rate = task.operations(size).map { Rate(amount: $0, unit: "GFLOP/s") }
    return contest
  }
}
