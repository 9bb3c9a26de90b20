// SPDX-License-Identifier: Apache-2.0
//
// The harness's command line, and the paths of all that it measures. Used by every section.

import Glibc
import Multiprocessing

/// Something that ends the harness: a wrong option, a program of ours that fails.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  var exitCode: Int32 = 70
}

struct BenchmarkOptions {
  /// Fewer rounds, and no Numba, whose compiler takes longer than everything else: to see that the harness works.
  var isQuick = false
  var jsonPath: String?
  /// Where the plot goes.
  var plotPath = ""
  var sections = Set<Section>()
  var weft = ""
  var limits = ""
  var peers = ""
  /// Where the measured programs write. On a disk, not a tmpfs: syncing is part of what is measured.
  var work = ""

  /// Workers, helper processes and threads of every resident contestant.
  static let residentWorkers = 2

  init(_ arguments: [String]) throws(BenchmarkError) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--quick" {
        isQuick = true
        continue
      }
      guard let value = rest.popFirst() else { throw .usage("\(name) needs a value") }
      switch name {
      case "--json": jsonPath = value
      case "--plot": plotPath = value
      case "--weft": weft = value
      case "--limits": limits = value
      case "--peers": peers = value
      case "--work": work = value
      case "--only":
        guard let section = Section(rawValue: value) else {
          throw .usage("--only takes \(Section.allCases.map(\.rawValue).joined(separator: ", ")); not \(value)")
        }
        sections.insert(section)
      default: throw .usage("there is no option \(name)")
      }
    }
    guard ![weft, limits, peers, work, plotPath].contains("") else {
      throw .usage("start it through run.sh, which gives --weft, --limits, --peers, --work and --plot")
    }
    if sections.isEmpty { sections = Set(Section.allCases) }
    guard unsafe access(weft, X_OK) == 0 else {
      throw BenchmarkError(description: "\(weft) is not there; build it first")
    }
    guard unsafe mkdir(work, 0o777) == 0 || errno == EEXIST else {
      throw BenchmarkError(description: "cannot create the folder \(work)")
    }
  }

  /// The interpreter with the Python peers in it, where peers/setup.sh has made one.
  var python: String? {
    let folder = environment("WEFT_PEERS") ?? (environment("HOME").map { $0 + "/.cache/weft-peers" })
    guard let path = folder.map({ $0 + "/venv/bin/python" }), isExecutable(path) else { return nil }
    return path
  }

  /// The same, where that module is in it.
  func python(with module: String) -> String? {
    let question = "import importlib.util, sys; sys.exit(importlib.util.find_spec('\(module)') is None)"
    guard let python, (try? Child([python, "-c", question]).wait()) != nil else { return nil }
    return python
  }

  static let pythonAbsence = "no Python peers (Benchmarks/peers/setup.sh installs them)"

  /// The C program of this name, if it could be built.
  func limit(_ name: String) -> String? {
    let path = limits + "/" + name
    return isExecutable(path) ? path : nil
  }
}

extension BenchmarkError {
  static func usage(_ text: String) -> BenchmarkError { BenchmarkError(description: text, exitCode: 64) }
}

func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}

/// To standard error: standard output is for the table.
func say(_ line: String) { StandardDescriptors.complain(line) }

func secondsNow() -> Double { Double(Deadline.now.nanoseconds) / 1e9 }
