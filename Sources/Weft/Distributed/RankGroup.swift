// SPDX-License-Identifier: Apache-2.0
//
// What a distributed run asks of the system that started its processes: who am I, how many are we, and three ways to talk. The
// engine knows no more of MPI than this; WeftMPI gives it, and a test may give its own.

import Multiprocessing

/// Processes ("ranks") that run the same program with the same arguments, on one machine or several, and see the same files.
/// Rank 0 is the root: it opens and names files and tells what was done.
///
/// Every call is collective: all ranks make it, in the same order, or the others wait for ever. So an error of one has to
/// become one of all before anybody leaves: ``agree(_:)``.
public protocol RankGroup: AnyObject {
  /// From 0.
  var rank: Int { get }
  var count: Int { get }
  /// What the root gives, for everybody.
  func broadcast(_ bytes: [UInt8]) throws(EngineError) -> [UInt8]
  /// What everybody gives, in the order of the ranks, for the root; nothing for the others.
  func gather(_ bytes: [UInt8]) throws(EngineError) -> [[UInt8]]
  /// Not collective: tells the others that this rank has failed, so that they need not go on.
  func tellOfFailure()
  /// Not collective: whether another rank has failed. Cheap enough to ask ten times a second.
  var hasHeardOfFailure: Bool { get }
}

extension RankGroup {
  public var isRoot: Bool { rank == 0 }

  /// Runs `body` on every rank, or on the root alone, and throws on all ranks what it threw on the first that it failed on.
  /// The root's own errors keep their type there.
  public func agree(rootOnly: Bool = false, _ body: () throws -> Void) throws {
    var own: (any Error)?
    if isRoot || !rootOnly {
      do { try body() } catch {
        own = error
        if !rootOnly { tellOfFailure() }
      }
    }
    let told = rootOnly ? [encoded(own)] : try gather(encoded(own))
    let verdict = try broadcast(told.first { !$0.isEmpty } ?? [])
    if isRoot, let own { throw own }
    guard !verdict.isEmpty else { return }
    throw RankFailure(encoded: verdict)
  }

  /// Nothing: no error. Else the rank, the engine's code, the exit code of a file's error or 0, and the sentence.
  private func encoded(_ error: (any Error)?) -> [UInt8] {
    guard let error else { return [] }
    let fileExitCode = (error as? FileError)?.code.exitCode ?? 0
    let code: EngineError.Code =
      switch error {
      case let error as EngineError: error.code
      case is FileError: .outputFailed
      case is MemoryError: .resources
      default: .invalidJob
      }
    return Array("\(rank)\n\(code.rawValue)\n\(fileExitCode)\n\(error)".utf8)
  }
}

/// What went wrong on another rank, as it is known here.
public struct RankFailure: Error, CustomStringConvertible {
  public let rank: Int
  public let error: EngineError
  /// What a command returns, where the error there was a file's (`FileError.Code.exitCode`).
  public let fileExitCode: Int32?

  init(encoded: [UInt8]) {
    let parts = String(decoding: encoded, as: UTF8.self).split(
      separator: "\n", maxSplits: 3, omittingEmptySubsequences: false)
    rank = parts.first.flatMap { Int($0) } ?? 0
    let code = EngineError.Code(rawValue: parts.count > 1 ? String(parts[1]) : "")
    fileExitCode = parts.count > 2 ? Int32(parts[2]).flatMap { $0 == 0 ? nil : $0 } : nil
    error = EngineError(code, parts.count > 3 ? String(parts[3]) : "no sentence came with it")
  }

  public var description: String { "Rank \(rank): \(error.message)" }
}
