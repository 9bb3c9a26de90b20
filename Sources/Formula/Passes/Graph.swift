// SPDX-License-Identifier: Apache-2.0
//
// What the passes work on: a directed acyclic graph in which equal values are one node, so that common subexpressions
// are found by construction. Filled by `Lowering`, read by `Scheduling`.

/// Values and the operands they are made of. Contract: a node's operands have smaller numbers than the node, two nodes
/// never have equal contents, and a node never changes once it is there; so every rewrite happens on the way in
/// (`apply`), with operands that are final already, and once is enough.
struct Graph {
  /// Position in `nodes`.
  typealias ID = Int

  struct Node: Hashable {
    var operation: Operation
    /// `none` where the operation takes fewer.
    var x: ID
    var y: ID
    var z: ID
    static let none = -1
  }

  enum Operation: Hashable {
    case constant(bitPattern: UInt64)
    case rowIndex, columnIndex
    case apply(Function)
    /// x: row index, y: column index, z: guard.
    case gather(input: Int)
    /// Position in `loops`.
    case loopIndex(loop: Int)
    case loopActive(loop: Int)
    /// x: the term.
    case reduce(Program.Reduction, loop: Int)
  }

  /// Loops with the same bounds and guard at the same level are one loop, so that equal terms in two sums are one node.
  struct Loop: Hashable {
    /// 1 for the outermost.
    var level: Int
    var first: ID
    var last: ID
    var `guard`: ID
  }

  private(set) var nodes: [Node] = []
  private(set) var loops: [Loop] = []
  /// For each node, the levels of the loops it varies with: bit 0 is level 1. Its highest level says in which loop's body it
  /// is computed; a value that does not vary with a loop is computed outside of it.
  private(set) var levels: [UInt32] = []
  private var numbers: [Node: ID] = [:]
  private var loopNumbers: [Loop: Int] = [:]
  /// Off only in tests, which compare a program with and without rewrites.
  var rewrites = true

  // MARK: Reading

  /// The level of the loop in whose body a node is computed; 0 outside of all.
  func level(_ id: ID) -> Int { UInt32.bitWidth - levels[id].leadingZeroBitCount }

  func constant(_ id: ID) -> Double? {
    guard case .constant(let bits) = nodes[id].operation else { return nil }
    return Double(bitPattern: bits)
  }

  /// The nodes that a node reads, in the order of the program's operands. (For a loop: without what its body reads.)
  func operands(_ id: ID) -> [ID] {
    let node = nodes[id]
    if case .reduce(_, let loop) = node.operation { return [loops[loop].first, loops[loop].last, loops[loop].guard] }
    return [node.x, node.y, node.z].filter { $0 != Node.none }
  }

  // MARK: Adding

  mutating func constant(_ value: Double) -> ID {
    // One NaN: which one an operation gives depends on the machine, and the language does not tell them apart.
    insert(.constant(bitPattern: value.isNaN ? Double.nan.bitPattern : value.bitPattern))
  }

  mutating func loop(level: Int, first: ID, last: ID, guard condition: ID) -> Int {
    let loop = Loop(level: level, first: first, last: last, guard: condition)
    if let known = loopNumbers[loop] { return known }
    loops.append(loop)
    loopNumbers[loop] = loops.count - 1
    return loops.count - 1
  }

  mutating func insert(_ operation: Operation, _ x: ID = Node.none, _ y: ID = Node.none, _ z: ID = Node.none) -> ID {
    let node = Node(operation: operation, x: x, y: y, z: z)
    if let known = numbers[node] { return known }
    let id = nodes.count
    nodes.append(node)
    levels.append(levels(of: node))
    numbers[node] = id
    return id
  }

  private func levels(of node: Node) -> UInt32 {
    let operands = [node.x, node.y, node.z].reduce(into: UInt32(0)) { $0 |= $1 == Node.none ? 0 : levels[$1] }
    func bounds(_ loop: Loop) -> UInt32 { levels[loop.first] | levels[loop.last] | levels[loop.guard] }
    func own(_ loop: Loop) -> UInt32 { 1 << UInt32(loop.level - 1) }
    switch node.operation {
    case .loopIndex(let loop): return own(loops[loop]) | levels[loops[loop].first]
    case .loopActive(let loop): return own(loops[loop]) | bounds(loops[loop])
    case .reduce(_, let loop): return (operands & ~own(loops[loop])) | bounds(loops[loop])
    case .constant, .rowIndex, .columnIndex, .apply, .gather: return operands
    }
  }

  /// A function of known values: folded or rewritten where the result is known bit for bit, else a node.
  mutating func apply(_ function: Function, _ x: ID, _ y: ID = Node.none, _ z: ID = Node.none) -> ID {
    guard rewrites else { return insert(.apply(function), x, y, z) }
    if let folded = folded(function, x, y, z) { return folded }
    let (x, y) = canonicalOrder(function, x, y)
    if let simpler = simplified(function, x, y, z) { return simpler }
    return insert(.apply(function), x, y, z)
  }

  /// Commutative operations have their operands in one order: constants last, what is computed outside of a loop before
  /// them, otherwise as they were first made. `x op y` and `y op x` are then one node, and a rewrite rule has to be
  /// written for one order only.
  private func canonicalOrder(_ function: Function, _ x: ID, _ y: ID) -> (ID, ID) {
    guard function.isCommutative else { return (x, y) }
    func key(_ id: ID) -> (Int, Int, ID) { (constant(id) == nil ? 0 : 1, -level(id), id) }
    return key(y) < key(x) ? (y, x) : (x, y)
  }
}

extension Function {
  /// Whether both orders of its two operands give the same bits. Not hypot: that is nowhere promised.
  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .minimum, .maximum, .equal, .notEqual, .and, .or: true
    default: false
    }
  }
}
