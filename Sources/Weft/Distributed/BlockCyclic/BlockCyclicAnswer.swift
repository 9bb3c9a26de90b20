// SPDX-License-Identifier: Apache-2.0
//
// What linear algebra over ranks found, and how good it is.

import LinearAlgebra

/// The answer of one operation. Matrices are spread over the ranks; numbers are the same on all of them.
package struct BlockCyclicAnswer {
  package enum Content {
    case matrix(BlockCyclicMatrix)
    /// A column that all ranks have whole.
    case values([Double])
  }

  package struct Part {
    /// As in file names: "l", "values".
    package let name: String
    package let content: Content
  }

  /// A number about the answer.
  package struct Quality {
    /// "residual" or "orthogonality".
    package let name: String
    package let value: Double
    /// How it is defined.
    package let meaning: String
    /// Whether it is in units of what rounding alone explains.
    var isRelative = false
  }

  package var parts: [Part]
  /// "pdgesv, LU with partial pivoting".
  package var method: String
  package var qualities: [Quality] = []
  package var reciprocalCondition: Double?

  init(_ parts: [(String, Content)], method: String) {
    self.parts = parts.map { Part(name: $0.0, content: $0.1) }
    self.method = method
  }

  /// LAPACK's own tests let nothing of 30 or more pass; this is far beyond what any matrix explains.
  private static let qualityLimit = 1000.0

  /// The answer, unless it is wrong whatever the matrix.
  ///
  /// - Throws: `verification`. (PDSYEVD has been seen to give vectors that were none, and no error: 2.2.1.)
  func verified() throws(EngineError) -> BlockCyclicAnswer {
    guard let bad = qualities.first(where: { $0.isRelative && !($0.value < Self.qualityLimit) }) else { return self }
    throw EngineError(
      .verification,
      "The answer of \(method) is wrong, its \(bad.name) being \(Float(bad.value)) = \(bad.meaning): a fault of the library, or "
        + "of a machine.")
  }

  /// A sentence where the answer may have no correct digit.
  package var warning: String? {
    guard let reciprocalCondition, reciprocalCondition < Double.ulpOfOne else { return nil }
    let condition = reciprocalCondition > 0 ? "about \(Float(1 / reciprocalCondition))" : "infinite"
    return
      "the solution may have no correct digit: the condition number of the matrix is \(condition), and float64 resolves "
      + "\(Float(1 / Double.ulpOfOne))"
  }
}

extension LinearAlgebraError {
  static func singular(_ pivot: Int) -> LinearAlgebraError {
    LinearAlgebraError(
      .singular, "A is singular: pivot \(pivot) (counted from 0) is zero; least squares ('lstsq') may serve",
      pivot: pivot)
  }

  static func notPositiveDefinite(_ minor: Int) -> LinearAlgebraError {
    LinearAlgebraError(
      .notPositiveDefinite,
      "A is not positive definite: its leading minor of order \(minor) is not positive; 'solve' without --assume takes any A",
      minor: minor)
  }

  static func notConverged(_ what: String) -> LinearAlgebraError {
    LinearAlgebraError(.notConverged, "the \(what) were not found: ScaLAPACK's iteration did not converge")
  }

  static func requireSquare(_ operand: BlockCyclicOperand, for what: String) throws(LinearAlgebraError) {
    guard operand.shape.rows != operand.shape.columns else { return }
    throw LinearAlgebraError(.shapeMismatch, "\(operand.name) is \(operand.shape), and \(what) needs a square matrix")
  }
}
