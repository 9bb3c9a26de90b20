// SPDX-License-Identifier: Apache-2.0
//
// Computing into memory that is there already, by processes that are there already: the engine's second job and all later ones.
// Ours runs in the harness itself (with its workers); the others are programs that stay and are asked.

import Weft

struct ResidentContests {
  private let options: BenchmarkOptions
  private let ours: OwnEngine
  private let memset: Resident
  private let rival: Resident
  private let numexpr: Resident
  private let numba: Resident

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    self.options = options
    let count = "\(BenchmarkOptions.residentWorkers)"
    ours = try OwnEngine()
    memset = .memset(options)
    rival = Resident(
      "C, OpenMP, SLEEF, \(count) threads", options.limit("general_sleef"), [], ["OMP_NUM_THREADS": count],
      orElse: "it was not built (a C compiler with OpenMP, and SLEEF's header)")
    let threads = ["NUMEXPR_NUM_THREADS": count, "NUMEXPR_MAX_THREADS": count, "NUMBA_NUM_THREADS": count]
    let script = options.peers + "/resident.py"
    numexpr = Resident(
      "numexpr, \(count) threads", options.python, [script, "numexpr"], threads,
      orElse: BenchmarkOptions.pythonAbsence)
    numba = Resident(
      "Numba, fastmath, \(count) threads", options.isQuick ? nil : options.python, [script, "numba"], threads,
      orElse: options.isQuick ? "left out by --quick" : BenchmarkOptions.pythonAbsence)
  }

  /// The formula whose structure the engine may use, beside the memory's own speed.
  var headline: [Contest] {
    [(size: 1000, share: 0.4), (4000, 0.9), (10000, 0.9)].map { size, share in
      let one = Case.headline
      let limit = memset.contestant("memset", size, .limit)
      var slow = [rival, numexpr, numba].map { $0.contestant(one.rawValue, size, .peer) }
      if size > 4000 { for index in slow.indices { slow[index].roundLimit = 3 } }
      let aims: [Aim] = [
        .speed(share, of: limit.name, called: "memset"), .speed(20, of: numexpr.name, called: "numexpr"),
      ]
      let own = Job.Verification.resident.map {
        ours.contestant(one.formula, size, $0, aims: $0 == .none ? aims : [])
      }
      return contest(one, size, [limit] + own + slow)
    }
  }

  /// Formulas without such structure, beside the best that a person writes by hand.
  var general: [Contest] {
    let size = 2000
    return Case.allCases.filter { $0 != .headline }.map { one in
      let own = Job.Verification.resident.map {
        ours.contestant(one.formula, size, $0, aims: $0 == .none ? [.timesLimit(1.2)] : [])
      }
      let peers = [numexpr, numba].map { $0.contestant(one.rawValue, size, .peer) }
      return contest(one, size, [rival.contestant(one.rawValue, size, .limit)] + own + peers)
    }
  }

  private func contest(_ one: Case, _ size: Int, _ contestants: [Contestant]) -> Contest {
    Contest(
      title: "\(one.formula), \(size)², into the same memory again", rounds: options.isQuick ? 3 : 11,
      runsPerTurn: size > 4000 ? 1 : options.isQuick ? 3 : size > 1000 ? 5 : 20, contestants: contestants
    ).seated(byteCountEach: size * size * 8)
  }
}
