// SPDX-License-Identifier: Apache-2.0
// How many processes and how many bytes this machine, container or cgroup really allows. Asked once a plan; the whole
// costs about 0.1 ms (0.25 the first time). `root` is put before /proc and /sys, so that tests can describe any
// machine in a folder.

import CPOSIX
import Glibc

/// CPUs that may be used, and what decided it.
public struct CPUCount: Hashable, Sendable {
  /// At least 1.
  public let count: Int
  /// For people: "4 CPUs in the affinity mask", "cgroup quota of 1.5 CPUs in …".
  public let reason: String
}

/// Memory that may still be used, and what decided it.
public struct MemoryRoom: Hashable, Sendable {
  public let byteCount: Int
  /// For people: "MemAvailable", "memory limit of cgroup …".
  public let reason: String
}

/// What the machine allows this process.
public enum Machine {
  /// The smaller of the CPUs this process may run on (affinity mask, cpuset) and its cgroups' quota, rounded up.
  ///
  /// The socket's count is no use: in a container with a quota of 1 CPU it says 64, and 64 workers then wait for each
  /// other. Both cgroup versions are asked, from this process's own group up to the root.
  public static func cpuCount(root: String = "") -> CPUCount {
    cpuCount(root: root, affinity: Int(cposix_affinity_count()))
  }

  /// The most memory that this process has had at a time; 0 where the system does not tell.
  public static var peakMemoryByteCount: Int {
    var usage = rusage()
    return unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
  }

  /// The same on a machine whose affinity mask has `affinity` CPUs.
  package static func cpuCount(root: String, affinity: Int) -> CPUCount {
    let allowed = max(1, affinity)
    let byMask = CPUCount(count: allowed, reason: "\(allowed) CPU\(allowed == 1 ? "" : "s") in the affinity mask")
    guard let quota = ControlGroups(root: root).tightestCPUQuota(), quota.cpus < Double(allowed) else { return byMask }
    let count = max(1, Int(quota.cpus.rounded(.up)))
    let hundredths = Int((quota.cpus * 100).rounded())
    let fraction = hundredths % 100
    let cpus = "\(hundredths / 100)" + (fraction == 0 ? "" : fraction < 10 ? ".0\(fraction)" : ".\(fraction)")
    return CPUCount(count: count, reason: "quota of \(cpus) CPUs in \(quota.directory)")
  }

  /// The smallest of: MemAvailable; limit minus use of each memory cgroup from this process's own up to the root, both
  /// versions; the address space that RLIMIT_AS leaves.
  ///
  /// Shared memory counts against all of them, and in a cgroup the kernel does not refuse it but kills: compare before
  /// allocating. Page cache that a cgroup holds counts as room, since the kernel gives it up first.
  public static func memoryRoom(root: String = "") -> MemoryRoom {
    var rooms: [MemoryRoom] = []
    if let available = SmallFile(root + "/proc/meminfo")?.number(after: "MemAvailable:") {
      rooms.append(MemoryRoom(byteCount: available * 1024, reason: "MemAvailable"))
    }
    rooms += ControlGroups(root: root).memoryRooms()
    if let room = addressSpaceRoom(root: root) { rooms.append(room) }
    return rooms.min { $0.byteCount < $1.byteCount } ?? MemoryRoom(byteCount: Int.max, reason: "no limit is known")
  }

  /// What RLIMIT_AS leaves beside what is mapped now; nil: unlimited.
  private static func addressSpaceRoom(root: String) -> MemoryRoom? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt(Int.max),
      let pages = SmallFile(root + "/proc/self/statm")?.number(after: "")
    else { return nil }
    return MemoryRoom(
      byteCount: max(0, Int(limit.rlim_cur) - pages * Int(getpagesize())), reason: "address space limit (ulimit -v)")
  }

  /// Bytes of the largest cache that CPU 0 has (/sys/devices/system/cpu/cpu0/cache); 32 MiB where the kernel does not
  /// tell. Not `sysconf`'s figure: on AMD that is the whole socket's, ten times what one CPU can use.
  public static let lastLevelCacheByteCount = lastLevelCacheByteCount(root: "")

  /// The same on the machine that `root` describes.
  package static func lastLevelCacheByteCount(root: String) -> Int {
    let kibibytes = (0..<8).compactMap { index in
      SmallFile(root + "/sys/devices/system/cpu/cpu0/cache/index\(index)/size")?.number(after: "")
    }
    return kibibytes.max().map { $0 * 1024 } ?? 32 << 20
  }

  /// Free space of the tmpfs at `directory`; 0 where there is none, or where it has no limit of its own to tell.
  public static func sharedMemoryRoom(directory: String = "/dev/shm") -> MemoryRoom {
    var status = statvfs()
    guard unsafe statvfs(directory, &status) == 0 else {
      return MemoryRoom(byteCount: 0, reason: "\(directory) is missing")
    }
    let (byteCount, overflow) = UInt(status.f_bavail).multipliedReportingOverflow(by: UInt(status.f_frsize))
    return MemoryRoom(byteCount: overflow ? Int.max : Int(clamping: byteCount), reason: "free space of \(directory)")
  }
}
