// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite of engines: what every engine does, whatever its mode. A library of its own, without a test framework,
// since the ranks of an MPI job run it too (Tests/MPIConformance), where no framework starts.
//
// With ranks, every one of them runs every check at the same time: so a check makes the same jobs everywhere, and in one order.

import Weft

/// One promise of an engine.
public struct EngineCheck: Sendable, CustomStringConvertible {
  public let name: String
  /// What was found that breaks the promise.
  public let violations: @Sendable (EngineMode) async -> [String]

  public var description: String { name }

  /// `body` notes what it finds; what it throws is a violation too.
  public init(_ name: String, _ body: @escaping @Sendable (EngineMode, inout Findings) async throws -> Void) {
    self.name = name
    violations = { mode in
      var findings = Findings()
      do { try await body(mode, &findings) } catch { findings.violations.append("threw \(type(of: error)): \(error)") }
      return findings.violations
    }
  }

  /// All of them.
  public static let all = resultChecks + memoryChecks + refusalChecks + fileChecks
}

/// What a check has found so far.
public struct Findings {
  fileprivate(set) var violations: [String] = []

  public mutating func expect(_ isRight: Bool, _ what: @autoclosure () -> String, line: Int = #line) {
    // The first few tell; a matrix has millions of elements.
    if !isRight, violations.count < 10 { violations.append("\(what()) (line \(line))") }
  }

  /// What `body` throws, and nothing else, is an error of this type.
  mutating func expectThrown<Failure: Error>(
    _ type: Failure.Type, line: Int = #line, _ body: () async throws -> Void
  ) async -> Failure? {
    do {
      try await body()
      expect(false, "nothing was thrown instead of \(type)", line: line)
      return nil
    } catch {
      expect(error is Failure, "\(Swift.type(of: error)) was thrown instead of \(type): \(error)", line: line)
      return error as? Failure
    }
  }

  mutating func expectError(
    _ code: EngineError.Code, line: Int = #line, _ body: () async throws -> Void
  ) async -> EngineError? {
    let error = await expectThrown(EngineError.self, line: line, body)
    if let error {
      expect(error.code == code, "\(error.code.rawValue) instead of \(code.rawValue): \(error)", line: line)
    }
    return error
  }
}
