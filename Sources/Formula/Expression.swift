// SPDX-License-Identifier: Apache-2.0
//
// A parsed formula, made by the parser, resolved by `bind`, read by `ReferenceEvaluator` and by the lowering pass. It
// is a flat list in postfix order, operands before operators, with a marker wherever a value decides whether or how
// often the following nodes are evaluated. A tree of boxes was rejected: 1+1+1+… of 32,000 terms is a tree 32,000
// deep, which overflows a small stack when it is walked, hashed or merely freed.

/// What a formula means.
///
/// 1. Operations are carried out as written: no reassociation, no contraction, `fma` only where it is written. Operation
///    by operation (`CompiledFormula.operations`), every value is an IEEE 754 binary64 number, and nothing is kept more
///    precise in between. A formula that is rounded once (`CompiledFormula.isRoundedOnce`) has the value that the same
///    operations have in quadruple precision, rounded to binary64 at the end; its numbers, names and input elements are
///    binary64. Which one it is depends on the formula, its bindings and ``Accuracy``.
/// 2. Operation by operation, `+ - * / sqrt fma` are rounded to nearest once, and each elementary function is within
///    1 ulp of the true value at its float64 arguments (``Accuracy/fast``: 4, where that is quicker). Infinities, NaN and
///    subnormal numbers behave as IEEE 754 says; nothing traps.
/// 3. Comparisons and logic give 0 or 1. A condition is true where it is not 0; NaN is true, as in C.
/// 4. `c ? a : b`, `where(c, a, b)`, `a && b` and `a || b` evaluate only the operand they need: what the other one would do
///    (read outside an input matrix, say) does not happen.
/// 5. `x ^ y` where `y` is a single number, bound name or shape of value 1, 2 or -1 means `x`, `x*x`, `1/x`: better than a
///    power within 1 ulp. Every other exponent goes to the power function; `x^0.5` is not `sqrt(x)` (they differ at -0).
/// 6. `sum(k, first, last, term)` is `((t₀ + t₁) + t₂) + …` for `k` = first, first + 1, … while `k <= last`; without terms
///    it is 0 (a product 1). See ``LoopBounds`` for bounds that are refused.
/// 7. A `float32` matrix rounds the float64 value once, at the end.
struct Expression: Sendable {
  struct Node: Sendable {
    var kind: Kind
    /// The part of the text that an error about this node points at.
    var range: SourceRange
  }

  enum Kind: Sendable, Hashable {
    // Values: push one.
    case number(Double)
    case rowIndex, columnIndex
    /// The counter of the loop that is `loop` levels from the outermost one (0).
    case loopIndex(loop: Int)
    // Names: replaced by numbers when bound. `name` is an index into `names`.
    case rows, columns
    case parameter(name: Int)
    case inputRows(name: Int), inputColumns(name: Int)
    /// An element of an input matrix: pops column and row, pushes one. Before binding an index into `names`, after it
    /// one into the inputs.
    case element(input: Int)
    /// Pops as many values as the function takes, pushes one. `and`, `or` end what `andThen`, `orElse` began.
    case apply(Function)
    /// Only after binding. Pops an exponent of 1, 2 or -1 and the base; pushes the power as defined above.
    case integerPower(Int)

    // Markers. Positions are indexes into the list.

    /// After the condition of a choice, which it pops: if 0, evaluation goes on behind `otherwise`.
    case then(otherwise: Int)
    /// Between the two values of a choice: whoever comes here from above goes on behind `end`, the `select`.
    case otherwise(end: Int)
    /// The end of a choice; its value is on the stack.
    case select
    /// After the left operand, at `end` the operator: if the left operand decides, its 0 or 1 is the result.
    case andThen(end: Int), orElse(end: Int)
    /// After the two bounds, which it pops; the term follows, up to the `reduce` at `end`.
    case loop(end: Int)
    /// Pops a term, then repeats from behind `loop` or pushes the result.
    case reduce(Program.Reduction, loop: Int)
  }

  /// A name that the language does not know, in order of first appearance.
  struct Name: Sendable, Hashable {
    var text: String
    var isInput: Bool
    /// Where it stands first.
    var range: SourceRange
  }

  var nodes: [Node] = []
  var names: [Name] = []
}
