// SPDX-License-Identifier: Apache-2.0
//
// What the root tells of linear algebra over ranks, for people and for programs.

import Multiprocessing
import Weft

struct DistributedReport {
  let command: String
  let start: Deadline
  var outputs: [(name: String, path: String, written: WriteReport?)] = []
  /// Of the rank that held most.
  var peakByteCount = 0

  init(command: String, start: Deadline) { (self.command, self.start) = (command, start) }

  /// - Parameter showsValues: whether numbers that are not written are to be shown.
  /// - Throws: where standard output cannot be written.
  func tell(
    _ answer: BlockCyclicAnswer, _ operands: [BlockCyclicOperand], _ algebra: BlockCyclicAlgebra,
    _ options: DistributedJobOptions, showsValues: Bool
  ) throws {
    let total = Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9
    let values = showsValues ? numbers(answer) : nil
    if options.json {
      return try StandardOutput.write(json(answer, operands, algebra, values, total).rendered + "\n")
    }
    // Numbers asked for come alone, as from 'weft'.
    let alone = values.map { $0.map { "\($0)\n" }.joined() } ?? ""
    let text = options.quiet || values != nil ? alone : lines(answer, operands, algebra, total) + "\n"
    guard !text.isEmpty else { return }
    try StandardOutput.write(text)
  }

  /// Of an answer that is numbers alone.
  private func numbers(_ answer: BlockCyclicAnswer) -> [Double]? {
    guard answer.parts.count == 1, case .values(let values) = answer.parts[0].content else { return nil }
    return values
  }

  /// As the commands of one machine tell them.
  private func facts(_ answer: BlockCyclicAnswer) -> [AlgebraAnswer<Double>.Fact] {
    let condition = answer.reciprocalCondition.map { AlgebraAnswer<Double>.Fact.condition(reciprocal: $0) }
    return [condition].compactMap(\.self) + answer.qualities.map { .quality($0.name, $0.value, $0.meaning) }
  }

  private func lines(
    _ answer: BlockCyclicAnswer, _ operands: [BlockCyclicOperand], _ algebra: BlockCyclicAlgebra, _ total: Double
  ) -> String {
    var lines = operands.map { ($0.name, "\($0.shape) float64, \(Summary.shortened(TerminalText.printable($0.text)))") }
    lines.append(("grid", "\(algebra.grid) ranks, blocks of \(algebra.block)"))
    lines.append(("method", answer.method))
    lines += facts(answer).map { ($0.label, $0.text) }
    lines.append(("library", algebra.library))
    lines.append(("memory", "\(ByteCount(peakByteCount)), the most of a rank"))
    lines.append(("time", Summary.durations(algebra.seconds + [("total", total)])))
    for (name, path, written) in outputs {
      lines.append((name, "\(TerminalText.printable(path)), npy, \(ByteCount(written?.byteCount ?? 0))"))
    }
    return Summary.aligned(lines)
  }

  private func json(
    _ answer: BlockCyclicAnswer, _ operands: [BlockCyclicOperand], _ algebra: BlockCyclicAlgebra, _ values: [Double]?,
    _ total: Double
  ) -> JSON {
    var members: [(String, JSON)] = [
      ("command", .text(command)), ("ranks", .integer(algebra.ranks.count)), ("grid", .text("\(algebra.grid)")),
      ("block", .integer(algebra.block)),
      (
        "operands",
        .array(
          operands.map {
            .object([
              ("name", .text($0.name)), ("source", .text($0.text)), ("rows", .integer($0.shape.rows)),
              ("columns", .integer($0.shape.columns)),
              ("checksum", .optional(algebra.checksums[$0.name].map { "\($0)" })),
            ])
          })
      ),
      ("method", .text(answer.method)), ("library", .text(algebra.library)),
    ]
    members += facts(answer).map { ($0.key, $0.value) }
    if let values { members.append((answer.parts[0].name, .array(values.map { .number($0) }))) }
    members += [
      ("peakBytesPerRank", .integer(peakByteCount)),
      ("seconds", .object((algebra.seconds + [("total", total)]).map { ($0.0, .number($0.1)) })),
      (
        "outputs",
        .array(
          outputs.map {
            .object([
              ("name", .text($0.name)), ("path", .text($0.path)), ("bytes", .integer($0.written?.byteCount ?? 0)),
            ])
          })
      ),
    ]
    return .object(members)
  }
}

extension BlockCyclicOperand {
  /// The formula, or the path.
  var text: String {
    switch source {
    case .formula(let job): if case .formula(let formula) = job.source { formula.text } else { name }
    case .file(let path): path
    }
  }
}
