// SPDX-License-Identifier: Apache-2.0
// The environment of a worker: this process's own, with what WorkerProcess adds. Also the one place that reads it.

import CPOSIX
import Glibc

enum WorkerEnvironment {
  /// Workers are the parallelism (architecture.md, decision 6): a numeric library in one of them must not start a thread
  /// for every core, and OpenBLAS, where it cannot start them, raises SIGINT (faults.md, finding 5).
  static let oneThread = ["OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"]

  /// The entries `NAME=VALUE` for a worker. Later sources win: inherited, one thread, `additions`, marker.
  static func entries(
    marker: WorkerMarker, depth: Int, additions: [String: String], replacement: Bool
  ) -> [String] {
    var changes: [String: String?] = oneThread.mapValues { $0 }
    for (name, value) in additions { changes[name] = value }
    changes[WorkerMarker.variable] = marker.text
    changes[WorkerMarker.depthVariable] = String(depth)
    if replacement {
      let text = additions[FaultPlan.variable] ?? value(of: FaultPlan.variable)
      changes[FaultPlan.variable] = text.map(FaultPlan.withoutNumbered)
    }
    let kept = inherited().filter { entry in
      changes[String(entry.prefix { $0 != "=" })] == nil
    }
    return kept + changes.compactMap { name, value in value.map { "\(name)=\($0)" } }.sorted()
  }

  static func value(of name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe String(cString: text)
  }

  private static func inherited() -> [String] {
    guard let entries = unsafe cposix_environment() else { return [] }
    var result: [String] = []
    var index = 0
    while let entry = unsafe entries[index] {
      unsafe result.append(String(cString: entry))
      index += 1
    }
    return result
  }
}

/// Calls `body` with `strings` as C wants an argv or envp: an array of C strings that ends with NULL.
func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var copies = unsafe strings.map { unsafe strdup($0) as UnsafeMutablePointer<CChar>? }
  unsafe copies.append(nil)
  defer { unsafe copies.forEach { unsafe free($0) } }
  return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}
