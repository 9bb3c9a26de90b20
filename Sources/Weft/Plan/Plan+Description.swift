// SPDX-License-Identifier: Apache-2.0
//
// The plan in words: what `weft compute … --plan` prints.

import Formula

extension Plan: CustomStringConvertible {
  public var description: String {
    var lines = [
      "matrix     \(shape) \(elementType), \(ByteCount(shape.byteCount(of: elementType)))",
      "workers    \(workers == 0 ? "none, in this process" : "\(workers)") (\(workersReason))",
      "chunks     \(partition.chunkCount) of \(partition.rowsPerChunk) rows\(partition.isMirrored ? ", one triangle computed, the other copied" : isStreamed ? ", each written to the file by its worker" : "")",
      "kernels    \(kernels)\(bypassesCache ? ", storing past the caches" : "")",
      "memory     \(ByteCount(memoryNeed)) of \(ByteCount(memoryRoom.byteCount)) (\(memoryRoom.reason))",
      "verify     \(verification.rawValue)",
    ]
    switch work {
    case .kernel(let kernel, _): lines.append("kernel     \(kernel)")
    case .formula(_, let compiled): lines.append("work       \(Plan.workDescription(compiled))")
    }
    if let accuracy, let bound { lines.append("accuracy   \(accuracy), \(bound)") }
    return lines.joined(separator: "\n")
  }

  /// The bound of an element's error, in words; nil for a ``RowKernel``.
  public var bound: String? {
    guard case .formula(_, let compiled) = work else { return nil }
    return compiled.bound + (elementType == .float32 ? "; then once to float32" : "")
  }

  /// How many operations are done how often.
  private static func workDescription(_ compiled: CompiledFormula) -> String {
    switch compiled {
    case .operations(let program): workDescription(program)
    case .pairs(let program): workDescription(program)
    case .quadruple: "the whole formula per element, in quadruple precision"
    }
  }

  /// What the pairs of an element are made of.
  private static func workDescription(_ program: PairProgram) -> String {
    let rotations = program.operands.count { if case .rotation = $0 { true } else { false } }
    let tables = program.operands.count - rotations
    func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    return "pairs: \(counted(rotations, "rotation")), \(counted(tables, "table")), "
      + "\(counted(program.operationCount, "operation")) per element"
  }

  private static func workDescription(_ program: Program) -> String {
    var counts: [Rate: Int] = [:]
    for value in program.values {
      switch value.operation {
      case .apply, .gather, .reduce: counts[value.rate, default: 0] += 1
      default: break
      }
    }
    let parts = [(Rate.element, "per element"), (.row, "per row"), (.column, "per column"), (.constant, "once")]
    return parts.map { "\(counts[$0.0] ?? 0) \($0.1)" }.joined(separator: ", ")
  }
}
