// SPDX-License-Identifier: Apache-2.0
//
// What an element costs in small and in large matrices, and what a second worker brings.

import Weft

struct ScalingContests {
  private let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  var all: [Contest] {
    get throws(BenchmarkError) { [try sizes, try workers] }
  }

  /// From 10⁶ to 2·10⁸ elements. Times are those of one element.
  private var sizes: Contest {
    get throws(BenchmarkError) {
      let sizes = [1000, 2000, 4000, 8000, 14142]
      var contestants: [Contestant] = []
      for size in sizes {
        var one = try OwnEngine().contestant(Case.headline.formula, size)
        one.name = "\(size)², " + one.name
        let (run, count) = (one.run, Double(size * size))
        // A turn of about as many elements for each.
        let repeats = max(1, min(16, 16_000_000 / (size * size)))
        one.run = { (runs) throws(BenchmarkError) in try run(runs * repeats).map { $0 / count } }
        contestants.append(one)
      }
      var contest = Contest(
        title: "\(Case.headline.formula), into the same memory again: one element", rounds: options.isQuick ? 3 : 9,
        runsPerTurn: 1, contestants: contestants)
      contest.showsSpread = true
      return contest.seated(byteCounts: sizes.map { $0 * $0 * 8 })
    }
  }

  /// A formula that computes far longer than it writes.
  private var workers: Contest {
    get throws(BenchmarkError) {
      let (formula, size) = (Case.exp.formula, 2000)
      let one = try OwnEngine(workers: 1).contestant(formula, size)
      let two = try OwnEngine(workers: 2).contestant(
        formula, size, aims: [.speed(1.9, of: one.name, called: "one worker")])
      return Contest(
        title: "\(formula), \(size)², one worker and two", rounds: options.isQuick ? 3 : 11,
        runsPerTurn: options.isQuick ? 3 : 5, contestants: [one, two])
    }
  }
}
