// SPDX-License-Identifier: Apache-2.0
// Faults on demand, so that tests can show what happens at exactly this place. Always compiled: what is tested is what
// ships; without WEFT_FAULT in the environment a site costs one load and one branch.

import CPOSIX
import Glibc
import Synchronization

/// The faults that `WEFT_FAULT` asks for: `site:nth:action[,…]`, for example `worker.chunk.mid:2:kill`.
///
/// `nth` is the passage through the site, from 1, counted by each process for itself, or `*` for every one. Actions:
/// `kill`, `stop`, `exit[=CODE]`, `trap`, `sleep=SECONDS` (or `90s`, `5m`, `1h`), and `errno=ENOSPC` where the site makes
/// a system call. Sites: Faults/FaultSites.swift.
public enum FaultInjection {
  /// Passes `site`: does what was asked for there.
  public static func reach(_ site: @autoclosure () -> String) {
    guard isArmed else { return }
    _ = strike(site())
  }

  /// Passes `site`, where a system call follows; returns the errno to report in place of making it, nil to go on.
  public static func failure(at site: @autoclosure () -> String) -> Int32? {
    isArmed ? strike(site()) : nil
  }

  /// Throws `faultPlan`, naming what is wrong, when `WEFT_FAULT` cannot be used. For a program to call at start; where
  /// nobody does, the first site passed in a coordinator says the same and exits with 64.
  public static func validate() throws(SystemError) {
    if let text = WorkerEnvironment.value(of: FaultPlan.variable) { _ = try FaultPlan(text: text) }
  }

  // MARK: State of this process

  /// Whether any fault was asked for.
  public static let isArmed = !armed.isEmpty

  /// A fault and its count of passages.
  private final class Armed: Sendable {
    let fault: Fault
    let passages = Atomic<Int>(0)
    init(_ fault: Fault) { self.fault = fault }
  }

  private static let armed: [Armed] = {
    guard let text = WorkerEnvironment.value(of: FaultPlan.variable) else { return [] }
    do {
      return try FaultPlan(text: text).faults.map(Armed.init)
    } catch {
      // Its coordinator has said it, or was started with another value and means no fault in this worker.
      if WorkerEntry.isWorker.load(ordering: .relaxed) { return [] }
      StandardDescriptors.complain("\(error)")
      exit(64)
    }
  }()

  private static func strike(_ site: String) -> Int32? {
    var failure: Int32?
    for armed in armed where armed.fault.site == site {
      let passage = armed.passages.wrappingAdd(1, ordering: .relaxed).newValue
      guard armed.fault.nth == nil || armed.fault.nth == passage else { continue }
      switch armed.fault.action {
      case .kill: raise(SIGKILL)
      case .stop: raise(SIGSTOP)
      case .exit(let code): exit(code)
      case .trap: preconditionFailure("\(FaultPlan.variable) asked for a trap at \(site)")
      case .sleep(let seconds): _ = try? waitForAny(descriptors: [], deadline: .in(seconds: seconds))
      case .fail(let errno): failure = errno
      }
    }
    return failure
  }
}
