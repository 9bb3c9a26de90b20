// SPDX-License-Identifier: Apache-2.0
//
// Several contestants at the same task, taking turns: what disturbs the machine for a while disturbs all of them, so that their
// ratio holds where the times do not.

import Glibc

/// What a contestant is to the others.
enum Role: String {
  /// What the machine, or a person with a C compiler, can do: the others are divided by it.
  case limit
  case ours
  case peer
}

/// One program at one task.
struct Contestant {
  var name: String
  var role: Role
  var aims: [Aim] = []
  /// Runs before the first that counts.
  var warmUps = 1
  /// Takes part in this many rounds only: the slow ones need fewer, and tire the others' patience.
  var roundLimit = Int.max
  /// Why it cannot take part.
  var absence: String? = nil
  /// Runs the task a number of times and gives the seconds of each.
  var run: (_ runs: Int) throws(BenchmarkError) -> [Double] = { (_) throws(BenchmarkError) in [] }

  static func absent(_ name: String, _ role: Role, because reason: String) -> Contestant {
    Contestant(name: name, role: role, absence: reason)
  }
}

struct Contest {
  var title: String
  var rounds: Int
  /// Runs of a contestant before it is the next one's turn.
  var runsPerTurn: Int
  var contestants: [Contestant]
  /// The contestants are one program at several sizes: how far they lie apart is the result.
  var showsSpread = false
  /// What a run amounts to, where that is more telling than its time.
  var rate: Rate?

  /// Between two turns: threads of the one before that still look for work have gone to sleep by then.
  var pauseMicroseconds: UInt32 = 30_000
  /// The same where OpenBLAS takes part: its threads look for 2²⁸ cycles, which are 128 ms at 2.1 GHz, and would hold a CPU
  /// that the next contestant needs. Rejected: OPENBLAS_THREAD_TIMEOUT, since nobody who uses Weft or NumPy sets it.
  static let pauseAfterBLAS: UInt32 = 200_000

  /// Each contestant warms up, then they take turns; another one begins in each round, so that nobody always comes after
  /// the same one.
  ///
  /// - Throws: when one of ours, or the harness itself, fails; another contestant that fails is absent, with its reason.
  func hold(_ options: BenchmarkOptions) throws(BenchmarkError) -> ContestResult {
    var entries = contestants.map { ContestResult.Entry(contestant: $0, samples: [], absence: $0.absence) }
    for round in -1..<rounds {
      let order = entries.indices.map { ($0 + max(0, round)) % entries.count }
      for index in order where entries[index].absence == nil && round < entries[index].contestant.roundLimit {
        usleep(pauseMicroseconds)
        do throws(BenchmarkError) {
          let seconds = try entries[index].contestant.run(round < 0 ? entries[index].contestant.warmUps : runsPerTurn)
          if round >= 0 { entries[index].samples += seconds }
        } catch {
          guard entries[index].contestant.role != .ours else {
            throw BenchmarkError(description: "\(title), \(entries[index].contestant.name): \(error)")
          }
          entries[index].absence = "\(error)"
        }
      }
    }
    return ContestResult(title: title, entries: entries, showsSpread: showsSpread, rate: rate)
  }
}

/// So much of a unit in each run: bytes moved, operations of the textbook.
struct Rate {
  var amount: Double
  /// Of amount per second, divided by 10⁹.
  var unit: String
}

struct ContestResult {
  struct Entry {
    var contestant: Contestant
    /// Seconds of each counted run, in order.
    var samples: [Double]
    var absence: String?

    var minimum: Double? { absence == nil ? samples.min() : nil }
    var median: Double? {
      guard absence == nil, !samples.isEmpty else { return nil }
      let sorted = samples.sorted()
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
  }

  var title: String
  var entries: [Entry]
  var showsSpread = false
  var rate: Rate?

  /// The largest time divided by the smallest, of medians and of minima; nil where fewer than two were measured.
  var spread: (ofMedians: Double, ofMinima: Double)? {
    let (medians, minima) = (entries.compactMap(\.median), entries.compactMap(\.minimum))
    guard showsSpread, medians.count > 1, let most = medians.max(), let least = medians.min(),
      let mostMinimum = minima.max(), let leastMinimum = minima.min()
    else { return nil }
    return (most / least, mostMinimum / leastMinimum)
  }

  private var limit: Entry? { entries.first { $0.contestant.role == .limit } }

  /// Medians divided: what the target is held against. Nil for the limit itself, and where one is missing.
  func ratioOfMedians(_ entry: Entry) -> Double? {
    guard entry.contestant.role != .limit, let own = entry.median, let limit = limit?.median else { return nil }
    return own / limit
  }

  func ratioOfMinima(_ entry: Entry) -> Double? {
    guard entry.contestant.role != .limit, let own = entry.minimum, let limit = limit?.minimum else { return nil }
    return own / limit
  }
}
