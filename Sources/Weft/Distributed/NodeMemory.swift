// SPDX-License-Identifier: Apache-2.0
//
// One copy of a matrix for all ranks of a node: made by the node's leader, without a name, and opened by the others through
// /proc/PID/fd. Whoever dies at whatever instant, nothing is left: the memory goes with its last process.
//
// Rejected: a name in /dev/shm until all have attached (a rank that is killed meanwhile leaves it), and a descriptor sent through
// a socket (which needs a name or a common ancestor, for the same end).

import Glibc
import MatrixCore
import Multiprocessing

struct NodeMemory {
  private let group: any RankGroup
  private let nodes: RankNodes

  init(_ joined: Ranks.Joined) { (group, nodes) = (joined.group, joined.nodes) }

  private var isLeader: Bool { nodes.isLeader(group.rank) }

  /// A file, as the ranks of a node know it again: two are the same where device and inode are.
  private struct Identity: Equatable {
    var device: UInt64
    var inode: UInt64

    init(descriptor: Int32) throws(EngineError) {
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else {
        throw EngineError(.resources, "The memory of another rank of this machine cannot be looked at.")
      }
      (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    init(words: some Collection<UInt64>) { (device, inode) = (words.first ?? 0, words.dropFirst().first ?? 0) }
    var words: [UInt64] { [device, inode] }
  }

  /// Collective: gives `matrix` memory of the node for `shape`: its own, where all ranks can do with that.
  func provide<Element: MatrixElement>(_ matrix: inout SharedMatrix<Element>, shape: Shape) throws {
    let mayReuse = try agreeToReuse {
      matrix.ranksMayReuse(for: shape) ? try Identity(descriptor: matrix.descriptorNumber) : nil
    }
    if mayReuse { matrix.reuseAmongRanks(shape: shape) } else { matrix = try new(shape) }
  }

  /// The same for a matrix that is not there yet.
  func provide<Element: MatrixElement>(_ type: Element.Type, shape: Shape) throws -> SharedMatrix<Element> {
    // Asked although the answer is known: other ranks may have a matrix, and ask.
    _ = try agreeToReuse { nil }
    return try new(shape)
  }

  private func agreeToReuse(_ own: () throws -> Identity?) throws -> Bool {
    let told = try group.collect { LittleEndian.bytes(try own()?.words ?? []) }
    return told.indices.allSatisfy { !told[$0].isEmpty && told[$0] == told[nodes.leader(of: $0)] }
  }

  private func new<Element>(_ shape: Shape) throws -> SharedMatrix<Element> {
    let byteCount = shape.byteCount(of: Element.elementType)
    var matrix: SharedMatrix<Element>?
    let places = try group.collect {
      guard isLeader else { return [] }
      let memory = try engineErrors { () throws(SystemError) in try SharedMemory(byteCount: byteCount) }
      let place = [UInt64(getpid()), UInt64(memory.descriptorNumber)]
      let identity = try Identity(descriptor: memory.descriptorNumber)
      matrix = SharedMatrix(ofRanks: memory, shape: shape)
      return LittleEndian.bytes(place + identity.words)
    }
    try group.agree {
      guard !isLeader else { return }
      let place = LittleEndian.words(places[nodes.leader(of: group.rank)])
      guard place.count == 4 else {
        throw EngineError(.mismatch, "The leader of this node gave no memory: a fault in Weft.")
      }
      let file = try open(process: place[0], descriptor: place[1], Identity(words: place[2...]))
      matrix = try engineErrors { () throws(SystemError) in
        SharedMatrix(
          ofRanks: try SharedMemory(
            attaching: try Descriptor(duplicating: file.number), byteCount: byteCount, writable: true),
          shape: shape)
      }
    }
    guard let matrix else { preconditionFailure("all ranks have the memory") }
    return matrix
  }

  private func open(process: UInt64, descriptor: UInt64, _ identity: Identity) throws(EngineError) -> Descriptor {
    let number = unsafe Glibc.open("/proc/\(process)/fd/\(descriptor)", O_RDWR | O_CLOEXEC)
    guard number >= 0 else {
      throw EngineError(
        .resources,
        "The memory of process \(process) on this machine cannot be opened (\(unsafe String(cString: strerror(errno)))): "
          + "ranks share it by /proc/PID/fd, which has to be mounted, and open to processes of the same user.")
    }
    let file = Descriptor(owning: number)
    guard try Identity(descriptor: file.number) == identity else {
      throw EngineError(
        .resources,
        "Process \(process) is not the one that it is on the node's first rank: run all ranks of a machine in one container."
      )
    }
    return file
  }

  /// Collective: brings every node the rows that ranks of the others have computed. Chunks of one node that follow one another go
  /// together: with ranks numbered node by node, as many as it has ranks.
  @unsafe func exchange(_ plan: Plan, base: UnsafeMutableRawPointer) throws {
    precondition(!plan.partition.isMirrored, "a mirrored chunk is no stretch of rows")
    guard isLeader else { return }
    let chunks = plan.partition.chunkCount
    var first = 0
    while first < chunks {
      let node = nodes.node[first % group.count]
      var next = first + 1
      while next < chunks, nodes.node[next % group.count] == node { next += 1 }
      let rows = plan.partition.rows(ofChunk: first).lowerBound..<plan.partition.rows(ofChunk: next - 1).upperBound
      let rowByteCount = plan.shape.columns * plan.elementType.byteCount
      try unsafe group.broadcastAmongLeaders(
        UnsafeMutableRawBufferPointer(start: base + rows.lowerBound * rowByteCount, count: rows.count * rowByteCount),
        from: node)
      first = next
    }
  }
}
