// SPDX-License-Identifier: Apache-2.0
//
// An error on its way from the rank that it happened on to the others.

import MatrixCore
import MatrixFiles
import Multiprocessing

/// What went wrong on another rank, as it is known here.
public struct RankFailure: Error, CustomStringConvertible {
  public let rank: Int
  public let error: EngineError
  /// Where the error there was a file's.
  public let fileError: FileError?
  /// What a command returns, where the error there was a file's (`FileError.Code.exitCode`).
  public var fileExitCode: Int32? { fileError?.code.exitCode }

  /// What was thrown there, as nearly as it can be thrown here.
  public var cause: any Error { fileError ?? error }

  /// The sentence alone.
  var message: String { fileError?.description ?? error.message }

  public var description: String { "Rank \(rank): \(message)" }

  static func encoded(_ error: any Error, rank: Int) -> [UInt8] {
    let failure = error as? RankFailure
    let file = error as? FileError ?? failure?.fileError
    let code: EngineError.Code =
      switch error {
      case let error as EngineError: error.code
      case let error as RankFailure: error.error.code
      case let error as SystemError: EngineError(error).code
      case is FileError: .outputFailed
      case is MemoryError: .resources
      default: .invalidJob
      }
    let rows = (error as? EngineError ?? failure?.error)?.rows
    var wire = WireWriter()
    wire.write(failure?.rank ?? rank)
    wire.write(code.rawValue)
    wire.write(rows.map { [$0.lowerBound, $0.upperBound] } ?? []) { $0.write($1) }
    wire.write(failure?.message ?? "\(error)")
    wire.write(file != nil)
    if let file {
      wire.write(file.code.description)
      wire.write(Int(file.code.exitCode))
      wire.write(file.path)
      wire.write(file.message)
    }
    return wire.bytes
  }

  init(encoded: [UInt8]) {
    do throws(SystemError) { self = try RankFailure(reading: encoded) } catch {
      let sentence = "A rank failed, and is of another version of Weft: what it says cannot be read."
      self = RankFailure(rank: 0, error: EngineError(.mismatch, sentence), fileError: nil)
    }
  }

  private init(reading bytes: [UInt8]) throws(SystemError) {
    var wire = WireReader(bytes)
    rank = try wire.read()
    let code = EngineError.Code(rawValue: try wire.read())
    let rows: [Int] = try wire.read { wire throws(SystemError) in try wire.read() }
    error = EngineError(code, rows: rows.count == 2 ? rows[0]..<rows[1] : nil, try wire.read())
    guard try wire.read() else {
      fileError = nil
      return
    }
    let name: String = try wire.read()
    let exitCode: Int = try wire.read()
    let fileCode = FileError.Code(description: name, exitCode: Int32(truncatingIfNeeded: exitCode))
    fileError = FileError(fileCode, try wire.read(), try wire.read())
  }

  private init(rank: Int, error: EngineError, fileError: FileError?) {
    (self.rank, self.error, self.fileError) = (rank, error, fileError)
  }
}

extension EngineError.Code {
  /// Another rank's error was heard of, and is what is told.
  static let otherRank = EngineError.Code(rawValue: "otherRank")
}
