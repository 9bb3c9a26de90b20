// SPDX-License-Identifier: Apache-2.0
//
// What a distributed run asks of the system that started its processes: who am I, how many are we, and a few ways to talk. The
// engine knows no more of MPI than this; WeftMPI gives it, and a test may give its own.

import Multiprocessing

/// Processes ("ranks") that run the same program with the same arguments, on one machine or several, and see the same files.
/// Rank 0 is the root: it opens and names files and tells what was done.
///
/// Unless it says otherwise a call is collective: all ranks make it, in the same order, or the others wait for ever. So an error
/// of one has to become one of all before anybody leaves: ``agree(rootOnly:_:)``. One thread at a time calls.
public protocol RankGroup: AnyObject, Sendable {
  /// From 0.
  var rank: Int { get }
  var count: Int { get }
  /// What the root gives, for everybody.
  func broadcast(_ bytes: [UInt8]) throws(EngineError) -> [UInt8]
  /// What everybody gives, in the order of the ranks, for the root; nothing for the others.
  func gather(_ bytes: [UInt8]) throws(EngineError) -> [[UInt8]]
  /// Waits until all have come; calls `meanwhile` a hundred times a second or more, and leaves the CPU to others.
  func meet(_ meanwhile: () -> Void) throws(EngineError)
  /// Not collective: tells the others that this rank has failed, so that they need not go on.
  func tellOfFailure()
  /// Not collective: whether another rank has failed. Cheap enough to ask ten times a second.
  var hasHeardOfFailure: Bool { get }
  /// Not collective: takes what `count` other ranks have told of failures, so that the next can be heard of.
  func forgetFailures(_ count: Int) throws(EngineError)

  /// Not collective. Ranks that give the same text can open one another's memory: see ``RankNodes``.
  var place: String { get }
  /// One rank of each node becomes its leader: once in a group's life, before any call of `broadcastAmongLeaders`.
  func formLeaders(isLeader: Bool) throws(EngineError)
  /// Collective among leaders: what the one of them (counted from 0, in the order of their ranks) has in its memory, for the
  /// memory of the others.
  func broadcastAmongLeaders(_ bytes: UnsafeMutableRawBufferPointer, from leader: Int) throws(EngineError)
}

extension RankGroup {
  public var isRoot: Bool { rank == 0 }

  /// Runs `body` on every rank, or on the root alone, and throws on all ranks what it threw on the first that it failed on. Who
  /// threw the same keeps its error's type; the others get a ``RankFailure``.
  public func agree(rootOnly: Bool = false, _ body: () throws -> Void) throws {
    guard rootOnly else {
      _ = try settle(givingAll: false, nil) {
        try body()
        return []
      }
      return
    }
    var own: (any Error)?
    if isRoot { do { try body() } catch { own = error } }
    let verdict = try broadcast(own.map { RankFailure.encoded($0, rank: rank) } ?? [])
    if let own { throw own }
    guard verdict.isEmpty else { throw RankFailure(encoded: verdict) }
  }

  /// The same, and what `body` gave on each rank, in their order, for everybody.
  ///
  /// - Parameter watch: where `body` takes long, looked at by those that have done theirs, again and again until all have: an
  ///   error becomes theirs.
  public func collect(
    watch: (() -> (any Error)?)? = nil, _ body: () throws -> [UInt8]
  ) throws -> [[UInt8]] { try settle(givingAll: true, watch, body) }

  private func settle(
    givingAll: Bool, _ watch: (() -> (any Error)?)?, _ body: () throws -> [UInt8]
  ) throws -> [[UInt8]] {
    var own: (any Error)?
    var given: [UInt8] = []
    func fail(_ error: any Error) {
      own = error
      tellOfFailure()
    }
    do { given = try body() } catch { fail(error) }
    if let watch { try meet { if own == nil, let error = watch() { fail(error) } } }
    let told = try gather(own.map { [1] + RankFailure.encoded($0, rank: rank) } ?? [0] + given)
    var answer = WireReader(try broadcast(isRoot ? verdict(told, givingAll: givingAll) : []))
    let (failed, list) = try engineErrors { () throws(SystemError) in
      (try answer.read() as Int, try answer.readByteLists())
    }
    // What was told was sent before what was gathered: it has come, or is about to.
    try forgetFailures(failed - (own == nil ? 0 : 1))
    guard failed > 0 else { return list }
    let failure = RankFailure(encoded: list.first ?? [])
    if let own, "\(own)" == failure.message { throw own }
    throw failure
  }

  /// How many ranks failed, and then either what the first of them says that did not only hear of another's failure, or what all
  /// have given.
  private func verdict(_ told: [[UInt8]], givingAll: Bool) -> [UInt8] {
    let failures = told.filter { $0.first != 0 }.map { Array($0.dropFirst()) }
    let cause = failures.first { RankFailure(encoded: $0).error.code != .otherRank } ?? failures.first
    var answer = WireWriter()
    answer.write(failures.count)
    answer.write(cause.map { [$0] } ?? (givingAll ? told.map { Array($0.dropFirst()) } : []))
    return answer.bytes
  }
}
