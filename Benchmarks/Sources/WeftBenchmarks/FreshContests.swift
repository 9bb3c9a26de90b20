// SPDX-License-Identifier: Apache-2.0
//
// Computing into new memory, by processes that are there already: every page is made, zeroed and mapped by the kernel meanwhile.

import Weft

struct FreshContests {
  private let options: BenchmarkOptions
  private let ours: OwnEngine
  private let memset: Resident
  private let huge: Resident

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    self.options = options
    ours = try OwnEngine()
    memset = .memset(options, "fresh")
    huge = .memset(options, "fresh", "huge")
  }

  /// The limit's time is that of writing alone; ours is the whole call's, with the making of the memory.
  var all: [Contest] {
    [1000, 4000].map { size in
      let limit = memset.contestant("memset", size, .limit)
      let own = Job.Verification.resident.map {
        ours.freshContestant(
          Case.headline.formula, size, $0,
          aims: $0 == .none ? [.speed(0.9, of: limit.name, called: "memset")] : [])
      }
      return Contest(
        title: "\(Case.headline.formula), \(size)², into fresh memory", rounds: options.isQuick ? 3 : 11,
        runsPerTurn: options.isQuick ? 2 : 3, contestants: [limit] + own + [huge.contestant("memset", size, .peer)]
      ).seated(byteCountEach: size * size * 8)
    }
  }
}
