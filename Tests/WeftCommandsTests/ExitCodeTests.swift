// SPDX-License-Identifier: Apache-2.0
//
// Every error type has its exit code; the codes are what `weft --help` lists.

import ArgumentParser
import Glibc
import Multiprocessing
import Testing

@testable import MatrixFiles
@testable import Weft
@testable import WeftCommands

@Suite("Exit codes")
struct ExitCodeTests {
  static let engineCodes: [(EngineError.Code, Int32)] = [
    (.invalidJob, 64), (.evaluation, 65), (.nonfinite, 65), (.resources, 69), (.verification, 70), (.shutDown, 70),
    (.cancelled, 70), (.workersLost, 75), (.mismatch, 76), (EngineError.Code(rawValue: "a later one"), 70),
  ]

  @Test("of the engine", arguments: engineCodes)
  func engine(code: EngineError.Code, exitCode: Int32) {
    #expect(Failure.exitCode(of: EngineError(code, "Something.")) == exitCode)
  }

  static let fileCodes: [(FileError.Code, Int32)] = [
    (.unknownFormat, 64), (.unreadable, 65), (.malformed, 65), (.unsupported, 65), (.outOfMemory, 69), (.exists, 73),
    (.cannotCreate, 73), (.writeFailed, 74), (.brokenPipe, 141),
  ]

  @Test("of files", arguments: fileCodes)
  func file(code: FileError.Code, exitCode: Int32) {
    #expect(Failure.exitCode(of: FileError(code, "m.npy", "something")) == exitCode)
  }

  static let systemCodes: [(SystemError.Code, Int32)] = [
    (.insufficientMemory, 69), (.resourceLimit, 69), (.workerNotStarted, 69), (.systemCall, 69), (.timedOut, 75),
    (.disconnected, 75), (.protocolMismatch, 76), (.faultPlan, 64), (.programNotFound, 70), (.messageTooLarge, 70),
  ]

  @Test("of the system", arguments: systemCodes)
  func system(code: SystemError.Code, exitCode: Int32) {
    #expect(Failure.exitCode(of: SystemError(code: code, message: "Something.")) == exitCode)
  }

  @Test("of usage, formulas, shapes and standard output")
  func others() throws {
    #expect(Failure.exitCode(of: UsageError("Something.")) == 64)
    #expect(Failure.exitCode(of: try #require(throws: FormulaError.self) { try Formula("sin(") }) == 64)
    #expect(Failure.exitCode(of: try #require(throws: ShapeError.self) { try Shape(rows: -1, columns: 2) }) == 64)
    #expect(Failure.exitCode(of: StandardOutput.WriteFailed(number: ENOSPC)) == 74)
    #expect(Failure.exitCode(of: StandardOutput.ReaderGone()) == 141)
    #expect(Failure.exitCode(of: CancellationError()) == 70)
  }

  /// What the parser throws for these arguments.
  private func failure(_ arguments: String...) throws -> Failure {
    do {
      var command = try WeftCommand.parseAsRoot(arguments)
      try command.run()
    } catch {
      return Failure(error)
    }
    throw UsageError("no error came")
  }

  @Test("of the parser: usage errors are 64 and begin once")
  func parser() throws {
    for arguments in [["frob"], ["compute"], ["compute", "i", "--frob"], ["info"], ["info", "a", "b"]] {
      let failure: Failure
      do {
        _ = try WeftCommand.parseAsRoot(arguments)
        Issue.record("no error for \(arguments)")
        continue
      } catch {
        failure = Failure(error)
      }
      guard case .message(let text, let code) = failure else {
        Issue.record("\(failure)")
        continue
      }
      #expect(code == 64)
      #expect(!text.hasPrefix("weft:") && !text.hasPrefix("Error"))
      #expect(text.contains("Usage:"))
    }
  }

  @Test("Help and version are answers")
  func answers() throws {
    guard case .answer(let version) = try failure("--version") else {
      Issue.record("no answer")
      return
    }
    #expect(version == WeftCommand.configuration.version)
    for arguments in [[], ["--help"], ["help"]] {
      let failure: Failure
      do {
        var command = try WeftCommand.parseAsRoot(arguments)
        try command.run()
        continue
      } catch { failure = Failure(error) }
      guard case .answer(let help) = failure else {
        Issue.record("no answer")
        return
      }
      #expect(help.hasSuffix(WeftCommand.exitCodes))
    }
    guard case .answer(let help) = try failure("compute", "--help") else {
      Issue.record("no answer")
      return
    }
    #expect(!help.contains("EXIT CODES"))
  }

  @Test("A formula's message has the place below it")
  func formula() throws {
    let error = try #require(throws: FormulaError.self) { try Formula("1 + sni(i)") }
    guard case .message(let text, 64) = Failure(error) else {
      Issue.record("no message")
      return
    }
    #expect(text.contains("\n  1 + sni(i)\n      ^~~"))
    #expect(text.contains("did you mean"))
  }

  @Test("A reader that has gone is not talked about")
  func silence() {
    guard case .silent(141) = Failure(FileError(.brokenPipe, "-", "gone")) else {
      Issue.record("not silent")
      return
    }
  }

  @Test("Every code of the table is in the help")
  func listed() {
    for code in [0, 64, 65, 69, 70, 73, 74, 75, 76] { #expect(WeftCommand.exitCodes.contains("\n  \(code) ")) }
  }
}
