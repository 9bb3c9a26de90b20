// SPDX-License-Identifier: Apache-2.0
//
// What a run was: for people and as JSON. The one place that knows the names of the JSON's keys.

import Weft

/// The account of a run of `weft compute`.
struct Summary {
  var formula: String
  var report: ComputeReport
  /// Seconds before the engine was asked: options, checks, input files. Counted as planning.
  var preparation: Double
  /// Nil: nothing was written.
  var written: WriteReport?
  var writeSeconds: Double

  private var planSeconds: Double { preparation + report.seconds.plan }
  private var totalSeconds: Double { preparation + report.seconds.total + writeSeconds }

  /// Exactly the keys that are promised; `output` is null and `write` 0 where nothing was written.
  var json: JSON {
    let seconds = report.seconds
    return .object([
      ("formula", .text(formula)), ("rows", .integer(report.shape.rows)), ("columns", .integer(report.shape.columns)),
      ("dtype", .text(report.elementType.rawValue)), ("accuracy", .optional(report.accuracy?.rawValue)),
      ("bound", .optional(report.bound)), ("workers", .integer(report.workers)),
      ("chunks", .integer(report.chunks)), ("chunksFound", .integer(report.chunksFound)),
      ("retries", .integer(report.retries)),
      (
        "seconds",
        .object([
          ("plan", .number(planSeconds)), ("start", .number(seconds.start)), ("compute", .number(seconds.compute)),
          ("validate", .number(seconds.validate)), ("write", .number(writeSeconds)), ("total", .number(totalSeconds)),
        ])
      ),
      ("bytesPerSecond", .number(report.bytesPerSecond)), ("checksum", .optional(report.checksum?.description)),
      ("output", .optional(written?.path)), ("nonfinite", .integer(report.nonfiniteCount)),
      ("verified", .text(report.verified.rawValue)),
    ])
  }

  private var chunks: String {
    let found = report.chunksFound == 0 ? "" : "\(report.chunksFound) of them by an earlier run, "
    return "\(report.chunks), \(found)\(report.retries == 0 ? "none" : "\(report.retries)") computed again"
  }

  /// Aligned lines, without a newline at the end.
  var text: String {
    let seconds = report.seconds
    let phases = [
      ("plan", planSeconds), ("start", seconds.start), ("compute", seconds.compute), ("validate", seconds.validate),
      ("write", writeSeconds), ("total", totalSeconds),
    ]
    var lines = [
      ("matrix", "\(report.shape) \(report.elementType), \(ByteCount(report.shape.byteCount(of: report.elementType)))"),
      ("formula", Summary.shortened(TerminalText.printable(formula))),
      ("accuracy", accuracy),
      ("workers", report.workers > 0 || report.chunks == 0 ? "\(report.workers)" : "none, computed in this process"),
      ("chunks", chunks),
      ("time", Summary.durations(phases)),
      ("rate", "\(ByteCount(Int(exactly: report.bytesPerSecond.rounded()) ?? 0))/s"),
      ("checksum", report.checksum?.description ?? "not taken"),
      ("verified", verification),
      ("nonfinite", nonfinite),
    ]
    if let written {
      lines.append(
        ("output", "\(TerminalText.printable(written.path)), \(written.format), \(ByteCount(written.byteCount))"))
    }
    return Summary.aligned(lines)
  }

  private var accuracy: String {
    guard let accuracy = report.accuracy, let bound = report.bound else { return "the kernel's own" }
    return "\(accuracy), \(bound)"
  }

  private var verification: String {
    let elements = "\(report.elementsRecomputed) element\(report.elementsRecomputed == 1 ? "" : "s")"
    return switch report.verified {
    case .none: "nothing but that every chunk was done"
    case .sample: "checksums, and \(elements) computed anew"
    case .full: "checksums, and all \(elements) computed anew"
    }
  }

  private var nonfinite: String {
    guard let first = report.firstNonfinite else { return "none" }
    return "\(report.nonfiniteCount), the first in row \(first.row), column \(first.column) (from 0)"
  }

  /// A formula may have 64 KiB; the JSON has all of it.
  static func shortened(_ text: String) -> String {
    let line = String(text.map { $0.isNewline ? " " : $0 })
    return line.count <= 200 ? line : line.prefix(199) + "…"
  }

  /// Labels padded to the same width.
  static func aligned(_ lines: [(String, String)]) -> String {
    let width = (lines.map(\.0.count).max() ?? 0) + 3
    return lines.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + $0.1 }.joined(separator: "\n")
  }

  /// Phases and their times, in a line.
  static func durations(_ phases: [(String, Double)]) -> String {
    phases.map { "\($0.0) \(duration($0.1))" }.joined(separator: ", ")
  }

  /// Three significant digits: "0.412 ms", "12.3 ms", "1.24 s".
  static func duration(_ seconds: Double) -> String {
    seconds < 0.9995 ? duration(seconds * 1000, "ms") : duration(seconds, "s")
  }

  /// Three significant digits of a number in any unit.
  static func duration(_ value: Double, _ unit: String) -> String {
    let digits: Double = value < 0.9995 ? 1000 : value < 9.995 ? 100 : value < 99.95 ? 10 : 1
    let rounded = (value * digits).rounded() / digits
    return rounded == rounded.rounded() && rounded < 1e15 ? "\(Int(rounded)) \(unit)" : "\(rounded) \(unit)"
  }
}
