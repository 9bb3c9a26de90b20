// SPDX-License-Identifier: Apache-2.0
//
// Which sums and products can be run at all. One rule for the lowering pass (constant bounds), the reference evaluator
// and Evaluation (bounds known per element).

/// The bounds of a `sum` or `prod`.
public enum LoopBounds {
  /// No sum or product has more terms than about this many.
  public static let termLimit = 1e9
  /// Below this, `k + 1` is always greater than `k`, and exact for integers, within ``termLimit`` steps: the loop ends.
  public static let firstLimit = 4_503_599_627_370_496.0  // 2⁵²

  public enum Verdict: Sendable, Hashable {
    /// `first > last`: no term.
    case empty
    /// At least one term.
    case runs
    /// Bounds that are NaN, too far apart (``termLimit``), or too large to count by ones (``firstLimit``).
    case refused
  }

  public static func verdict(first: Double, last: Double) -> Verdict {
    if first > last { return .empty }
    // NaN fails every comparison and ends below.
    return last - first < termLimit && Swift.abs(first) <= firstLimit ? .runs : .refused
  }

  /// The sentence for a refused loop, without the place.
  static func complaint(_ reduction: Program.Reduction, first: Double, last: Double) -> String {
    let word = reduction == .sum ? "sum" : "product"
    if first.isNaN || last.isNaN { return "a \(word) from \(first) to \(last) has no meaning: a bound is NaN" }
    if !(last - first < termLimit) {
      return "a \(word) from \(first) to \(last) has too many terms: \(Int(termLimit)) is the limit"
    }
    return
      "a \(word) from \(first) to \(last) cannot be counted by ones: float64 has no numbers between \(first) and its successor"
  }
}
