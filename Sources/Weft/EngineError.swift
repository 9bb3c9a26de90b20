// SPDX-License-Identifier: Apache-2.0
//
// What can go wrong between a job and its matrix. Plain values, so that an error raised in a worker arrives in the
// coordinator as it was.

import Multiprocessing

/// A matrix could not be computed. Nothing of it is handed out.
public struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure. Open: later versions may add codes.
  public struct Code: RawRepresentable, Sendable, Hashable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The job cannot be carried out as asked: a shape, an option, a kernel type.
    public static let invalidJob = Code(rawValue: "invalidJob")
    /// An element has no value: an index outside an input matrix, a sum without end.
    public static let evaluation = Code(rawValue: "evaluation")
    /// The result holds infinities or NaNs, and the policy is to refuse them.
    public static let nonfinite = Code(rawValue: "nonfinite")
    /// Memory, processes, descriptors or an instruction set are missing.
    public static let resources = Code(rawValue: "resources")
    /// Workers died or hung too often on the same rows, or too often at all.
    public static let workersLost = Code(rawValue: "workersLost")
    /// A worker is of another build, or what it sent is not of this version.
    public static let mismatch = Code(rawValue: "mismatch")
    /// The caller asked to stop.
    public static let cancelled = Code(rawValue: "cancelled")
    /// What was computed is not what the checks expect: a fault of the machine or of Weft.
    public static let verification = Code(rawValue: "verification")
    /// The deadline came first. What is done of a file is kept.
    public static let deadline = Code(rawValue: "deadline")
    /// A file could not be written. What is done of it is kept.
    public static let outputFailed = Code(rawValue: "outputFailed")
    /// The engine has been shut down.
    public static let shutDown = Code(rawValue: "shutDown")
  }

  public let code: Code
  /// One sentence: what happened, where, and what to do.
  public let message: String
  /// The rows concerned, where there are some.
  public let rows: Range<Int>?

  public init(_ code: Code, rows: Range<Int>? = nil, _ message: String) {
    self.code = code
    self.message = message
    self.rows = rows
  }

  public var description: String { message }

  /// What the system refused, as the engine's error.
  init(_ error: SystemError) {
    let code: Code =
      switch error.code {
      case .protocolMismatch: .mismatch
      case .programNotFound: .invalidJob
      default: .resources
      }
    self.init(code, error.description)
  }
}

/// Calls `body`, turning what the system refuses into the engine's error.
func engineErrors<R: ~Copyable>(_ body: () throws(SystemError) -> R) throws(EngineError) -> R {
  do throws(SystemError) { return try body() } catch { throw EngineError(error) }
}
