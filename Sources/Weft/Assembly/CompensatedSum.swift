// SPDX-License-Identifier: Apache-2.0
//
// Sums whose error is about one rounding, whatever the number of terms.

/// A sum and what was lost in it (Neumaier 1974, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen).
struct CompensatedSum {
  private(set) var plain = 0.0
  private(set) var lost = 0.0

  init(plain: Double = 0, lost: Double = 0) { (self.plain, self.lost) = (plain, lost) }

  var value: Double {
    let sum = plain + lost
    // Where the sum overflows, what it lost is no number.
    return sum.isNaN ? plain : sum
  }

  /// Knuth's two-sum: what the rounded sum has lost, whichever of the two is the larger.
  @inline(__always)
  mutating func add(_ value: Double) {
    let sum = plain + value
    let part = sum - plain
    lost += (plain - (sum - part)) + (value - part)
    plain = sum
  }

  @inline(__always)
  mutating func add(_ other: CompensatedSum) {
    add(other.plain)
    lost += other.lost
  }
}
