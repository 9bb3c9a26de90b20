// SPDX-License-Identifier: Apache-2.0
//
// What a contestant of ours is to reach, and whether it did. Medians decide.

enum Aim {
  /// So many times the limit's time, at most.
  case timesLimit(Double)
  /// So many seconds, at most: where there is nothing to compare with.
  case seconds(Double)
  /// So many times the speed of the contestant `name`, at least; `called` so in the table.
  case speed(Double, of: String, called: String)

  var text: String {
    switch self {
    case .timesLimit(let ratio): "≤ \(Aim.number(ratio))"
    case .seconds(let seconds): "≤ \(Report.time(seconds))"
    case .speed(let factor, _, let called): "≥ \(Aim.number(factor)) × \(called)"
    }
  }

  /// 20, not 20.0.
  private static func number(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\(value)"
  }

  /// What was reached, in the aim's own unit; nil where the other was not measured.
  func value(_ entry: ContestResult.Entry, in result: ContestResult) -> Double? {
    switch self {
    case .timesLimit: return result.ratioOfMedians(entry)
    case .seconds: return entry.median
    case .speed(_, let name, _):
      guard let own = entry.median, let other = result.entries.first(where: { $0.contestant.name == name })?.median
      else { return nil }
      return other / own
    }
  }

  func isMet(by value: Double) -> Bool {
    switch self {
    case .timesLimit(let most), .seconds(let most): value <= most
    case .speed(let least, _, _): value >= least
    }
  }

  /// For the table. Speeds are told, since no other column has them.
  func verdict(_ entry: ContestResult.Entry, in result: ContestResult) -> String {
    guard let value = value(entry, in: result) else { return "\(text): not measured" }
    let verdict = isMet(by: value) ? "met" : "missed"
    guard case .speed = self else { return "\(text): \(verdict)" }
    return "\(text): \(verdict) (\(Report.short(value)))"
  }
}
