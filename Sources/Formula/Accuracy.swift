// SPDX-License-Identifier: Apache-2.0
//
// How exact an element is to be, and what a formula becomes for it.

/// The accuracy a caller asks for.
public enum Accuracy: String, Sendable, CaseIterable {
  /// As `strict`, with functions that may be off by up to 4 ulp where those are quicker.
  case fast
  /// Formulas that can be carried as pairs of doubles at the speed of memory are rounded once; all others are carried
  /// out operation by operation, each rounded once, functions within 1 ulp.
  case strict
  /// Every formula is evaluated in quadruple precision and rounded once, whatever it costs.
  case best
}

/// A formula, compiled: what the workers run.
public enum CompiledFormula: Sendable, Hashable {
  /// Operation by operation, every one rounded.
  case operations(Program)
  /// Products and sums of pairs, rounded once.
  case pairs(PairProgram)
  /// Element by element in quadruple precision, rounded once.
  case quadruple

  /// Whether an element is the formula's value rounded once: what the reference for it is.
  public var isRoundedOnce: Bool { if case .operations = self { false } else { true } }

  /// The bound of an element's error, in words.
  public var bound: String {
    guard case .operations(let program) = self else {
      return "0.5000 ulp: every element is the formula's value rounded once"
    }
    return "operation by operation: arithmetic rounded once, functions within \(program.isFast ? 4 : 1) ulp"
  }
}

extension BoundFormula {
  /// What this formula becomes for `accuracy`. Depends on the formula, its bindings and the accuracy only, never on the
  /// machine.
  ///
  /// Throws where the constant bounds of a sum or product are impossible.
  public func compile(_ accuracy: Accuracy) throws(FormulaError) -> CompiledFormula {
    var program = try compile()
    program.isFast = accuracy == .fast
    if let pairs = PairLowering.lower(self) { return .pairs(pairs) }
    return accuracy == .best ? .quadruple : .operations(program)
  }
}
