// SPDX-License-Identifier: Apache-2.0
//
// The root of all end-to-end suites, and what they expect in common. Everything runs one after the other: most tests
// measure time, count processes or look for leftovers. Run a long form with WEFT_LONG=1.

import Glibc
import Testing

/// The real program, as real processes. Program under test: `Binary.path`.
@Suite(.serialized) struct EndToEnd {
  @Test func theProgramIsThere() {
    #expect(Binary.isThere, "\(Binary.path): build it with make build, or name it in WEFT_BINARY")
  }
}

let headline = "sin(i*j)*cos(i+j)"

/// A file in a folder, and what weft said about it.
struct Golden {
  var bytes: [UInt8]
  var checksum: String

  /// Computes without workers: the oracle of every other way. With them where it would take too long.
  init(_ arguments: [String], engine: [String] = ["--in-process"]) throws {
    let folder = ScratchFolder()
    var command = Command.weft(["compute"] + arguments + engine + ["--json", "--output", "golden.npy"], in: folder)
    command.limit = 600
    let run = try command.run()
    try #require(run.code == 0, "\(run.summary)")
    bytes = try #require(folder.bytes("golden.npy"))
    checksum = try #require(try JSONValue(parsing: run.text)["checksum"]?.text)
  }
}

/// A run that takes long without burning CPU time: every worker sleeps in the middle of each chunk.
enum SlowRun {
  static let shape = ["i*1000+j", "--rows", "100", "--columns", "50"]
  static let arguments = ["compute"] + shape + ["--chunk-rows", "1", "--workers", "4"]

  /// The environment that makes it take about `seconds`.
  static func environment(seconds: Double) -> [String: String] {
    ["WEFT_FAULT": "worker.chunk.mid:*:sleep=\(seconds * 4 / 100)"]
  }

  static func golden() throws -> Golden { try Golden(shape) }

  static func command(
    seconds: Double, _ more: [String], in folder: ScratchFolder, environment: [String: String] = [:]
  ) -> Command {
    .weft(arguments + more, in: folder, environment: environment.merging(self.environment(seconds: seconds)) { $1 })
  }
}

/// A formula that keeps CPUs busy, measured on this machine with this program.
enum BusyFormula {
  static let formula = "sum(k, 1, 1000, sin(k*i*j))"
  static let columns = 16

  /// How many rows take about `seconds` in one process.
  static func rows(seconds: Double) -> Int { max(10, Int(Double(rowsPerSecond) * seconds)) }

  private static let rowsPerSecond: Int = {
    let command = Command.weft([
      "compute", formula, "--rows", "500", "--columns", "\(columns)", "--in-process", "--json",
    ])
    guard let run = try? command.run(), let json = try? JSONValue(parsing: run.text),
      case .object? = json["seconds"], let seconds = json["seconds"]?["compute"]?.number, seconds > 0
    else { return 1000 }
    return Int(500 / seconds)
  }()
}

/// Expects that a run ended in time and left nothing: no process, no name in /dev/shm, no half-written file.
func expectClean(
  _ run: Run, _ folder: ScratchFolder? = nil, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!run.isHung, "\(what): \(run.summary)", sourceLocation: sourceLocation)
  #expect(run.leftovers.isEmpty, "\(what): \(run.summary)", sourceLocation: sourceLocation)
  #expect(SharedMemoryNames.ours.isEmpty, "\(what)", sourceLocation: sourceLocation)
  let litter = folder?.names.filter { $0.hasSuffix(".weft-tmp") } ?? []
  #expect(litter.isEmpty, "\(what)", sourceLocation: sourceLocation)
}

/// Expects exit code 0, these bytes in the file, and nothing left behind.
func expectGolden(
  _ run: Run, _ folder: ScratchFolder, _ name: String = "m.npy", is golden: Golden, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(run.code == 0, "\(what): \(run.summary)", sourceLocation: sourceLocation)
  let isSame = folder.bytes(name) == golden.bytes
  #expect(isSame, "\(what): other bytes in \(name)", sourceLocation: sourceLocation)
  expectClean(run, folder, what, sourceLocation: sourceLocation)
}

/// Expects this exit code, and one sentence on standard error that has all of `words` in it.
func expectRefusal(
  _ run: Run, code: Int32, _ words: [String] = [], _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(run.code == code, "\(what): \(run.summary)", sourceLocation: sourceLocation)
  #expect(isOneComplaint(run.errors), "\(what): \(run.summary)", sourceLocation: sourceLocation)
  for word in words {
    #expect(
      run.errors.contains(word), "\(what): no \"\(word)\" in: \(run.errors.prefix(600))", sourceLocation: sourceLocation
    )
  }
  #expect(run.output.isEmpty, "\(what)", sourceLocation: sourceLocation)
}

/// "weft: …" on one line; below it, indented, the formula and its caret, or the argument parser's usage.
func isOneComplaint(_ errors: String) -> Bool {
  let lines = errors.split(separator: "\n", omittingEmptySubsequences: false)
  guard let first = lines.first, first.hasPrefix("weft: "), first.count > 20, lines.last == "" else { return false }
  return lines.dropFirst().dropLast().allSatisfy { line in
    ["  ", "Usage: ", "Help: "].contains { line.hasPrefix($0) }
  }
}
