// SPDX-License-Identifier: Apache-2.0
//
// Whole programs, from start to exit: what a user at a terminal waits for. Nothing is kept from one run to the next but the page
// cache and the file that each run replaces.

import Glibc

struct ColdContests {
  private static let size = 1000
  /// As the task is set, whatever the number of CPUs.
  private static let workers = 4
  private let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  var all: [Contest] { [contest(sync: true), contest(sync: false)] }

  private func contest(sync: Bool) -> Contest {
    var contestants = [limit(sync: sync), ours(sync: sync)]
    if !sync { contestants += peers }
    return Contest(
      title: "\(Case.headline.formula), \(Self.size)², to .npy: whole program, \(sync ? "synced" : "not synced")",
      rounds: options.isQuick ? 5 : 25, runsPerTurn: 1, contestants: contestants)
  }

  private func limit(sync: Bool) -> Contestant {
    let name = "limit: C, fork \(Self.workers), memset, write\(sync ? ", fsync" : ""), rename"
    guard let program = options.limit("cold_limit") else {
      return .absent(name, .limit, because: "cold_limit was not built")
    }
    return timed(
      name, .limit,
      [program, "\(Self.size)", "\(Self.workers)", options.work + "/limit.npy"] + (sync ? [] : ["nosync"]))
  }

  private func ours(sync: Bool) -> Contestant {
    var arguments = [
      options.weft, "compute", Case.headline.formula, "--size", "\(Self.size)", "--workers", "\(Self.workers)",
    ]
    arguments += ["--output", options.work + "/weft.npy", "--force"] + (sync ? [] : ["--no-sync"])
    var contestant = timed("weft compute, \(Self.workers) workers, validated", .ours, arguments)
    contestant.aims = [.timesLimit(sync ? 1.3 : 2)]
    return contestant
  }

  private var peers: [Contestant] {
    let names = ["numexpr, whole program", "Python process pool, \(Self.workers) workers, scalar loop"]
    guard let python = options.python else {
      return names.map { .absent($0, .peer, because: BenchmarkOptions.pythonAbsence) }
    }
    let (script, output) = (options.peers + "/", options.work + "/peer.npy")
    var numexpr = timed(names[0], .peer, [python, script + "numexpr_cold.py", "\(Self.size)", output])
    numexpr.roundLimit = 9
    var pool = timed(names[1], .peer, [python, script + "pool_cold.py", "\(Self.size)", "\(Self.workers)", output])
    pool.roundLimit = options.isQuick ? 1 : 3
    return [numexpr, pool]
  }

  private func timed(_ name: String, _ role: Role, _ arguments: [String]) -> Contestant {
    Contestant(name: name, role: role) { (runs) throws(BenchmarkError) in
      var seconds: [Double] = []
      for _ in 0..<runs {
        let start = secondsNow()
        try Child(arguments).wait()
        seconds.append(secondsNow() - start)
      }
      return seconds
    }
  }
}
