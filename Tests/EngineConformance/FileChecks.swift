// SPDX-License-Identifier: Apache-2.0
//
// Runs into a file: the bytes of a matrix that was computed in memory and written.

import Glibc
import Weft

extension EngineCheck {
  /// A name that all ranks of a job know, on whatever machine, and no other test has.
  private static func path(_ name: String, _ mode: EngineMode) -> String {
    let job = unsafe getenv("PMIX_NAMESPACE").map { unsafe String(cString: $0) } ?? "\(getpid())"
    return "/tmp/weft-conformance-\(name)-\(job)-\(suffix(mode)).npy"
  }

  private static func suffix(_ mode: EngineMode) -> String {
    switch mode {
    case .inProcess: "here"
    case .workers(let count): "workers\(count ?? 0)"
    case .ranks: "ranks"
    }
  }

  private static func remove(_ path: String) {
    for name in [path, path + ".unfinished", path + ".ledger"] { unsafe unlink(name) }
  }

  static let fileChecks = [
    EngineCheck("a matrix in a file") { mode, findings in
      let engine = try Engine(mode)
      let path = path("run", mode)
      var job = Job(.formula(try Formula("sin(i*j)/(j+1)")), rows: 300, columns: 70)
      job.chunkRows = 16
      let expected = try await Engine(.inProcess).run(job)
      var options = FileRunOptions()
      options.write = WriteOptions(overwrite: true, sync: false)
      let (written, report) = try await engine.run(job, to: path, options: options)
      findings.expect(written.path == path && written.byteCount == 128 + 300 * 70 * 8, "\(written)")
      findings.expect(report.checksum == expected.report.checksum && report.chunks == 19, "\(report)")
      let read = try Matrix<Double>(contentsOf: path)
      findings.expect(read.identical(to: expected.matrix), "other bits")
      // Nobody removes it before all have read it.
      _ = try await engine.compute("i", rows: 1, columns: 1)
      remove(path)
    },
    EngineCheck("a refused file is an error") { mode, findings in
      let engine = try Engine(mode)
      let path = path("refused", mode)
      let job = Job(.formula(try Formula("1/(i-290)")), rows: 300, columns: 70)
      let error = await findings.expectError(.nonfinite) { _ = try await engine.run(job, to: path) }
      findings.expect(error?.message.contains("not finite") == true, "\(error?.message ?? "")")
      findings.expect(unsafe access(path, F_OK) != 0, "\(path) is there")
      _ = await findings.expectThrown(FileError.self) { _ = try await engine.run(job, to: "/nowhere/m.npy") }
      _ = await findings.expectThrown(EngineError.self) { _ = try await engine.run(job, to: path + ".csv") }
      findings.expect(try await engine.compute("j", rows: 3, columns: 3)[0, 2] == 2, "afterwards")
      remove(path)
    },
  ]
}
