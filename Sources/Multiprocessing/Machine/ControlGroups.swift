// SPDX-License-Identifier: Apache-2.0
// The limits of control groups, version 1 and 2, at their customary mount points. Called by Machine.
// /proc/self/mountinfo would tell unusual mount points, but holds hundreds of kilobytes on machines with many containers.

/// This process's control groups.
struct ControlGroups {
  /// Directories from this process's group up to the root of its hierarchy, which hold the version 2 files.
  private var unified: [String] = []
  private var version1Memory: [String] = []
  private var version1CPU: [String] = []

  /// `root`: "" for this machine, or the folder that stands for it.
  init(root: String) {
    let mount = root + "/sys/fs/cgroup"
    guard let membership = SmallFile(root + "/proc/self/cgroup") else { return }
    // Lines "9:cpu,cpuacct:/path" (version 1) and "0::/path" (version 2). Most are of other controllers, and are passed
    // over as bytes.
    for line in membership.bytes.split(separator: UInt8(ascii: "\n")) {
      guard let first = line.firstIndex(of: UInt8(ascii: ":")),
        let second = line[(first + 1)...].firstIndex(of: UInt8(ascii: ":"))
      else { continue }
      let controllers = line[(first + 1)..<second]
      let names = controllers.split(separator: UInt8(ascii: ","))
      let isMemory = names.contains { $0.elementsEqual("memory".utf8) }
      let isCPU = names.contains { $0.elementsEqual("cpu".utf8) }
      guard names.isEmpty || isMemory || isCPU else { continue }
      let path = String(decoding: line[(second + 1)...], as: UTF8.self)
      if names.isEmpty {
        // Mounted at `unified` beside version 1 (hybrid), otherwise in place of it.
        unified = ControlGroups.upwards(mount, path) + ControlGroups.upwards(mount + "/unified", path)
      }
      if isMemory { version1Memory = ControlGroups.upwards(mount + "/memory", path) }
      if isCPU {
        version1CPU = ControlGroups.upwards(mount + "/cpu", path)
        // Mounted together with cpuacct, and without the customary link `cpu`.
        if names.count > 1 {
          version1CPU += ControlGroups.upwards(mount + "/" + String(decoding: controllers, as: UTF8.self), path)
        }
      }
    }
  }

  /// "/m", "/a/b" → "/m/a/b", "/m/a", "/m". In a container the path may be the host's while the mount shows only the
  /// container's part: then the deeper directories do not exist, their files read as nil, and the mount itself answers.
  private static func upwards(_ mount: String, _ path: String) -> [String] {
    var directories = [mount]
    for component in path.split(separator: "/") where component != ".." {
      directories.append(directories[directories.count - 1] + "/" + component)
    }
    return directories.reversed()
  }

  // MARK: CPU

  /// The smallest quota on the way up, in CPUs.
  func tightestCPUQuota() -> (cpus: Double, directory: String)? {
    var tightest: (cpus: Double, directory: String)?
    func consider(_ quota: Int?, _ period: Int?, _ directory: String) {
      guard let quota, let period, quota > 0, period > 0 else { return }
      let cpus = Double(quota) / Double(period)
      if cpus < tightest?.cpus ?? .infinity { tightest = (cpus, directory) }
    }
    for directory in unified {
      // "50000 100000", or "max 100000", where the first number is missing.
      guard let file = SmallFile(directory + "/cpu.max"), file.number(after: "") != nil else { continue }
      let numbers = file.bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        .map { Int(String(decoding: $0, as: UTF8.self)) }
      if numbers.count == 2 { consider(numbers[0], numbers[1], directory) }
    }
    for directory in version1CPU {
      consider(
        SmallFile(directory + "/cpu.cfs_quota_us")?.number(after: ""),
        SmallFile(directory + "/cpu.cfs_period_us")?.number(after: ""), directory)
    }
    return tightest
  }

  // MARK: Memory

  /// A limit this large means none: version 1 writes the largest multiple of the page size below 2⁶³.
  private static let noLimit = 1 << 60

  /// One entry for each limited group on the way up.
  func memoryRooms() -> [MemoryRoom] {
    let version2 = unified.compactMap {
      room(in: $0, limit: "memory.max", use: "memory.current", cache: ["\nactive_file ", "\ninactive_file "])
    }
    let version1 = version1Memory.compactMap {
      room(
        in: $0, limit: "memory.limit_in_bytes", use: "memory.usage_in_bytes",
        cache: ["\ntotal_active_file ", "\ntotal_inactive_file "])
    }
    return version2 + version1
  }

  private func room(in directory: String, limit: String, use: String, cache: [String]) -> MemoryRoom? {
    guard let limit = SmallFile(directory + "/" + limit)?.number(after: ""), limit < ControlGroups.noLimit else {
      return nil
    }
    let used = SmallFile(directory + "/" + use)?.number(after: "") ?? 0
    let statistics = SmallFile(directory + "/memory.stat")
    let reclaimable = cache.reduce(0) { $0 + (statistics?.number(after: $1) ?? 0) }
    return MemoryRoom(
      byteCount: min(limit, max(0, limit - used + min(reclaimable, used))), reason: "memory limit of \(directory)")
  }
}
