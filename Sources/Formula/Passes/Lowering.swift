// SPDX-License-Identifier: Apache-2.0
//
// Pass: bound expression → graph.
//
// Contract: the graph's result has the bits that `ReferenceEvaluator` gives, and faults exactly where it faults. The
// pass walks the postfix list as the evaluator does, with graph nodes for numbers. Where the evaluator would jump over
// a branch, both branches are built, and whatever could fault (an element, a loop) gets a guard: the conjunction of the
// conditions on its path. Constant conditions and bounds are known by then, since folding happens on the way in.
// A loop with few terms and constant bounds is unrolled; other loops become a node with a body. What does not vary with
// a loop is built outside it. Time and size are linear in the text, plus `unrolledNodeLimit`.

struct Lowering {
  /// Loops with at most this many terms are unrolled: a kernel matrix over points in up to 64 dimensions then reads
  /// row tables and column tables, with no loop left.
  static let unrolledTermLimit = 64
  /// Nodes that all unrolled loops of a formula may add together, about; the loops that no longer fit stay loops. 8,192
  /// values are some 64 KiB of program and compile in a few milliseconds.
  static let unrolledNodeLimit = 8_192

  private let formula: BoundFormula
  private(set) var graph: Graph
  private var stack: [Graph.ID] = []
  /// Innermost last. Where the last one is 0, the evaluator would not be here.
  private var guards: [Graph.ID] = []
  /// Conditions of the choices that are open.
  private var conditions: [Graph.ID] = []
  private var loops: [Loop] = []
  private var unrolledNodes = 0

  private struct Loop {
    /// What the loop's counter is now.
    var counter: Graph.ID
    var form: Form
    enum Form {
      /// The terms before this one, and the counters still to come, last one first.
      case unrolled(result: Graph.ID?, counters: [Double])
      /// Position in the graph's loops.
      case body(loop: Int)
    }
  }

  /// The graph and its result.
  static func lower(_ formula: BoundFormula, into graph: Graph = Graph()) throws(FormulaError) -> (Graph, Graph.ID) {
    var pass = Lowering(formula, graph)
    try pass.run()
    return (pass.graph, pass.pop())
  }

  private init(_ formula: BoundFormula, _ graph: Graph) {
    self.formula = formula
    self.graph = graph
    guards = [self.graph.constant(1)]
  }

  private mutating func pop() -> Graph.ID { stack.removeLast() }

  private mutating func run() throws(FormulaError) {
    var position = 0
    while position < formula.nodes.count {
      let node = formula.nodes[position]
      position += 1
      switch node.kind {
      case .number(let value): stack.append(graph.constant(value))
      case .rowIndex: stack.append(graph.insert(.rowIndex))
      case .columnIndex: stack.append(graph.insert(.columnIndex))
      case .loopIndex(let loop): stack.append(loops[loop].counter)
      case .element(let input):
        let column = pop()
        let row = pop()
        stack.append(graph.insert(.gather(input: input), row, column, guards[guards.count - 1]))
      case .apply(let function):
        if function == .and || function == .or { guards.removeLast() }
        apply(function)
      case .integerPower(let exponent):
        _ = pop()
        let base = pop()
        stack.append(power(base, exponent))

      case .then:
        conditions.append(pop())
        guards.append(both(guards[guards.count - 1], conditions[conditions.count - 1]))
      case .otherwise:
        let condition = graph.apply(.not, conditions[conditions.count - 1])
        guards[guards.count - 1] = both(guards[guards.count - 2], condition)
      case .select:
        guards.removeLast()
        let otherwise = pop()
        let then = pop()
        stack.append(graph.apply(.select, conditions.removeLast(), then, otherwise))
      case .andThen:
        guards.append(both(guards[guards.count - 1], stack[stack.count - 1]))
      case .orElse:
        guards.append(both(guards[guards.count - 1], graph.apply(.not, stack[stack.count - 1])))

      case .loop(let end):
        position = try begin(end: end, at: position, node.range)
      case .reduce(let reduction, let start):
        position = repeatOrEnd(reduction, start: start, at: position)

      case .rows, .columns, .parameter, .inputRows, .inputColumns:
        preconditionFailure("replaced when bound")
      }
    }
  }

  // MARK: Operations

  private mutating func apply(_ function: Function) {
    let z = function.argumentCount > 2 ? pop() : Graph.Node.none
    let y = function.argumentCount > 1 ? pop() : Graph.Node.none
    let x = pop()
    stack.append(graph.apply(function, x, y, z))
  }

  private mutating func power(_ base: Graph.ID, _ exponent: Int) -> Graph.ID {
    switch exponent {
    case 1: base
    case 2: graph.apply(.multiply, base, base)
    default: graph.apply(.divide, graph.constant(1), base)
    }
  }

  /// A guard: only whether it is 0 matters, so a condition known to be true leaves the other one as it is.
  private mutating func both(_ a: Graph.ID, _ b: Graph.ID) -> Graph.ID {
    if let value = graph.constant(a) { return value != 0 ? b : graph.constant(0) }
    if let value = graph.constant(b) { return value != 0 ? a : graph.constant(0) }
    return graph.apply(.and, a, b)
  }

  // MARK: Loops

  /// At a loop's start: decides its form. Returns where to go on.
  private mutating func begin(end: Int, at start: Int, _ range: SourceRange) throws(FormulaError) -> Int {
    guard case .reduce(let reduction, _) = formula.nodes[end].kind else {
      preconditionFailure("a loop ends with reduce")
    }
    let last = pop()
    let first = pop()
    let path = guards[guards.count - 1]
    guard let from = graph.constant(first), let to = graph.constant(last) else {
      let loop = graph.loop(level: level + 1, first: first, last: last, guard: path)
      enter(loop, guard: graph.insert(.loopActive(loop: loop)))
      return start
    }
    switch LoopBounds.verdict(first: from, last: to) {
    case .empty:
      stack.append(graph.constant(reduction.emptyValue))
      return end + 1
    case .refused:
      // On a path that is never taken the loop never runs; any value will do.
      guard graph.constant(path) == 0 else {
        throw formula.source.error(.impossibleLoop, at: range, LoopBounds.complaint(reduction, first: from, last: to))
      }
      stack.append(graph.constant(reduction.emptyValue))
      return end + 1
    case .runs:
      if let counters = unrolled(from, to, nodeCount: end - start + 1) {
        loops.append(Loop(counter: graph.constant(from), form: .unrolled(result: nil, counters: counters)))
        guards.append(path)
      } else {
        // Every element runs all the terms or (guard 0) none: inside, the path's own guard says it all, and what does
        // not vary with the counter can be computed outside.
        enter(graph.loop(level: level + 1, first: first, last: last, guard: path), guard: path)
      }
      return start
    }
  }

  /// Bodies around this place.
  private var level: Int {
    loops.count { if case .body = $0.form { true } else { false } }
  }

  private mutating func enter(_ loop: Int, guard condition: Graph.ID) {
    loops.append(Loop(counter: graph.insert(.loopIndex(loop: loop)), form: .body(loop: loop)))
    guards.append(condition)
  }

  /// The counters behind the first one, last one first; nil if the loop is too long to unroll.
  private mutating func unrolled(_ first: Double, _ last: Double, nodeCount: Int) -> [Double]? {
    var counters: [Double] = []
    var counter = first + 1
    while counter <= last {
      counters.append(counter)
      counter += 1
      if counters.count >= Self.unrolledTermLimit { return nil }
    }
    let added = counters.count * nodeCount
    guard unrolledNodes + added <= Self.unrolledNodeLimit else { return nil }
    unrolledNodes += added
    return counters.reversed()
  }

  /// At a loop's end. Returns where to go on.
  private mutating func repeatOrEnd(_ reduction: Program.Reduction, start: Int, at next: Int) -> Int {
    let term = pop()
    switch loops[loops.count - 1].form {
    case .body(let loop):
      stack.append(graph.insert(.reduce(reduction, loop: loop), term))
    case .unrolled(let result, var counters):
      let operation: Function = reduction == .sum ? .add : .multiply
      let sum = result.map { graph.apply(operation, $0, term) } ?? term
      if let counter = counters.popLast() {
        loops[loops.count - 1] = Loop(
          counter: graph.constant(counter), form: .unrolled(result: sum, counters: counters))
        return start + 1
      }
      stack.append(sum)
    }
    loops.removeLast()
    guards.removeLast()
    return next
  }
}
