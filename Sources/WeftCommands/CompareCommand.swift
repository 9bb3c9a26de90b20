// SPDX-License-Identifier: Apache-2.0
//
// `weft compare`: whether two matrix files hold the same, and where they do not.

import ArgumentParser
import Weft

/// Two files are not equal: everything was said, only the exit code is left.
struct FilesDiffer: Error {}

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Say whether two matrix files hold the same numbers, and where they differ.",
    usage: "weft compare <a> <b> [--ulp <n> | --abs <x> | --rel <x>] [options]",
    discussion: """
      Exit code 0 where all elements are equal within the tolerance (without one: equal; 0 equals -0, NaN equals NaN), 1 where \
      they are not, or where the shapes differ. Formats may differ; float32 and float64 are compared as numbers. Files are read in \
      pieces and may be larger than memory. Places count from 0.

      Examples:
        weft compare a.npy b.npy
        weft compare a.npy b.csv --ulp 1
        weft compare a.npy b.npy --rel 1e-12 --show 3
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix files.", completion: .file())
  var files: [String]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Equal up to n steps from one number of the type to the next.", valueName: "n"))
  var ulp: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Equal up to |a - b| <= x.", valueName: "x"))
  var abs: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Equal up to |a - b| <= x times the larger of both.", valueName: "x"))
  var rel: String?

  @Option(help: ArgumentHelp("How many differing elements to show.", valueName: "n"))
  var show = 10

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print nothing: the exit code says it.")
  var quiet = false

  func validate() throws {
    guard files.count == 2 else { throw ValidationError("weft compare takes two files; \(files.count) given.") }
    guard show >= 0 else { throw ValidationError("--show is a whole number of at least 0, not \(show).") }
    _ = try tolerance()
  }

  private func tolerance() throws -> MatrixFileComparison.Tolerance {
    guard [ulp, abs, rel].compactMap(\.self).count <= 1 else {
      throw ValidationError("--ulp, --abs and --rel exclude each other; give one of them.")
    }
    if let ulp {
      guard let steps = UInt64(ulp) else {
        throw ValidationError("--ulp is a whole number of at least 0, not '\(ulp)'.")
      }
      return .ulp(steps)
    }
    for (name, text, make) in [
      ("abs", abs, MatrixFileComparison.Tolerance.absolute), ("rel", rel, MatrixFileComparison.Tolerance.relative),
    ] {
      guard let text else { continue }
      guard let value = Double(text), value >= 0, value.isFinite else {
        throw ValidationError("--\(name) is a number of at least 0, not '\(text)'.")
      }
      return make(value)
    }
    return .ulp(0)
  }

  func run() throws {
    let comparison = try MatrixFileComparison(files[0], files[1], within: tolerance(), limit: show)
    if json {
      try StandardOutput.write(comparison.json.rendered + "\n")
    } else if !quiet {
      try StandardOutput.write(comparison.text + "\n")
    }
    guard comparison.isEqual else { throw FilesDiffer() }
  }
}

extension MatrixFileComparison {
  /// Aligned lines, without a newline at the end.
  var text: String {
    var lines = [("first", Self.text(of: first)), ("second", Self.text(of: second))]
    guard hasSameShape else {
      return Summary.aligned(lines + [("equal", "no: the shapes differ, \(first.shape) and \(second.shape)")])
    }
    lines.append(("equal", verdict))
    if let largest, let largestByULP {
      lines.append(("largest", "\(largest.absolute), \(text(of: largest))"))
      lines.append(("in ulp", "\(ulps(largestByULP)), \(text(of: largestByULP))"))
    }
    for difference in differences {
      lines.append(("[\(difference.row), \(difference.column)]", "\(numbers(difference)), \(ulps(difference))"))
    }
    let left = differingCount - differences.count
    if left > 0, !differences.isEmpty { lines.append(("…", "and \(left) more")) }
    return Summary.aligned(lines)
  }

  private static func text(of info: MatrixFileInfo) -> String {
    "\(info.shape) \(info.elementType), \(TerminalText.printable(info.path)), \(info.format)"
  }

  private var verdict: String {
    let all = first.shape.count
    guard unequalCount > 0 else { return "yes, \(all == 1 ? "the one element is" : "all \(all) elements are")" }
    if isEqual { return "yes, within the tolerance; \(unequalCount) of \(all) elements are not the same number" }
    return "no: \(differingCount) of \(all) elements differ"
      + (differingCount < unequalCount ? " beyond the tolerance" : "")
  }

  private func text(of difference: Difference) -> String {
    "in row \(difference.row), column \(difference.column): \(numbers(difference))"
  }

  private func numbers(_ difference: Difference) -> String {
    "\(digits(difference.first)) and \(digits(difference.second))"
  }

  private func ulps(_ difference: Difference) -> String {
    difference.ulp == .max ? "one is not a number" : "\(difference.ulp) ulp"
  }

  /// With the digits of the type, where both have float32.
  private func digits(_ value: Double) -> String {
    first.elementType == .float32 && second.elementType == .float32 ? "\(Float(value))" : "\(value)"
  }

  var json: JSON {
    .object([
      ("equal", .bool(isEqual)), ("sameShape", .bool(hasSameShape)), ("first", Self.json(of: first)),
      ("second", Self.json(of: second)), ("elements", .integer(hasSameShape ? first.shape.count : 0)),
      ("unequal", .integer(unequalCount)), ("differing", .integer(differingCount)),
      ("largest", Self.json(of: largest)), ("largestByUlp", Self.json(of: largestByULP)),
      ("differences", .array(differences.map { Self.json(of: $0) })),
    ])
  }

  private static func json(of info: MatrixFileInfo) -> JSON {
    .object([
      ("path", .text(info.path)), ("rows", .integer(info.shape.rows)), ("columns", .integer(info.shape.columns)),
      ("dtype", .text(info.elementType.rawValue)), ("format", .text(info.format.rawValue)),
    ])
  }

  private static func json(of difference: Difference?) -> JSON {
    guard let difference else { return .null }
    return .object([
      ("row", .integer(difference.row)), ("column", .integer(difference.column)),
      ("first", .number(difference.first)), ("second", .number(difference.second)),
      ("absolute", .number(difference.absolute)),
      ("ulp", difference.ulp == .max ? .null : .decimal("\(difference.ulp)")),
    ])
  }
}
