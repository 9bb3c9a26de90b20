// SPDX-License-Identifier: Apache-2.0
//
// The OpenBLAS of the harness, and what other processes are told so that theirs is the same, kernels and threads included.

import Weft

struct BenchmarkBLAS {
  private let library: BLASLibrary?
  /// Why there is none.
  let absence: String?

  /// Opened now: the core type that Weft chooses is known only afterwards (COpenBLAS/core_type.c).
  init() {
    do throws(LinearAlgebraError) {
      library = try BLASLibrary.open()
      absence = nil
    } catch {
      library = nil
      absence = error.message
    }
  }

  /// For processes that load the same library. Its own choice is named too where Weft did not change it.
  var environment: [String: String] {
    guard let library else { return [:] }
    return threadEnvironment.merging(["OPENBLAS_CORETYPE": library.coreType]) { $1 }
  }

  /// For NumPy, which brings its own OpenBLAS and chooses its kernels itself.
  var threadEnvironment: [String: String] { library.map { ["OPENBLAS_NUM_THREADS": "\($0.threads)"] } ?? [:] }

  /// What raw_openblas has to find in its process.
  var identity: [String] { library.map { [$0.configuration, "\($0.threads)"] } ?? [] }

  /// For titles.
  var suffix: String { library.map { ", \($0.threads) thread\($0.threads == 1 ? "" : "s") (\($0.coreType))" } ?? "" }
}
