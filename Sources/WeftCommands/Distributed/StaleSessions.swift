// SPDX-License-Identifier: Apache-2.0
//
// What Open MPI leaves where `mpirun` is killed with SIGKILL: nobody removes its session's folder, nor the segments of shared
// memory of its ranks, and /dev/shm fills up over the years. The next job of the same user takes them away, before it joins
// (F82 of the list of faults). Open MPI 4.1 calls them
//
//     TMPDIR/ompi.HOST.USER/pid.N               of mpirun with process id N; jf.F on other hosts, F the job's family
//     TMPDIR/ompi.HOST.USER/*/pmix_dstor_*_N    N: the process that serves the ranks on this host, mpirun or orted
//     TMPDIR/ompi.HOST.USER/*/*/smlockseg-J     J: a job, with the family in its upper 16 bits
//     /dev/shm/vader_segment.HOST.USER.J.R      J again, in hexadecimal digits; R: a rank on this host
//
// Only what is certainly dead goes: the folder tells its processes, none of them lives, and no process has one of its files or
// segments mapped, under whatever name. That is certain only for who sees every process, in the first process namespace, and on
// a file system of this machine; in a container, or with TMPDIR on NFS or Btrfs, all stays. A segment goes with the session that
// knows its job; one that no session knows stays, for a living job could have it.

import Glibc

/// The sessions of this user on this host.
struct StaleSessions {
  /// `ompi.HOST.USER`, and where it is.
  let folder: String
  /// The session that this process belongs to.
  let ownSession: String
  let sharedMemory: String

  /// Takes dead sessions away: on the first rank of a host that mpirun has started; on others, and where something fails, nothing.
  static func sweep() {
    guard value(of: "OMPI_COMM_WORLD_LOCAL_RANK") == "0", let own = value(of: "PMIX_SERVER_TMPDIR"),
      let slash = own.lastIndex(of: "/"), seesAllProcesses
    else { return }
    StaleSessions(
      folder: String(own[..<slash]), ownSession: String(own[own.index(after: slash)...]), sharedMemory: "/dev/shm"
    ).remove()
  }

  /// - Returns: the paths that were to be removed.
  @discardableResult
  func remove() -> [String] {
    // HOST has dots, perhaps.
    let name = folder.split(separator: "/").last ?? ""
    let user = geteuid()
    guard name.hasPrefix("ompi."), name.hasSuffix(".\(user)"), let directory = OwnFolder(folder, user: user) else {
      return []
    }
    let sessions = directory.names("").compactMap { Session($0, in: directory) }
    let suspects = sessions.filter { $0.name != ownSession && $0.hasNoProcessOfItsName }
    guard !suspects.isEmpty else { return [] }
    let segments = self.segments(of: name.dropFirst("ompi.".count), user: user)
    // After the look at all these: who made one of them is in the table, or is dead.
    let processes = LivingProcesses()
    let heldFamilies = segments.filter { processes.mapped.contains($0.identity) }.map(\.family)
    let stale = suspects.filter { $0.isDead(processes) && $0.families.isDisjoint(with: heldFamilies) }
    let dead = Set(stale.map(\.name))
    let living = sessions.filter { !dead.contains($0.name) }
    let families = Set(stale.flatMap(\.families)).subtracting(living.flatMap(\.families))

    let paths = segments.filter { families.contains($0.family) }.map(\.path)
    for path in paths { unsafe unlink(path) }
    for session in stale { directory.remove(session.name) }
    return paths + stale.map { "\(folder)/\($0.name)" }
  }

  /// The segments of this user's ranks on this host.
  private func segments(
    of hostAndUser: Substring, user: uid_t
  ) -> [(path: String, family: UInt32, identity: FileIdentity)] {
    let prefix = "vader_segment.\(hostAndUser)."
    return FolderEntry.names(in: sharedMemory).compactMap { name in
      let path = "\(sharedMemory)/\(name)"
      guard name.hasPrefix(prefix), let entry = FolderEntry(path), entry.isFile, entry.user == user else { return nil }
      let parts = name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let job = UInt32(parts[0], radix: 16), UInt32(parts[1]) != nil else { return nil }
      return (path, job >> 16, entry.identity)
    }
  }

  /// In the first process namespace, whose number is a constant of Linux, all processes of the machine have a number.
  static var seesAllProcesses: Bool {
    FolderEntry.link("/proc/self/ns/pid") == "pid:[4026531836]" && FolderEntry.link("/proc/self") == "\(getpid())"
  }

  private static func value(of name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}

/// A session's folder: what its names tell.
private struct Session {
  let name: String
  let families: Set<UInt32>
  /// Process ids of mpirun or orted, as they call themselves.
  private let owners: Set<Int32>
  /// All its files.
  private let files: Set<FileIdentity>

  /// Nil: it is none.
  init?(_ name: String, in directory: OwnFolder) {
    guard name.hasPrefix("pid.") || name.hasPrefix("jf."), directory.entry(name)?.isFolder == true else { return nil }
    var families: Set<UInt32> = []
    var owners = Set(name.hasPrefix("pid.") ? [Int32(name.dropFirst(4)) ?? getpid()] : [])
    var files: Set<FileIdentity> = []
    directory.walk(name) { path, entry in
      let last = path.split(separator: "/").last ?? ""
      if last.hasPrefix("pmix_dstor_"), let owner = last.split(separator: "_").last {
        owners.insert(Int32(owner) ?? getpid())
      }
      let words = last.split(separator: "-")
      if words.count > 1, ["smlockseg", "smseg", "smdataseg"].contains(words[0]), let job = UInt32(words[1]) {
        families.insert(job >> 16)
      }
      if !entry.isFolder { files.insert(entry.identity) }
    }
    (self.name, self.families, self.owners, self.files) = (name, families, owners, files)
  }

  /// The first question, and a cheap one: most sessions are alive.
  var hasNoProcessOfItsName: Bool { owners.allSatisfy { FolderEntry("/proc/\($0)") == nil } }

  func isDead(_ processes: LivingProcesses) -> Bool {
    !owners.isEmpty && owners.isDisjoint(with: processes.numbers) && files.isDisjoint(with: processes.mapped)
  }
}

/// All processes of the machine. One that nobody has waited for counts: its session may go with the job after the next.
private struct LivingProcesses {
  /// In every namespace that they have one in: who runs in a container calls itself by another number.
  private(set) var numbers: Set<Int32> = []
  /// The files that they have mapped, as far as that may be looked at: it may for a user's own.
  private(set) var mapped: Set<FileIdentity> = []

  init() {
    for process in FolderEntry.names(in: "/proc").compactMap({ Int32($0) }) {
      numbers.insert(process)
      for line in FolderEntry.text("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix("NSpid:") {
        numbers.formUnion(line.split(whereSeparator: { $0 == "\t" || $0 == " " }).compactMap { Int32($0) })
      }
      // Address, rights, offset, device, inode, path.
      for line in FolderEntry.text("/proc/\(process)/maps").split(separator: "\n") {
        let words = line.split(separator: " ", maxSplits: 5)
        guard words.count > 4, let inode = UInt64(words[4]), inode != 0 else { continue }
        let device = words[3].split(separator: ":").compactMap { UInt64($0, radix: 16) }
        if device.count == 2 { mapped.insert(FileIdentity(major: device[0], minor: device[1], inode: inode)) }
      }
    }
  }
}
