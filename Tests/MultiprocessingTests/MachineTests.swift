// SPDX-License-Identifier: Apache-2.0
// CPUs and memory on described machines (faults.md F22, F65), and on this one.

import Glibc
import Multiprocessing
import Testing

private let meminfo =
  "MemTotal:       16000000 kB\nMemFree:         1000 kB\nMemAvailable:    8000000 kB\nBuffers: 1 kB\n"

/// A machine of this description, and what is read from it.
private func machine(_ files: [String: String]) -> TemporaryFolder {
  let folder = TemporaryFolder()
  folder.write(files)
  return folder
}

@Suite struct MachineTests {
  @Test func largestCacheOfTheFirstCPU() {
    let caches = "sys/devices/system/cpu/cpu0/cache"
    let root = machine([
      "\(caches)/index0/size": "32K\n", "\(caches)/index2/size": "1024K\n", "\(caches)/index3/size": "32768K\n",
    ])
    #expect(Machine.lastLevelCacheByteCount(root: root.path) == 32 << 20)
    #expect(Machine.lastLevelCacheByteCount(root: machine([:]).path) == 32 << 20)
    let small = machine(["\(caches)/index0/size": "48K\n", "\(caches)/index2/size": "512K\n"])
    #expect(Machine.lastLevelCacheByteCount(root: small.path) == 512 << 10)
  }

  @Test(.timeLimit(.minutes(10))) func thisMachine() {
    let cpus = Machine.cpuCount()
    #expect(cpus.count >= 1 && cpus.count <= Int(sysconf(Int32(_SC_NPROCESSORS_CONF))) && !cpus.reason.isEmpty)
    let memory = Machine.memoryRoom()
    #expect(memory.byteCount > 0 && memory.byteCount < 1 << 60 && !memory.reason.isEmpty)
    #expect(Machine.sharedMemoryRoom(directory: "/nonexistent").byteCount == 0)
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      // quota and period of the own group, CPUs in the mask → count
      ("max 100000", 8, 8), ("800000 100000", 4, 4), ("50000 100000", 8, 1), ("150000 100000", 8, 2),
      ("200000 100000", 8, 2), ("1000 100000", 8, 1), ("", 3, 3), ("garbage", 3, 3), ("100000 0", 3, 3),
    ])
  func quotaOfVersion2(max: String, affinity: Int, count: Int) {
    let root = machine(["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": max + "\n"])
    #expect(Machine.cpuCount(root: root.path, affinity: affinity).count == count)
  }

  @Test(.timeLimit(.minutes(10))) func theTightestQuotaOnTheWayUpCounts() {
    let root = machine([
      "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
      "sys/fs/cgroup/a/cpu.max": "250000 100000\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
    ])
    let cpus = Machine.cpuCount(root: root.path, affinity: 16)
    #expect(cpus.count == 3)
    #expect(cpus.reason == "quota of 2.50 CPUs in \(root.path)/sys/fs/cgroup/a")
  }

  @Test(.timeLimit(.minutes(10)), arguments: [("50000", 1), ("-1", 8), ("350000", 4)])
  func quotaOfVersion1(quota: String, count: Int) {
    for controller in ["cpu", "cpu,cpuacct"] {
      let root = machine([
        "proc/self/cgroup": "5:memory:/x\n3:\(controller):/x\n1:name=systemd:/\n0::/\n",
        "sys/fs/cgroup/\(controller)/x/cpu.cfs_quota_us": quota + "\n",
        "sys/fs/cgroup/\(controller)/x/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpuacct/x/cpu.cfs_quota_us": "1000\n",
      ])
      #expect(Machine.cpuCount(root: root.path, affinity: 8).count == count, "\(controller)")
    }
  }

  /// In a container the path may be the host's, while the mount shows only the container's own group.
  @Test(.timeLimit(.minutes(10))) func aPathThatIsNotThere() {
    let root = machine([
      "proc/self/cgroup": "0::/../docker/0123\n", "sys/fs/cgroup/cpu.max": "100000 100000\n",
      "proc/meminfo": meminfo, "sys/fs/cgroup/memory.max": "1000000\n", "sys/fs/cgroup/memory.current": "400000\n",
    ])
    #expect(Machine.cpuCount(root: root.path, affinity: 8).count == 1)
    #expect(Machine.memoryRoom(root: root.path).byteCount == 600_000)
  }

  @Test(.timeLimit(.minutes(10))) func nothingToRead() {
    let root = machine([:])
    #expect(Machine.cpuCount(root: root.path, affinity: 5) == Machine.cpuCount(root: "/nonexistent", affinity: 5))
    #expect(Machine.cpuCount(root: root.path, affinity: 5).reason == "5 CPUs in the affinity mask")
    #expect(Machine.cpuCount(root: root.path, affinity: 0).count == 1)
    #expect(Machine.memoryRoom(root: root.path).byteCount == Int.max)
  }

  @Test(.timeLimit(.minutes(10))) func availableMemory() {
    let root = machine(["proc/meminfo": meminfo])
    let room = Machine.memoryRoom(root: root.path)
    #expect(room.byteCount == 8_000_000 * 1024 && room.reason == "MemAvailable")
  }

  @Test(.timeLimit(.minutes(10))) func memoryOfVersion2() {
    let root = machine([
      "proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
      "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "12345\n",
      "sys/fs/cgroup/a/memory.max": "104857600\n", "sys/fs/cgroup/a/memory.current": "94857600\n",
      "sys/fs/cgroup/a/memory.stat":
        "anon 1\nfile 2\ninactive_anon 5\nactive_anon 5\ninactive_file 20000000\nactive_file 1000000\n",
    ])
    let room = Machine.memoryRoom(root: root.path)
    #expect(room.byteCount == 10_000_000 + 21_000_000, "page cache is given up first")
    #expect(room.reason == "memory limit of \(root.path)/sys/fs/cgroup/a")
  }

  @Test(.timeLimit(.minutes(10))) func memoryOfVersion1() {
    let root = machine([
      "proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/t/u\n0::/\n",
      "sys/fs/cgroup/memory/t/u/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/t/memory.limit_in_bytes": "41943040\n",
      "sys/fs/cgroup/memory/t/memory.usage_in_bytes": "1943040\n",
      "sys/fs/cgroup/memory/t/memory.stat": "cache 0\ntotal_inactive_file 40000\ntotal_active_file 3040\n",
    ])
    #expect(Machine.memoryRoom(root: root.path).byteCount == 40_043_040)
  }

  @Test(.timeLimit(.minutes(10))) func aGroupAboveItsLimitHasNoRoom() {
    let root = machine([
      "proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000\n",
      "sys/fs/cgroup/memory.current": "5000\n",
    ])
    #expect(Machine.memoryRoom(root: root.path).byteCount == 0)
  }

  @Test(.timeLimit(.minutes(10))) func addressSpaceLimit() async {
    await #expect(processExitsWith: .success) {
      let unlimited = Machine.memoryRoom()
      #expect(!unlimited.reason.contains("address space"))
      var limit = rlimit(rlim_cur: 8 << 30, rlim_max: 8 << 30)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      let folder = machine(["proc/meminfo": meminfo, "proc/self/statm": "1000000 1 1 1 0 1 0\n"])
      let room = Machine.memoryRoom(root: folder.path)
      #expect(room.byteCount == 8 << 30 - 1_000_000 * Int(getpagesize()) && room.reason.contains("ulimit -v"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func affinityMask() async {
    await #expect(processExitsWith: .success) {
      _ = shell("taskset -acp 0 \(getpid())")
      #expect(Machine.cpuCount().count == 1)
    }
  }
}
