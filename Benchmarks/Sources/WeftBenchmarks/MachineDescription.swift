// SPDX-License-Identifier: Apache-2.0
//
// Where the figures come from: without this line they mean nothing.

import Glibc
import Multiprocessing
import Weft

struct MachineDescription: CustomStringConvertible {
  var processor: String
  var cpus: CPUCount
  var kernels: String
  /// What the rival in C takes; nil where it was not built.
  var rivalKernels: String?
  var system: String
  /// Of the folder that the measured programs write to.
  var fileSystem: String
  /// Processes that wanted to run during the last minute, before anything was measured. On a quiet machine about 0.
  var load: String
  var seconds: Int

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    let information = try readFile("/proc/cpuinfo")
    let model = information.split(separator: "\n").first { $0.hasPrefix("model name") }
    processor =
      model.flatMap { $0.split(separator: ":").last }.map { String($0.drop(while: \.isWhitespace)) } ?? "unknown CPU"
    cpus = Machine.cpuCount()
    do {
      let job = Job(.formula(try Formula("i")), rows: 1, columns: 1)
      kernels = try BlockingEngine(.inProcess).plan(job).kernels
    } catch {
      throw BenchmarkError(description: "\(error)")
    }
    if let rival = options.limit("general_sleef") {
      let child = try Child([rival, "--kernels"], isAsked: true)
      rivalKernels = try? child.ask("")
    }
    let release = try readFile("/proc/sys/kernel/osrelease")
    system = "Linux \(release.prefix { !$0.isNewline })"
    fileSystem = MachineDescription.fileSystem(of: options.work)
    load = String(try readFile("/proc/loadavg").prefix { $0 != " " })
    seconds = time(nil)
  }

  var description: String {
    """
    machine   \(processor), \(cpus.count) CPU\(cpus.count == 1 ? "" : "s") (\(cpus.reason)), \(system)
    kernels   \(kernels)\(rivalKernels.map { ", the rival in C \($0)" } ?? "")
    files     \(fileSystem)
    load      \(load) before the first measurement
    """
  }

  /// The mount with the longest path above `path`, by name and type.
  private static func fileSystem(of path: String) -> String {
    guard let resolved = unsafe realpath(path, nil), let mounts = try? readFile("/proc/self/mounts") else {
      return "unknown"
    }
    defer { unsafe free(resolved) }
    let target = unsafe String(cString: resolved) + "/"
    var best = (path: "", type: "unknown")
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 2 else { continue }
      let mount = fields[1] == "/" ? "/" : fields[1] + "/"
      if target.hasPrefix(mount), mount.utf8.count >= best.path.utf8.count { best = (String(mount), String(fields[2])) }
    }
    return best.type
  }
}
