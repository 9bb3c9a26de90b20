// SPDX-License-Identifier: Apache-2.0
//
// Pass: graph → program. Says which values are needed, in which body each is computed, and in what order.
//
// Contract: exactly the nodes that the result needs become values (dead ones are left out by never being asked for),
// each once in each body that computes it: constants, then the others in the order in which the formula made them. A value
// that a body needs and that does not vary with its loop is computed outside and captured; constants are repeated
// instead. Rates are left to `Rates`.

struct Scheduling {
  private let graph: Graph
  /// What each loop's body is made of, once it has been asked for.
  private var bodies: [Graph.ID: Block] = [:]

  /// A value list in the making.
  private struct Block {
    /// Nodes computed here: constants, then the others, operands first.
    var nodes: [Graph.ID]
    /// Nodes computed outside, outermost first, then ascending.
    var captured: [Graph.ID]
    var values: [Program.Value]
    var result: Int
  }

  static func schedule(_ graph: Graph, result: Graph.ID, for formula: BoundFormula) -> Program {
    var pass = Scheduling(graph: graph)
    let block = pass.block(result, level: 0)
    precondition(block.captured.isEmpty, "nothing is outside the outermost block")
    return Program(values: block.values, result: block.result, inputs: formula.inputs, origin: formula.origin)
  }

  private init(graph: Graph) {
    self.graph = graph
  }

  /// The values that `result` needs at one level. Recursive in loops inside loops, of which there are at most
  /// `Parser.loopLimit`; everything else is a worklist.
  private mutating func block(_ result: Graph.ID, level: Int) -> Block {
    var block = Block(nodes: [], captured: [], values: [], result: 0)
    var seen: Set<Graph.ID> = [result]
    var work = [result]
    while let id = work.popLast() {
      guard graph.level(id) == level || graph.constant(id) != nil else {
        block.captured.append(id)
        continue
      }
      block.nodes.append(id)
      for operand in dependencies(id) where seen.insert(operand).inserted { work.append(operand) }
    }
    block.nodes.sort { order($0) < order($1) }
    block.captured.sort { (graph.level($0), $0) < (graph.level($1), $1) }

    var positions: [Graph.ID: Int] = [:]
    for (index, id) in block.captured.enumerated() {
      positions[id] = block.values.count
      block.values.append(Program.Value(.captured(index: index), rate: .constant))
    }
    for id in block.nodes {
      // Operands have smaller numbers and so positions already.
      let operands = dependencies(id).map { operand in
        guard let position = positions[operand] else { preconditionFailure("operands precede their users") }
        return position
      }
      positions[id] = block.values.count
      block.values.append(Program.Value(operation(id), operands, rate: .constant))
    }
    guard let position = positions[result] else { preconditionFailure("the result is the first node asked for") }
    block.result = position
    return block
  }

  /// Constants by bit pattern, then everything else as the formula made it: a constant is shared by all bodies, so when it
  /// was made says nothing about this one.
  private func order(_ id: Graph.ID) -> (Int, UInt64) {
    if case .constant(let bits) = graph.nodes[id].operation { return (0, bits) }
    return (1, UInt64(id))
  }

  /// The operands of a node's value: for a loop, bounds and guard, then what its body captures.
  private mutating func dependencies(_ id: Graph.ID) -> [Graph.ID] {
    guard case .reduce = graph.nodes[id].operation else { return graph.operands(id) }
    return graph.operands(id) + body(id).captured
  }

  private mutating func body(_ id: Graph.ID) -> Block {
    if let known = bodies[id] { return known }
    guard case .reduce(_, let loop) = graph.nodes[id].operation else { preconditionFailure("only loops have bodies") }
    let made = block(graph.nodes[id].x, level: graph.loops[loop].level)
    bodies[id] = made
    return made
  }

  private mutating func operation(_ id: Graph.ID) -> Program.Operation {
    switch graph.nodes[id].operation {
    case .constant(let bits): return .constant(bitPattern: bits)
    case .rowIndex: return .rowIndex
    case .columnIndex: return .columnIndex
    case .apply(let function): return .apply(function)
    case .gather(let input): return .gather(input: input)
    case .loopIndex: return .loopIndex
    case .loopActive: return .loopActive
    case .reduce(let reduction, _):
      let block = body(id)
      return .reduce(reduction, body: Program.Body(values: block.values, result: block.result))
    }
  }
}
