// SPDX-License-Identifier: Apache-2.0
//
// Every error that can end a command, and how it ends: the message and the exit code (listed in WeftCommand.exitCodes).
// 64 is what the command line and the formula alone tell; 65 is what only shows with the data and the values.

import ArgumentParser
import Multiprocessing
import Weft

/// The computation was ended by a termination signal; everything is cleaned up, only the end itself is left to do.
struct Interrupted: Error {
  let signals: TerminationSignals
}

/// How a command ends because of an error.
enum Failure {
  case interrupted(TerminationSignals)
  /// Nothing is said: whoever reads our output has gone, or everything has been said.
  case silent(Int32)
  /// Not a failure: help or version, for standard output.
  case answer(String)
  case message(String, Int32)

  /// - Parameter program: whose arguments were parsed.
  init(_ error: any Error, of program: any ParsableCommand.Type = WeftCommand.self) {
    switch error {
    case let error as Interrupted: self = .interrupted(error.signals)
    case let error as FileError where error.code == .brokenPipe: self = .silent(Failure.brokenPipe)
    case is StandardOutput.ReaderGone: self = .silent(Failure.brokenPipe)
    case is FilesDiffer: self = .silent(1)
    case let error as PicturesFailed: self = .silent(error.exitCode)
    case let error as FormulaError: self = .message(error.rendered, 64)
    case is FileError, is EngineError, is ShapeError, is MemoryError, is SystemError, is UsageError, is OperandError,
      is LinearAlgebraError, is StandardOutput.WriteFailed:
      self = .message("\(error)", Failure.exitCode(of: error))
    default: self.init(parserError: error, program)
    }
  }

  /// 128 + SIGPIPE, as the shell shows a program that the signal ended.
  private static let brokenPipe: Int32 = 141

  static func exitCode(of error: any Error) -> Int32 {
    switch error {
    case is UsageError, is FormulaError, is ShapeError: 64
    case let error as FileError: error.code.exitCode
    case let error as EngineError: exitCode(of: error.code)
    case let error as SystemError: exitCode(of: error.code)
    case let error as LinearAlgebraError: error.exitCode
    case is OperandError: 65
    case is MemoryError: 69
    case is StandardOutput.WriteFailed: 74
    case is StandardOutput.ReaderGone: brokenPipe
    case is Interrupted: 130
    default: 70
    }
  }

  private static func exitCode(of code: EngineError.Code) -> Int32 {
    switch code {
    case .invalidJob: 64
    case .evaluation, .nonfinite: 65
    case .resources: 69
    case .outputFailed: 74
    case .workersLost, .deadline: 75
    case .mismatch: 76
    default: 70  // verification, shutDown, cancelled by nobody: a fault of ours
    }
  }

  private static func exitCode(of code: SystemError.Code) -> Int32 {
    switch code {
    case .faultPlan: 64
    case .protocolMismatch: 76
    case .disconnected, .timedOut: 75
    case .programNotFound, .messageTooLarge: 70
    default: 69  // memory, descriptors, processes, and every other refusal of the system
    }
  }

  /// What the argument parser throws: requests for help, and usage errors with the usage line behind them.
  private init(parserError error: any Error, _ program: any ParsableCommand.Type) {
    let code = program.exitCode(for: error)
    guard code == .success || code == .validationFailure else {
      // An error type that the list above does not know: a fault of ours.
      self = .message("\(error)", Failure.exitCode(of: error))
      return
    }
    let text = program.fullMessage(for: error)
    guard code == .success else {
      let prefix = program._errorPrefix
      self = .message(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text, code.rawValue)
      return
    }
    self = .answer(text == WeftCommand.helpMessage() ? text + WeftCommand.exitCodes : text)
  }
}
