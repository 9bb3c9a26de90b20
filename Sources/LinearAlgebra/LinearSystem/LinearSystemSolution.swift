// SPDX-License-Identifier: Apache-2.0
//
// A solution with its two qualities: how well it solves the system, and how much the system says about it.

import MatrixCore

/// What ``LinearSystem/solve(_:_:assuming:)`` found.
public struct LinearSystemSolution<Element: MatrixElement>: Sendable {
  /// X: n×m.
  public let solution: Matrix<Element>
  /// The smallest relative change of A and B that makes X exact, the worst of all columns: normally below n·ε.
  /// See ``StridedReadable/backwardError(ofSolution:rightHandSide:)``.
  public let backwardError: Element
  /// About 1/κ₁(A), by an estimate that is never too small. The relative error of X is about the backward error divided
  /// by it, at most.
  public let reciprocalCondition: Element

  init(
    _ x: Matrix<Element>, of a: some StridedReadable<Element>, _ b: some StridedReadable<Element>,
    reciprocalCondition: Element
  ) throws(LinearAlgebraError) {
    solution = x
    backwardError = try a.backwardError(ofSolution: x, rightHandSide: b)
    self.reciprocalCondition = reciprocalCondition
  }

  /// A sentence for the user where X may have no correct digit: where 1/κ₁(A) is below ε.
  public var warning: String? {
    guard reciprocalCondition < Element.ulpOfOne else { return nil }
    let condition = reciprocalCondition > 0 ? "about \(Float(1 / reciprocalCondition))" : "infinite"
    return "the solution may have no correct digit: the condition number of the matrix is \(condition), "
      + "and \(Element.elementType) resolves \(Float(1 / Element.ulpOfOne)); the matrix is singular up to rounding, "
      + "and least squares may serve better"
  }
}
