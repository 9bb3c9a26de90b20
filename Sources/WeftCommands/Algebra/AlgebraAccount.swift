// SPDX-License-Identifier: Apache-2.0
//
// What a command of linear algebra found and did: for people, and as JSON. Numbers that were asked for stand alone on their
// lines, so that a shell can take them.

import Multiprocessing
import Weft

struct AlgebraAccount {
  let command: String
  let elementType: ElementType
  var operands: [(name: String, source: String, shape: Shape)] = []
  var library: BLASLibrary?
  var written: [WriteReport] = []
  private let start: Deadline
  private var last: Deadline
  private var seconds: [(String, Double)] = []

  init(command: String, elementType: ElementType, start: Deadline) {
    (self.command, self.elementType, self.start, last) = (command, elementType, start, start)
  }

  mutating func hasRead() { lap("read") }
  mutating func hasComputed() { lap("compute") }
  mutating func hasWritten() { lap("write") }

  private mutating func lap(_ phase: String) {
    let now = Deadline.now
    seconds.append((phase, Double(now.nanoseconds - last.nanoseconds) / 1e9))
    last = now
  }

  private var phases: [(String, Double)] { seconds + [("total", Double(last.nanoseconds - start.nanoseconds) / 1e9)] }

  /// - Throws: where standard output cannot be written.
  func tell<Element>(
    _ answer: AlgebraAnswer<Element>, quality: [AlgebraAnswer<Element>.Fact], as options: AccountOptions, toError: Bool
  ) throws {
    if options.json {
      return try StandardOutput.write(json(answer, quality).rendered + "\n", toError: toError)
    }
    if let warning = answer.warning { StandardDescriptors.complain("weft: warning: \(warning)") }
    var text = ""
    if options.verbose {
      text = Summary.aligned(lines(answer, quality)) + "\n"
    } else if !answer.numbers.isEmpty {
      text = answer.numbers.map { $0.text + "\n" }.joined()
    } else if !written.isEmpty, !options.quiet {
      text = Summary.aligned(outputs(answer)) + "\n"
    }
    if written.isEmpty { text += answer.parts.map { corner($0, isOnly: answer.parts.count == 1) }.joined() }
    guard !text.isEmpty else { return }
    try StandardOutput.write(text, toError: toError)
  }

  // MARK: For people

  private func lines<Element>(
    _ answer: AlgebraAnswer<Element>, _ quality: [AlgebraAnswer<Element>.Fact]
  ) -> [(String, String)] {
    var lines = operands.map { ($0.name, "\($0.shape) \(elementType), \(Summary.shortened($0.source))") }
    lines += (answer.numbers + answer.facts + quality).map { ($0.label, $0.text) }
    if let library { lines.append(("library", library.description)) }
    lines.append(("time", Summary.durations(phases)))
    return lines + outputs(answer)
  }

  private func outputs<Element>(_ answer: AlgebraAnswer<Element>) -> [(String, String)] {
    answer.parts.enumerated().compactMap { index, part in
      guard let path = outputPath(of: part.name, index, answer.parts.count) else { return nil }
      let report = written[min(index, written.count - 1)]
      let file = "\(TerminalText.printable(path)), \(report.format), \(ByteCount(report.byteCount))"
      return (answer.parts.count == 1 ? "output" : part.name, "\(file), \(part.matrix.shape)")
    }
  }

  /// Where a matrix of the answer was written, as it is read again: in a file of its own, or in one with the others.
  private func outputPath(of name: String, _ index: Int, _ count: Int) -> String? {
    guard let first = written.first else { return nil }
    return written.count < count ? "\(first.path):\(name)" : written[index].path
  }

  /// The corner of a matrix that goes to no file.
  private func corner<Element>(_ part: AlgebraAnswer<Element>.Part, isOnly: Bool) -> String {
    let title = isOnly ? "" : "\(part.meaning), \(part.matrix.shape)\n"
    let corner = Corner.text(of: part.matrix, width: Terminal.width(1))
    return title + (corner.isEmpty ? "empty, \(part.matrix.shape)" : corner) + "\n" + (isOnly ? "" : "\n")
  }

  // MARK: For programs

  private func json<Element>(
    _ answer: AlgebraAnswer<Element>, _ quality: [AlgebraAnswer<Element>.Fact]
  ) -> JSON {
    let matrices = answer.parts.enumerated().map { index, part in
      JSON.object([
        ("name", .text(part.name)), ("rows", .integer(part.matrix.shape.rows)),
        ("columns", .integer(part.matrix.shape.columns)),
        ("output", .optional(outputPath(of: part.name, index, answer.parts.count))),
      ])
    }
    let sources = operands.map { operand in
      JSON.object([
        ("name", .text(operand.name)), ("source", .text(operand.source)), ("rows", .integer(operand.shape.rows)),
        ("columns", .integer(operand.shape.columns)),
      ])
    }
    var members: [(String, JSON)] = [
      ("command", .text(command)), ("dtype", .text(elementType.rawValue)), ("operands", .array(sources)),
    ]
    members += (answer.numbers + answer.facts + quality).map { ($0.key, $0.value) }
    members.append(("matrices", .array(matrices)))
    members.append(("warning", .optional(answer.warning)))
    if let library {
      members.append(("library", library.json))
    }
    members.append(("seconds", .object(phases.map { ($0.0, .number($0.1)) })))
    return .object(members)
  }
}

extension BLASLibrary {
  var json: JSON {
    .object([
      ("version", .text(version)), ("coreType", .text(coreType)), ("coreTypeSource", .text(coreTypeSource.rawValue)),
      ("threads", .integer(threads)), ("threading", .text("\(threading)")), ("configuration", .text(configuration)),
    ])
  }

  /// Aligned lines, without a newline at the end.
  var text: String {
    Summary.aligned([
      ("library", "OpenBLAS \(version)"), ("kernels", "\(coreType), \(coreTypeSource.rawValue)"),
      ("threads", "\(threads), \(threading)"), ("configuration", configuration),
    ])
  }
}
