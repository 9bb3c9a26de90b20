// SPDX-License-Identifier: Apache-2.0
// An error on its way home from another process. Made by FunctionRunner, thrown by Pool, printed by ChildProcess.

/// What was thrown in another process: in words, since its type may hold what cannot travel.
public struct RemoteError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
  /// The error's type, "MyProgram.ParseError".
  public var typeName: String
  /// The error's own description.
  public var message: String
  /// Where it was thrown, the innermost function first, at most 32 lines; empty when nothing recorded it. Functions of
  /// a stripped program are numbers.
  public var stackTrace: [String]
  /// The process in which it was thrown.
  public var processName: String
  /// Of the input among those of a `map`.
  public var position: Int?

  public init(
    typeName: String, message: String, stackTrace: [String] = [], processName: String, position: Int? = nil
  ) {
    self.typeName = typeName
    self.message = message
    self.stackTrace = stackTrace
    self.processName = processName
    self.position = position
  }

  /// `error` as thrown in this process; one that came from yet another process stays what it was.
  package init(_ error: any Error, stackTrace: [String], processName: String) {
    if let remote = error as? RemoteError {
      self = remote
    } else {
      self.init(
        typeName: String(reflecting: type(of: error)), message: String(describing: error), stackTrace: stackTrace,
        processName: processName)
    }
  }

  /// One sentence, then a line for each function of the stack trace.
  public var description: String {
    let input = position.map { ", input \($0)" } ?? ""
    return (["\(typeName) in \(processName)\(input): \(message)"] + stackTrace.map { "    at \($0)" })
      .joined(separator: "\n")
  }
}
