// SPDX-License-Identifier: Apache-2.0
//
// The spine of the compiler: the passes, in order. Each has its contract at the top of its file in `Passes/`.

extension BoundFormula {
  /// The program that computes this formula, equal in every bit to what ``ReferenceEvaluator`` gives. Depends on the
  /// formula and its bindings only, never on the machine: every worker compiles the same program.
  ///
  /// Throws where the constant bounds of a sum or product are impossible.
  public func compile() throws(FormulaError) -> Program {
    // ConstantFolding and Simplify are applied to each value as Lowering makes it.
    let (graph, result) = try Lowering.lower(self)
    var program = Lines.assigned(
      Rates.assigned(Scheduling.schedule(graph, result: result, for: self)), rows: rows, columns: columns)
    program.isSymmetric = rows == columns && Symmetry.holds(graph, result: result)
    return program
  }
}
