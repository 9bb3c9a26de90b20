// SPDX-License-Identifier: Apache-2.0
//
// Speed against size, for the plot: the headline formula and memset, from matrices that fit a core's own cache to those that
// fit none.

import Weft

struct PlotContests {
  /// Each has twice the elements of the one before.
  static let sizes = [250, 354, 500, 707, 1000, 1414, 2000, 2828, 4000, 5657, 8000, 11314, 16000]

  private let options: BenchmarkOptions
  private let ours: OwnEngine
  private let memset: Resident

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    self.options = options
    ours = try OwnEngine()
    memset = .memset(options)
  }

  /// One for each size.
  var all: [Contest] {
    PlotContests.sizes.map { size in
      // A turn of about as many elements for each.
      let repeats = max(1, min(20, 16_000_000 / (size * size)))
      return Contest(
        title: "\(Case.headline.formula), \(size)², for the plot", rounds: options.isQuick ? 3 : 9,
        runsPerTurn: repeats,
        contestants: [memset.contestant("memset", size, .limit), ours.contestant(Case.headline.formula, size)]
      ).seated(byteCountEach: size * size * 8)
    }
  }

  /// The speed of one side at each size, by the median; nil where it was not measured.
  ///
  /// - Parameter results: of `all`, in order.
  private static func speeds(_ role: Role, _ results: [ContestResult]) -> [Double?] {
    zip(sizes, results).map { size, result in
      result.entries.first { $0.contestant.role == role }?.median.map { Double(size * size * 8) / $0 / 1e9 }
    }
  }

  /// For people: GB/s of both, and what share of memset's speed ours is.
  static func table(_ results: [ContestResult]) -> String {
    var lines = [
      Report.line("\(Case.headline.formula), by size: GB/s of the matrix", "memset", "Weft", "share of memset")
    ]
    let (limit, own) = (speeds(.limit, results), speeds(.ours, results))
    for (index, size) in sizes.enumerated() {
      let speeds = [limit[index], own[index]].map { $0.map(Report.short) ?? "-" }
      let share = limit[index].flatMap { limit in own[index].map { Report.short($0 / limit) } } ?? ""
      let absence = results[index].entries.first { $0.absence != nil }
        .map { "skipped: \($0.contestant.name): \($0.absence ?? "")" }
      lines.append(Report.line("  \(size)²", speeds[0], speeds[1], share, absence ?? ""))
    }
    return lines.joined(separator: "\n")
  }

  /// Writes nothing where nothing was measured.
  static func writePlot(
    _ results: [ContestResult], _ machine: MachineDescription, to path: String
  ) throws(BenchmarkError) {
    guard let svg = plot(results, machine).svg else { return say("no plot: nothing was measured") }
    try writeFile(svg, to: path)
    say("the plot is in \(path)")
  }

  private static func plot(_ results: [ContestResult], _ machine: MachineDescription) -> SpeedPlot {
    func points(_ role: Role) -> [SpeedPlot.Point] {
      zip(sizes, speeds(role, results)).compactMap { size, speed in
        speed.map { SpeedPlot.Point(size: size, speed: $0) }
      }
    }
    let workers = BenchmarkOptions.residentWorkers
    return SpeedPlot(
      title: "\(Case.headline.formula), \(workers) workers, into the same memory again",
      subtitle: "\(machine.processor), \(machine.cpus.count) CPUs, \(machine.system); medians",
      lines: [
        SpeedPlot.Line(label: "memset", color: "#d9731a", points: points(.limit)),
        SpeedPlot.Line(label: "Weft", color: "#3b82f6", points: points(.ours)),
      ])
  }
}
