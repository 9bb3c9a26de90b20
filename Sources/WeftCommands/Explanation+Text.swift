// SPDX-License-Identifier: Apache-2.0
//
// An explanation in words and as JSON.

import Weft

extension Explanation {
  // MARK: For people

  /// Aligned lines, without a newline at the end.
  func text(_ formula: String) -> String {
    let size = ByteCount(plan.shape.byteCount(of: plan.elementType))
    var lines = [
      ("matrix", "\(plan.shape) \(plan.elementType), \(size)"),
      ("formula", Summary.shortened(TerminalText.printable(formula))),
      ("form", form),
    ]
    if self.formula.form == .operations {
      let counts = self.formula.counts.map { "\($0.count) \($0.rate.adverb)" }
      lines.append(("operations", counts.isEmpty ? "none" : counts.joined(separator: ", ")))
    }
    lines += parts.enumerated().map { ($0.offset == 0 ? "parts" : "", $0.element) }
    if plan.partition.isMirrored { lines.append(("symmetry", "one triangle is computed, the other copied")) }
    lines += [
      ("element", Summary.shortened(TerminalText.printable(self.formula.element))),
      ("cost", cost),
      ("accuracy", "\(plan.accuracy?.rawValue ?? ""), \(plan.bound ?? "")"),
      ("measured", measured),
      ("predicted", predicted),
    ]
    return Summary.aligned(lines)
  }

  private var form: String {
    let because = formula.obstacle.map { "; not pairs: \($0)" } ?? ""
    return switch formula.form {
    case .pairs: "pairs of doubles, rounded once, every element certified"
    case .operations: "operation by operation\(because)"
    case .quadruple: "quadruple precision, element by element, rounded once\(because)"
    }
  }

  /// `a = cos(i+j)   table along i+j, 1999 values`
  private var parts: [String] {
    let width = formula.parts.map(\.text.count).max() ?? 0
    return formula.parts.map { part in
      let space = String(repeating: " ", count: width - part.text.count + 3)
      return "\(part.name) = \(part.text)\(space)\(part.kind)"
    }
  }

  private var cost: String {
    let cost = formula.cost
    let unit = formula.form == .quadruple ? "flop in binary128" : "flop"
    var words = [counted(cost.operations, unit)]
    if cost.functions > 0 { words.append(counted(cost.functions, "function")) }
    if cost.bytesRead > 0 { words.append("\(cost.bytesRead) bytes read from caches") }
    words.append("\(plan.elementType.byteCount) bytes written")
    return "per element " + words.joined(separator: ", ")
      + (cost.hasLoops ? "; what stands in a sum or product once for every term" : "")
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    guard count != 1, let first = noun.split(separator: " ").first else { return "\(count) \(noun)" }
    return "\(count) \(first)s\(noun.dropFirst(first.count))"
  }

  private var measured: String {
    let nanoseconds = prediction.nanosecondsPerElement
    let time = nanoseconds < 1000 ? Summary.duration(nanoseconds, "ns") : Summary.duration(nanoseconds / 1e9)
    guard plan.shape.count > 0 else { return "nothing: the matrix has no elements" }
    let what =
      prediction.elementsMeasured == 0
      ? "more than \(time) an element: none was finished in time"
      : "\(time) an element for one worker (\(plan.kernels), \(prediction.elementsMeasured) elements tried)"
    let rate = ByteCount(Int(min(1e15, prediction.bytesPerSecond)))
    return "\(what); memory written at \(rate)/s by \(counted(prediction.concurrency, "thread"))"
  }

  private var predicted: String {
    func time(_ seconds: Double) -> String { Summary.duration(seconds) }
    let (limit, other) =
      prediction.isBoundByMemory
      ? ("memory", "arithmetic alone \(time(prediction.arithmeticSeconds))")
      : ("arithmetic", "memory alone \(time(prediction.memorySeconds))")
    guard plan.shape.count > 0 else { return "nothing to compute" }
    let least = prediction.elementsMeasured == 0 ? "at least " : ""
    return
      "\(least)\(time(prediction.seconds)): \(time(prediction.startSeconds)) to start workers and make memory, then "
      + "\(time(prediction.computeSeconds)), bound by \(limit) (\(other))"
  }

  // MARK: For programs

  func json(_ formula: String) -> JSON {
    let (explained, cost) = (self.formula, self.formula.cost)
    return .object([
      ("formula", .text(formula)), ("rows", .integer(plan.shape.rows)), ("columns", .integer(plan.shape.columns)),
      ("dtype", .text(plan.elementType.rawValue)), ("workers", .integer(plan.workers)),
      ("kernels", .text(plan.kernels)),
      ("form", .text(explained.form.rawValue)), ("obstacle", .optional(explained.obstacle)),
      (
        "operations",
        .array(explained.counts.map { .object([("rate", .text($0.rate.name)), ("count", .integer($0.count))]) })
      ),
      (
        "parts",
        .array(
          explained.parts.map {
            .object([
              ("name", .text($0.name)), ("formula", .text($0.text)),
              ("kind", .text($0.isRotation ? "rotation" : "table")), ("rate", .text($0.rate.name)),
              ("values", .integer($0.valueCount)),
            ])
          })
      ),
      ("element", .text(explained.element)), ("mirrored", .bool(plan.partition.isMirrored)),
      (
        "cost",
        .object([
          ("flops", .integer(cost.operations)), ("functions", .integer(cost.functions)),
          ("bytesRead", .integer(cost.bytesRead)), ("bytesWritten", .integer(plan.elementType.byteCount)),
          ("loops", .bool(cost.hasLoops)),
        ])
      ),
      ("accuracy", .optional(plan.accuracy?.rawValue)), ("bound", .optional(plan.bound)),
      (
        "measured",
        .object([
          ("nanosecondsPerElement", .number(prediction.nanosecondsPerElement)),
          ("elements", .integer(prediction.elementsMeasured)), ("bytesPerSecond", .number(prediction.bytesPerSecond)),
          ("threads", .integer(prediction.concurrency)),
        ])
      ),
      (
        "predicted",
        .object([
          ("start", .number(prediction.startSeconds)), ("arithmetic", .number(prediction.arithmeticSeconds)),
          ("memory", .number(prediction.memorySeconds)), ("compute", .number(prediction.computeSeconds)),
          ("total", .number(prediction.seconds)),
          ("boundBy", .text(prediction.isBoundByMemory ? "memory" : "arithmetic")),
        ])
      ),
    ])
  }
}

extension FormulaExplanation.Part {
  fileprivate var kind: String {
    guard !isRotation else { return "rotation" }
    return switch rate {
    case .once: "one value"
    case .perRow: "\(valueCount) values, one a row"
    case .perColumn: "\(valueCount) values, one a column"
    case .perLine(let line): "\(valueCount) values, along \(line.formula)"
    case .perElement: "every element"
    }
  }
}

extension FormulaExplanation.Rate {
  fileprivate var adverb: String {
    if case .perLine(let line) = self { "along \(line.formula)" } else { name }
  }

  /// For programs.
  fileprivate var name: String {
    switch self {
    case .once: "once"
    case .perRow: "per row"
    case .perColumn: "per column"
    case .perLine(let line): line.formula
    case .perElement: "per element"
    }
  }
}
