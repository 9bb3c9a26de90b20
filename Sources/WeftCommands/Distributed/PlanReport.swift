// SPDX-License-Identifier: Apache-2.0
//
// A prediction in words and as JSON.

import Weft

struct PlanReport {
  var model: ScalingModel
  var size: Int
  var elementType: ElementType
  var formula: String
  var predictions: [ScalingPrediction]

  // MARK: For people

  /// Aligned lines, without a newline at the end.
  var text: String {
    let bytes = Int(min(9e18, Double(size) * Double(size) * Double(elementType.byteCount)))
    let (grid, ranks) = (model.grid, model.ranks)
    var lines = [
      ("predicted", "nothing here was measured but the constants"),
      (
        "job",
        "\(counted(ranks, "rank")) on \(counted(model.nodes, "node")) with \(counted(model.coresPerNode, "core")) each"
      ),
      ("matrix", "\(size)×\(size) \(elementType), \(ByteCount(bytes))"),
      ("formula", Summary.shortened(TerminalText.printable(formula))),
      ("grid", "\(grid.rows)×\(grid.columns) ranks, blocks of \(ScalingModel.blockSize)×\(ScalingModel.blockSize)"),
    ]
    lines += table
    lines += labelled("advice", advice)
    lines += labelled("constants", constants)
    return Summary.aligned(lines)
  }

  /// What is said of all tasks is said once.
  private var advice: [String] {
    let common = predictions.first?.advice.filter { sentence in
      predictions.allSatisfy { $0.advice.contains(sentence) }
    }
    return (common ?? [])
      + predictions.flatMap { prediction in
        prediction.advice.filter { common?.contains($0) == false }.map { "\(prediction.task.rawValue): \($0)" }
      }
  }

  /// Those of one origin on one line.
  private var constants: [String] {
    var byOrigin: [(origin: String, figures: [String])] = []
    for (name, unit, constant) in model.constants.all {
      let figure = "\(name) \(amount(constant.value, unit))"
      if let index = byOrigin.firstIndex(where: { $0.origin == constant.origin }) {
        byOrigin[index].figures.append(figure)
      } else {
        byOrigin.append((constant.origin, [figure]))
      }
    }
    return byOrigin.map { "\($0.figures.joined(separator: ", ")) (\($0.origin))" }
  }

  private func labelled(_ label: String, _ lines: [String]) -> [(String, String)] {
    lines.enumerated().map { ($0.offset == 0 ? label : "", $0.element) }
  }

  /// A column for each task.
  private var table: [(String, String)] {
    var rows: [(String, [String])] = [("", predictions.map(\.task.rawValue))]
    for phase in ScalingPhase.allCases where predictions.contains(where: { $0.seconds[phase] != nil }) {
      rows.append((phase.rawValue, predictions.map { $0.seconds[phase].map(Summary.duration) ?? "" }))
    }
    rows += [
      ("total", predictions.map { Summary.duration($0.total) }),
      ("limit", predictions.map(\.limit)),
      ("one node", predictions.map { Summary.duration($0.oneMachineSeconds) }),
      ("rank holds", predictions.map { "\(ByteCount(Int(min(9e18, $0.bytesPerRank))))" }),
      ("messages", predictions.map { "\($0.messagesPerRank)" }),
    ]
    let width = 2 + (rows.flatMap(\.1).map(\.count).max() ?? 0)
    return rows.map { label, cells in
      let line = cells.map { String(repeating: " ", count: width - $0.count) + $0 }.joined()
      return (label, String(line.reversed().drop { $0 == " " }.reversed()))
    }
  }

  private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// "1.49 ns", "2.5 GB/s", "38 Gflop/s".
  private func amount(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "s":
      value < 1e-6
        ? Summary.duration(value * 1e9, "ns")
        : value < 1e-3 ? Summary.duration(value * 1e6, "µs") : Summary.duration(value)
    case "flop/s": Summary.duration(value / 1e9, "Gflop/s")
    default: "\(ByteCount(Int(min(9e18, value))))/s"
    }
  }

  // MARK: For programs

  var json: JSON {
    .object([
      ("prediction", .bool(true)), ("size", .integer(size)), ("dtype", .text(elementType.rawValue)),
      ("formula", .text(formula)), ("nodes", .integer(model.nodes)), ("ranks", .integer(model.ranks)),
      ("cores", .integer(model.coresPerNode)),
      ("grid", .array([.integer(model.grid.rows), .integer(model.grid.columns)])),
      ("tasks", .array(predictions.map(json))),
      (
        "constants",
        .array(
          model.constants.all.map {
            .object([
              ("name", .text($0.name)), ("value", .number($0.constant.value)), ("unit", .text($0.unit)),
              ("origin", .text($0.constant.origin)),
            ])
          })
      ),
    ])
  }

  private func json(_ prediction: ScalingPrediction) -> JSON {
    .object([
      ("task", .text(prediction.task.rawValue)),
      ("seconds", .object(prediction.phases.map { ($0.phase.rawValue, .number($0.seconds)) })),
      ("total", .number(prediction.total)), ("limit", .text(prediction.limit)),
      ("oneNodeSeconds", .number(prediction.oneMachineSeconds)), ("bytesPerRank", .number(prediction.bytesPerRank)),
      ("messagesPerRank", .integer(prediction.messagesPerRank)), ("wordsPerRank", .number(prediction.wordsPerRank)),
      ("advice", .array(prediction.advice.map(JSON.text))),
    ])
  }
}
