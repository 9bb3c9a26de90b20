// SPDX-License-Identifier: Apache-2.0
//
// The parts of a run of the harness, each of which `--only` can choose.

/// What is measured; in the order of the table.
enum Section: String, CaseIterable {
  case cold, resident, fresh, general, kernels, linalg, reductions, text, pictures, scaling, processes, memory, plot

  /// The contests of a section, in the order of the table; none for memory, which is no contest.
  func contests(_ options: BenchmarkOptions) throws(BenchmarkError) -> [Contest] {
    switch self {
    case .cold: ColdContests(options).all
    case .resident: try ResidentContests(options).headline
    case .fresh: try FreshContests(options).all
    case .general: try ResidentContests(options).general
    case .kernels: try KernelContests(options).all
    case .linalg: try LinearAlgebraContests(options).all
    case .reductions: ReductionContests(options).all
    case .text: try TextContests(options).all
    case .pictures: PictureContests(options).all
    case .scaling: try ScalingContests(options).all
    case .processes: try ProcessContests(options).contests
    case .memory: []
    case .plot: try PlotContests(options).all
    }
  }
}
