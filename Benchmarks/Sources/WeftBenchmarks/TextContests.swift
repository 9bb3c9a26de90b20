// SPDX-License-Identifier: Apache-2.0
//
// A matrix as text and back, beside the libraries that do it fastest in Python, and as .npy beside NumPy: both in
// memory files, so that formatting is measured and not a disk.

import Weft

struct TextContests {
  private static let size = 3000
  /// Times the speed of polars, at least.
  private static let (writing, reading) = (5.0, 4.0)

  private let options: BenchmarkOptions
  private let ours: OwnText

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    self.options = options
    ours = try OwnText(size: Self.size)
  }

  var all: [Contest] { FileTask.allCases.map(contest) }

  private func contest(_ task: FileTask) -> Contest {
    let agreement = Agreement()
    var peers: [Contestant] = []
    for library in task.peers {
      let peer = Resident.library(library, options, "text.py", folder: ours.folder)
      var contestant = peer.contestant(task.verb, Self.size, .peer, agreement)
      contestant.name = "\(library), \(task.verb)"
      // Seconds a run: a few tell enough.
      if library != "polars", library != "numpy" { contestant.roundLimit = options.isQuick ? 1 : 2 }
      peers.append(contestant)
    }
    let factor = task.verb == "write" ? Self.writing : Self.reading
    let aims = task.isText ? [Aim.speed(factor, of: "polars, \(task.verb)", called: "polars'")] : []
    let byteCount = Self.size * Self.size * 8
    var contest = Contest(
      title: "\(task.title), \(Self.size)²", rounds: options.isQuick ? 2 : 7, runsPerTurn: task.isText ? 1 : 3,
      contestants: [ours.contestant(task, agreement, aims: aims)] + peers
    ).seated(byteCountEach: 4 * byteCount)
    contest.rate = Rate(amount: Double(byteCount), unit: "GB/s")
    return contest
  }
}

/// What is done with a file, and who does it too.
enum FileTask: String, CaseIterable {
  case writeCSV, readCSV, writeNPY, readNPY

  var title: String {
    switch self {
    case .writeCSV: "matrix to .csv, shortest digits"
    case .readCSV: "matrix from .csv"
    case .writeNPY: "matrix to .npy"
    case .readNPY: "matrix from .npy"
    }
  }

  /// For peers/text.py.
  var verb: String { self == .writeCSV || self == .writeNPY ? "write" : "read" }
  var isText: Bool { self == .writeCSV || self == .readCSV }
  /// Not pandas for writing: 10 s and more, and nothing to learn from it.
  var peers: [String] {
    switch self {
    case .writeCSV: ["polars", "pyarrow"]
    case .readCSV: ["polars", "pyarrow", "pandas"]
    case .writeNPY, .readNPY: ["numpy"]
    }
  }
}

extension Resident {
  /// A Python library of that name.
  fileprivate static func library(
    _ name: String, _ options: BenchmarkOptions, _ script: String, folder: String
  ) -> Resident {
    Resident(
      name, options.python(with: name), [options.peers + "/" + script, name, folder],
      ["POLARS_MAX_THREADS": "\(BenchmarkOptions.residentWorkers)"],
      orElse: options.python == nil
        ? BenchmarkOptions.pythonAbsence : "no \(name) (Benchmarks/peers/setup.sh installs it)")
  }
}
