// SPDX-License-Identifier: Apache-2.0
//
// How much memory a computation takes beside its matrix, all processes together.

import Glibc

/// Peak memory of `weft compute` and its workers, looked at from outside while they run.
///
/// About every millisecond, /proc/PID/smaps_rollup of the coordinator and of each worker is read. It gives the *proportional* size by
/// kind: a page that three processes map counts a third in each, so that the sum over processes is the number of pages
/// there are, each counted once. Anonymous and file pages are the processes' own; shared-memory pages are the matrix, the ledger
/// and nothing else. The largest sum seen of each kind is kept; they need not have been reached at the same time, so that
///
///     beside the matrix = largest own + largest shared − bytes of the matrix
///
/// is an upper bound of what was seen. A peak that lasts less than the time between two looks can be missed; the kernel's own
/// high-water marks (VmHWM), which miss nothing but count shared pages in every process, are reported beside.
struct MemoryMeasurement {
  static let size = 4000
  static let targetByteCount = 32_000_000

  /// One process at the end of its life, in bytes.
  struct Process {
    var name: String
    var highWater = 0
    /// Largest values seen: own anonymous and file pages, whole, and shared-memory pages, whole.
    var anonymous = 0
    var file = 0
    var shared = 0
  }

  var matrixByteCount: Int { Self.size * Self.size * 8 }
  var processes: [Process] = []
  var looks = 0
  var own = 0
  var shared = 0
  var beside: Int { own + shared - matrixByteCount }

  static func take(_ options: BenchmarkOptions) throws(BenchmarkError) -> MemoryMeasurement {
    say("measuring: memory of weft compute, \(size)²")
    let child = try Child([
      options.weft, "compute", Case.headline.formula, "--size", "\(size)", "--workers",
      "\(BenchmarkOptions.residentWorkers)",
      "--output", options.work + "/weft.npy", "--force", "--no-sync",
    ])
    var measurement = MemoryMeasurement()
    var found: [pid_t: Process] = [:]
    while child.isRunning {
      measurement.look(at: child.pid, &found)
      usleep(1000)
    }
    try child.wait()
    measurement.processes = found.sorted { $0.key < $1.key }.map(\.value)
    guard measurement.shared >= measurement.matrixByteCount else {
      throw BenchmarkError(
        description: "the whole matrix was never seen in memory: \(measurement.looks) looks were too few")
    }
    return measurement
  }

  private mutating func look(at coordinator: pid_t, _ found: inout [pid_t: Process]) {
    let children = (try? readFile("/proc/\(coordinator)/task/\(coordinator)/children")) ?? ""
    let workers = children.split(separator: " ").compactMap { pid_t($0) }
    var (own, shared) = (0, 0)
    for pid in [coordinator] + workers {
      // A process may end between two lines: it is then gone from this look.
      guard let rollup = try? readFile("/proc/\(pid)/smaps_rollup"), let status = try? readFile("/proc/\(pid)/status")
      else { continue }
      func kibibytes(_ label: String, _ text: String) -> Int { (number(after: label, in: text) ?? 0) * 1024 }
      own += kibibytes("Pss_Anon:", rollup) + kibibytes("Pss_File:", rollup)
      shared += kibibytes("Pss_Shmem:", rollup)
      var process = found[pid] ?? Process(name: pid == coordinator ? "coordinator" : "worker")
      process.highWater = max(process.highWater, kibibytes("VmHWM:", status))
      process.anonymous = max(process.anonymous, kibibytes("RssAnon:", status))
      process.file = max(process.file, kibibytes("RssFile:", status))
      process.shared = max(process.shared, kibibytes("RssShmem:", status))
      found[pid] = process
    }
    self.own = max(self.own, own)
    self.shared = max(self.shared, shared)
    looks += 1
  }
}
