// SPDX-License-Identifier: Apache-2.0
// The text of WEFT_FAULT as a value: site:nth:action[,site:nth:action…]. Parsed by FaultInjection, once a process.

import CPOSIX
import Glibc

/// What to do at a site.
package enum FaultAction: Equatable {
  /// SIGKILL, SIGSTOP to this process.
  case kill, stop
  case exit(code: Int32)
  /// A Swift precondition's way to die.
  case trap
  case sleep(seconds: Double)
  /// The site reports this failure.
  case fail(errno: Int32)
}

/// One fault.
package struct Fault: Equatable {
  package let site: String
  /// Which passage through the site, from 1, counted in each process by itself; nil: every one (`*`).
  package let nth: Int?
  package let action: FaultAction

  package init(site: String, nth: Int?, action: FaultAction) {
    self.site = site
    self.nth = nth
    self.action = action
  }
}

package struct FaultPlan: Equatable {
  package static let variable = "WEFT_FAULT"
  package var faults: [Fault]

  package init(text: String) throws(SystemError) {
    faults = []
    for entry in text.split(separator: ",") { faults.append(try FaultPlan.fault(entry)) }
  }

  /// `text` with only the faults of every passage: what a replacement worker gets. One that died of a numbered fault
  /// would otherwise be replaced by one that dies of it again, for ever.
  package static func withoutNumbered(_ text: String) -> String {
    text.split(separator: ",").filter { $0.contains(":*:") }.joined(separator: ",")
  }

  private static func fault(_ entry: Substring) throws(SystemError) -> Fault {
    func refuse(_ why: String) -> SystemError {
      SystemError(
        code: .faultPlan,
        message: "\(variable) cannot be used: \(why) in \"\(entry)\"; write site:nth:action, nth a number from 1 or *, "
          + "action kill, stop, exit, exit=CODE, trap, sleep=SECONDS or errno=NAME.")
    }
    let parts = entry.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { throw refuse("not three parts") }
    guard let site = FaultSite.named(parts[0]) else {
      throw refuse("unknown site (known: \(FaultSite.all.map(\.name).joined(separator: ", ")))")
    }
    var nth: Int?
    if parts[1] != "*" {
      nth = Int(parts[1])
      guard let nth, nth >= 1 else { throw refuse("bad number") }
    }
    guard let action = action(parts[2]) else { throw refuse("unknown action") }
    if case .fail = action, !site.takesErrno { throw refuse("errno at a site that makes no system call") }
    return Fault(site: parts[0], nth: nth, action: action)
  }

  private static func action(_ text: String) -> FaultAction? {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    switch (parts.first ?? "", parts.count > 1 ? parts[1] : nil) {
    case ("kill", nil): return .kill
    case ("stop", nil): return .stop
    case ("trap", nil): return .trap
    case ("exit", nil): return .exit(code: 1)
    case ("exit", let value?): return Int32(value).flatMap { (0...255).contains($0) ? .exit(code: $0) : nil }
    case ("sleep", let value?): return seconds(value).map { .sleep(seconds: $0) }
    case ("errno", let value?): return (SystemError.errno(named: value)).map { .fail(errno: $0) }
    default: return nil
    }
  }

  /// "0.5", "2s", "3m", "1h".
  private static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = text.last.flatMap { units[$0] }
    guard let value = Double(unit == nil ? text[...] : text.dropLast()), value >= 0, value.isFinite else { return nil }
    return value * (unit ?? 1)
  }
}
