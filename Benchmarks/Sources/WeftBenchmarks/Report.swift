// SPDX-License-Identifier: Apache-2.0
//
// What was measured, for people: one table. Report+JSON.swift has it for programs.

/// All results of one run of the harness.
struct Report {
  var machine: MachineDescription
  var results: [ContestResult] = []
  var memory: MemoryMeasurement?
  /// Those of section `plot`: a line each, since the plot has the rest.
  var speeds: [ContestResult] = []

  /// Times are those of all counted runs; `× limit` is the ratio of medians, then that of minima. Rates are of medians.
  var table: String {
    var lines = ["\(machine)"]
    if !results.isEmpty {
      lines += ["", Report.line("", "min", "median", "× limit (of minima)", "target")]
    }
    for result in results {
      lines += ["", result.title]
      lines += result.entries.map { Report.line(of: $0, in: result) }
      if let spread = result.spread {
        lines.append(
          Report.line(
            "  the largest divided by the smallest", "", "",
            "\(Report.short(spread.ofMedians)) (\(Report.short(spread.ofMinima)))"))
      }
    }
    if let memory { lines += ["", memory.table] }
    if !speeds.isEmpty { lines += ["", PlotContests.table(speeds)] }
    return lines.joined(separator: "\n")
  }

  private static func line(of entry: ContestResult.Entry, in result: ContestResult) -> String {
    let name = "  " + entry.contestant.name
    if let absence = entry.absence { return "\(padded(name, to: nameWidth))  skipped: \(absence)" }
    guard let minimum = entry.minimum, let median = entry.median else { return name }
    var ratio = ""
    if let ofMedians = result.ratioOfMedians(entry), let ofMinima = result.ratioOfMinima(entry) {
      ratio = "\(short(ofMedians)) (\(short(ofMinima)))"
    }
    let rate = result.rate.map { ["\(short($0.amount / median / 1e9)) \($0.unit)"] } ?? []
    let remarks = rate + entry.contestant.aims.map { $0.verdict(entry, in: result) }
    return line(name, time(minimum), time(median), ratio, remarks.joined(separator: "; "))
  }

  private static let nameWidth = 58

  static func line(_ name: String, _ columns: String...) -> String {
    let widths = [12, 12, 21]
    var text = padded(name, to: nameWidth)
    for (column, width) in zip(columns, widths) {
      text += String(repeating: " ", count: max(1, width - column.count)) + column
    }
    if columns.count > widths.count, let last = columns.last, !last.isEmpty { text += "   " + last }
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func time(_ seconds: Double) -> String {
    if seconds < 1e-8 { return "\(short(seconds * 1e9)) ns" }
    return seconds < 1e-4 ? "\(short(seconds * 1e6)) µs" : "\(short(seconds * 1000)) ms"
  }

  /// Three significant digits, more for thousands: "0.412", "12.3", "1240".
  static func short(_ value: Double) -> String {
    let digits = value < 0.9995 ? 1000.0 : value < 9.995 ? 100 : value < 99.95 ? 10 : 1
    let rounded = (value * digits).rounded() / digits
    guard digits > 1 else { return "\(Int(rounded))" }
    let parts = "\(rounded)".split(separator: ".")
    let places = digits == 1000 ? 3 : digits == 100 ? 2 : 1
    let fraction = parts.count > 1 ? parts[1] : ""
    return parts[0] + "." + fraction + String(repeating: "0", count: max(0, places - fraction.count))
  }
}

extension MemoryMeasurement {
  var table: String {
    func megabytes(_ bytes: Int) -> String { "\(Report.short(Double(bytes) / 1e6)) MB" }
    let verdict = beside <= Self.targetByteCount ? "met" : "missed"
    var lines = [
      "memory of weft compute, \(Self.size)², \(processes.count - 1) workers, seen from outside in \(looks) looks",
      "  matrix                                  \(megabytes(matrixByteCount))",
      "  shared memory, each page counted once   \(megabytes(shared))",
      "  own memory, all processes together      \(megabytes(own))",
      "  beside the matrix                       \(megabytes(beside))   target ≤ \(megabytes(Self.targetByteCount)): \(verdict)",
    ]
    for process in processes {
      lines.append(
        "  \(process.name): high-water mark \(megabytes(process.highWater)), of it shared \(megabytes(process.shared)), "
          + "anonymous \(megabytes(process.anonymous)), files \(megabytes(process.file))")
    }
    return lines.joined(separator: "\n")
  }
}
