// SPDX-License-Identifier: Apache-2.0
//
// Passes over matrices that are there, beside the memory's own speed and beside NumPy.

import Weft

struct ReductionContests {
  private static let size = 4000
  /// Of the memory's speed, at least, with one thread: these passes have one, and NumPy's too.
  private static let share = 0.8

  private let options: BenchmarkOptions
  private let ours = OwnReductions(size: size)
  private let memory: (one: Resident, all: Resident)
  private let numpy: Resident

  init(_ options: BenchmarkOptions) {
    self.options = options
    memory = (.memory(options, threads: 1), .memory(options, threads: BenchmarkOptions.residentWorkers))
    numpy = .scipy(
      "NumPy", options, "reductions.py", ["OPENBLAS_NUM_THREADS": "\(BenchmarkOptions.residentWorkers)"])
  }

  var all: [Contest] { ReductionTask.allCases.map(contest) }

  private func contest(_ task: ReductionTask) -> Contest {
    let size = Self.size
    let agreement = Agreement()
    let pass = task.limit
    var limit = memory.one.contestant(pass.name, size, .limit)
    var more = memory.all.contestant(pass.name, size, .peer)
    limit.name += pass.called
    more.name += pass.called
    var peer = numpy.contestant(task.rawValue, size, .peer, agreement)
    peer.name = task.peer
    let own = ours.contestant(task, agreement, aims: [.speed(Self.share, of: limit.name, called: "one thread's")])
    let byteCount = size * size * 8
    var contest = Contest(
      title: "\(task.title), \(size)²", rounds: options.isQuick ? 3 : 11, runsPerTurn: options.isQuick ? 2 : 5,
      contestants: [limit, own, peer, more]
    ).seated(byteCountEach: 4 * byteCount)
    contest.pauseMicroseconds = Contest.pauseAfterBLAS
    contest.rate = Rate(amount: Double(task.passes * byteCount), unit: "GB/s")
    return contest
  }
}

extension Resident {
  fileprivate static func memory(_ options: BenchmarkOptions, threads: Int) -> Resident {
    Resident(
      "C, \(threads) thread\(threads == 1 ? "" : "s"), ", options.limit("memory_limit"), ["\(threads)"],
      orElse: "it was not built (a C compiler with OpenMP)")
  }
}
