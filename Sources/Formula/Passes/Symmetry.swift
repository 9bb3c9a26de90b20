// SPDX-License-Identifier: Apache-2.0
//
// Pass: does the formula give the same bits when i and j change places?
//
// Contract: true only if element (i, j) and element (j, i) are computed by the same operations on the same numbers, up to the
// order of operands where an operation is commutative to the bit, and up to the sign of a difference where only its
// magnitude counts: (x - y)² and |x - y|, since x - y is -(y - x) exactly. So one triangle of a square matrix can be
// computed and the other copied. Reads the graph, changes nothing; time linear in its size.

struct Symmetry {
  /// What a node is, operands by the number of their own key: two nodes with one key have the same bits.
  private struct Key: Hashable {
    var operation: Operation
    var operands: [Int]
  }
  private enum Operation: Hashable {
    case constant(UInt64)
    case rowIndex, columnIndex
    case apply(Function)
    /// |x - y| or (x - y)².
    case magnitudeOfDifference(Function)
    case gather(input: Int)
    case loopIndex, loopActive
    case reduce(Program.Reduction)
    case loop(level: Int)
  }

  private let graph: Graph
  private var numbers: [Key: Int] = [:]
  /// For every node its number as it stands, and with i and j exchanged.
  private var plain: [Int] = []
  private var exchanged: [Int] = []

  static func holds(_ graph: Graph, result: Graph.ID) -> Bool {
    var pass = Symmetry(graph: graph)
    // Operands have smaller numbers than their users; a loop's bounds are made before its body.
    for id in 0...result {
      pass.plain.append(pass.number(id, isExchanged: false))
      pass.exchanged.append(pass.number(id, isExchanged: true))
    }
    return pass.plain[result] == pass.exchanged[result]
  }

  private init(graph: Graph) { self.graph = graph }

  private mutating func number(_ key: Key) -> Int {
    if let known = numbers[key] { return known }
    numbers[key] = numbers.count
    return numbers.count - 1
  }

  private mutating func number(_ id: Graph.ID, isExchanged: Bool) -> Int {
    let node = graph.nodes[id]
    func known(_ operand: Graph.ID) -> Int { isExchanged ? exchanged[operand] : plain[operand] }
    let operands = [node.x, node.y, node.z].filter { $0 != Graph.Node.none }.map { known($0) }
    switch node.operation {
    case .constant(let bits): return number(Key(operation: .constant(bits), operands: []))
    case .rowIndex: return number(Key(operation: isExchanged ? .columnIndex : .rowIndex, operands: []))
    case .columnIndex: return number(Key(operation: isExchanged ? .rowIndex : .columnIndex, operands: []))
    case .gather(let input): return number(Key(operation: .gather(input: input), operands: operands))
    case .loopIndex(let loop):
      return number(Key(operation: .loopIndex, operands: [number(ofLoop: loop, isExchanged)]))
    case .loopActive(let loop):
      return number(Key(operation: .loopActive, operands: [number(ofLoop: loop, isExchanged)]))
    case .reduce(let reduction, let loop):
      return number(Key(operation: .reduce(reduction), operands: operands + [number(ofLoop: loop, isExchanged)]))
    case .apply(let function):
      if let difference = difference(under: node, function) {
        return number(
          Key(
            operation: .magnitudeOfDifference(function),
            operands: [known(difference.0), known(difference.1)].sorted()))
      }
      return number(Key(operation: .apply(function), operands: function.isCommutative ? operands.sorted() : operands))
    }
  }

  private mutating func number(ofLoop index: Int, _ isExchanged: Bool) -> Int {
    let loop = graph.loops[index]
    let operands = [loop.first, loop.last, loop.guard].map { isExchanged ? exchanged[$0] : plain[$0] }
    return number(Key(operation: .loop(level: loop.level), operands: operands))
  }

  private func difference(under node: Graph.Node, _ function: Function) -> (Graph.ID, Graph.ID)? {
    guard function == .abs || function == .multiply && node.x == node.y,
      graph.nodes[node.x].operation == .apply(.subtract)
    else { return nil }
    return (graph.nodes[node.x].x, graph.nodes[node.x].y)
  }
}
