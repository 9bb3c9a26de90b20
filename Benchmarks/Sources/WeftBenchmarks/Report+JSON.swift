// SPDX-License-Identifier: Apache-2.0
//
// The same for programs: `--json FILE`. Every sample is in it, so that other statistics can be made of a run.

extension Report {
  /// One object, one contestant a line.
  var json: String {
    let contests = (results + speeds).map { result in
      let entries = result.entries.map { "      " + Report.json(of: $0, in: result) }
      let rate = result.rate.map { ", \"perRun\": \($0.amount), \"unit\": \(quoted($0.unit))" } ?? ""
      let list = "[\n\(entries.joined(separator: ",\n"))\n    ]"
      return "    {\"title\": \(quoted(result.title))\(rate), \"entries\": \(list)}"
    }
    var parts = [
      "  \"machine\": \(machine.json)", "  \"contests\": [\n\(contests.joined(separator: ",\n"))\n  ]",
    ]
    if let memory { parts.append("  \"memory\": \(memory.json)") }
    return "{\n\(parts.joined(separator: ",\n"))\n}\n"
  }

  private static func json(of entry: ContestResult.Entry, in result: ContestResult) -> String {
    object([
      ("name", quoted(entry.contestant.name)), ("role", quoted(entry.contestant.role.rawValue)),
      ("skipped", entry.absence.map(quoted)), ("minimum", number(entry.minimum)), ("median", number(entry.median)),
      ("ratioOfMedians", number(result.ratioOfMedians(entry))), ("ratioOfMinima", number(result.ratioOfMinima(entry))),
      ("aims", "[" + entry.contestant.aims.map { json(of: $0, entry, in: result) }.joined(separator: ", ") + "]"),
      ("seconds", "[" + entry.samples.map { "\($0)" }.joined(separator: ", ") + "]"),
    ])
  }

  private static func json(of aim: Aim, _ entry: ContestResult.Entry, in result: ContestResult) -> String {
    let value = aim.value(entry, in: result)
    return object([
      ("aim", quoted(aim.text)), ("value", number(value)), ("isMet", value.map { "\(aim.isMet(by: $0))" }),
    ])
  }
}

extension MachineDescription {
  fileprivate var json: String {
    object([
      ("processor", quoted(processor)), ("cpus", "\(cpus.count)"), ("cpusReason", quoted(cpus.reason)),
      ("kernels", quoted(kernels)), ("rivalKernels", rivalKernels.map(quoted)), ("system", quoted(system)),
      ("fileSystem", quoted(fileSystem)), ("load", load), ("secondsSince1970", "\(seconds)"),
    ])
  }
}

extension MemoryMeasurement {
  fileprivate var json: String {
    let list = processes.map {
      object([
        ("name", quoted($0.name)), ("highWater", "\($0.highWater)"), ("anonymous", "\($0.anonymous)"),
        ("file", "\($0.file)"), ("shared", "\($0.shared)"),
      ])
    }
    return object([
      ("matrix", "\(matrixByteCount)"), ("shared", "\(shared)"), ("own", "\(own)"), ("beside", "\(beside)"),
      ("target", "\(Self.targetByteCount)"), ("looks", "\(looks)"), ("processes", "[\(list.joined(separator: ", "))]"),
    ])
  }
}

/// Values are JSON already; nil is null.
private func object(_ members: [(String, String?)]) -> String {
  "{" + members.map { "\(quoted($0.0)): \($0.1 ?? "null")" }.joined(separator: ", ") + "}"
}

private func number(_ value: Double?) -> String? { value.map { "\($0)" } }

private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case _ where scalar.value < 32:
      result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
