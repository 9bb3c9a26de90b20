// SPDX-License-Identifier: Apache-2.0
//
// Which ranks can hold one copy of a matrix together.

import Glibc

/// The ranks of a group by nodes. A node's ranks can open one another's memory by /proc/PID/fd: they are processes of one user
/// under one kernel that see one another's numbers.
///
/// That, and not what MPI calls a node: ranks of one machine in containers of their own may have no number or no right in common,
/// and are then nodes to themselves, with a copy each and all else the same.
struct RankNodes {
  /// Of each rank; nodes are numbered in the order of their first ranks, who lead them.
  let node: [Int]
  private let leaders: [Int]
  var count: Int { leaders.count }

  /// Collective.
  init(of ranks: any RankGroup) throws {
    self.init(places: try ranks.collect { Array(ranks.place.utf8) })
    try ranks.formLeaders(isLeader: isLeader(ranks.rank))
  }

  init(places: [[UInt8]]) {
    var numbers: [[UInt8]: Int] = [:]
    var (node, leaders): ([Int], [Int]) = ([], [])
    for (rank, place) in places.enumerated() {
      if numbers[place] == nil { leaders.append(rank) }
      let number = numbers[place] ?? leaders.count - 1
      numbers[place] = number
      node.append(number)
    }
    (self.node, self.leaders) = (node, leaders)
  }

  func leader(of rank: Int) -> Int { leaders[node[rank]] }
  func isLeader(_ rank: Int) -> Bool { leader(of: rank) == rank }

  /// Which of its node's ranks a rank is, and how many they are.
  func place(of rank: Int) -> Share {
    Share(index: node[..<rank].count { $0 == node[rank] }, count: node.count { $0 == node[rank] })
  }
}

/// Every `count`-th part of something, from part `index` on.
struct Share {
  var index = 0
  var count = 1
  static let all = Share()

  func contains(_ part: Int) -> Bool { part % count == index }
}

extension RankGroup {
  /// The running kernel, the namespaces that numbers and rights of processes come from, and the user.
  public var place: String {
    var name = utsname()
    _ = unsafe uname(&name)
    let host = unsafe withUnsafeBytes(of: &name.nodename) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let boot = (try? text(of: "/proc/sys/kernel/random/boot_id")) ?? ""
    return "\(host) \(boot) \(inode("/proc/self/ns/pid")) \(inode("/proc/self/ns/user")) \(geteuid())"
  }

  private func inode(_ path: String) -> UInt64 {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : UInt64(getpid())
  }

  private func text(of path: String) throws -> String {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    return String(decoding: try readBytes(64, from: file, at: 0), as: UTF8.self)
  }
}
