// SPDX-License-Identifier: Apache-2.0
//
// A plan for people who wonder why a formula is fast, or slow: what `weft explain` prints.

import Formula
import MatrixCore

/// A job taken apart, and its time predicted.
public struct Explanation: Sendable {
  public var plan: Plan
  public var formula: FormulaExplanation
  public var prediction: Prediction
}

extension Plan {
  /// Says what the formula has become, and predicts its time by measuring (see ``prediction(inputs:)``).
  ///
  /// - Throws: `EngineError`: see ``prediction(inputs:)``; a kernel has nothing to explain.
  public func explanation(inputs: [String: any MatrixReadable] = [:]) throws(EngineError) -> Explanation {
    let prediction = try prediction(inputs: inputs)
    guard case .formula(let formula, let compiled) = work else { preconditionFailure("predicted, so a formula") }
    return Explanation(plan: self, formula: formula.explanation(compiled), prediction: prediction)
  }
}
