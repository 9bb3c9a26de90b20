// SPDX-License-Identifier: Apache-2.0
//
// A group of ranks as the mode of an engine: joined when the first engine needs it, used by one job at a time.

import Synchronization

/// Where ``EngineMode/ranks(_:)`` computes. Engines of a process share one of these: a job of ranks is joined once.
///
/// One thread at a time talks to the other ranks, for one whole job, whichever engine's it is: what two jobs say to one another
/// would be mixed up otherwise. So the order of jobs, over all engines, has to be the same on every rank.
public final class Ranks: Sendable, Hashable {
  struct Joined: Sendable {
    let group: any RankGroup
    let nodes: RankNodes
  }

  private let join: @Sendable () throws -> any RankGroup
  private let joined = Mutex<Joined?>(nil)
  private let turn = Mutex(())

  /// `join` is called once, by the first engine; collective, as are the jobs.
  public init(_ join: @escaping @Sendable () throws -> any RankGroup) { self.join = join }

  /// The group, joined. For talking outside of jobs, when none is running.
  ///
  /// - Throws: what `join` throws.
  public func group() throws -> any RankGroup { try joinedOnce().group }

  func joinedOnce() throws -> Joined {
    try joined.withLock { joined throws -> Joined in
      if let joined { return joined }
      let group = try join()
      let new = Joined(group: group, nodes: try RankNodes(of: group))
      joined = new
      return new
    }
  }

  /// One job, alone.
  func inTurn<R>(_ body: (Joined) throws -> R) throws -> R {
    let joined = try joinedOnce()
    var result: Result<R, any Error>?
    turn.withLock { _ in result = Result { try body(joined) } }
    guard let result else { preconditionFailure("the turn has come") }
    return try result.get()
  }

  /// At the end of the program: waits until the other ranks end too (those that begin a job get an error), and calls `leave`.
  /// Nothing happens where the group was never joined, or a job is running.
  public func end(_ leave: (any RankGroup) -> Void) {
    guard let group = joined.withLockIfAvailable({ $0?.group }) ?? nil else { return }
    _ = turn.withLockIfAvailable { _ in
      do { try JobOpening.agreeToEnd(group) } catch { return }
      leave(group)
    }
  }

  public static func == (left: Ranks, right: Ranks) -> Bool { left === right }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
