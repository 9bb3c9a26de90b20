// SPDX-License-Identifier: Apache-2.0
//
// Whose memory a matrix is: used again where that is asked for, never changed under somebody's feet, given back.

import Glibc
import Weft

extension EngineCheck {
  private static func address(_ m: SharedMatrix<Double>) -> Int {
    unsafe m.elements.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
  }

  static let memoryChecks = [
    EngineCheck("into uses the same memory unless it is shared") { mode, findings in
      let engine = try Engine(mode)
      var m = try await engine.compute("i", rows: 20, columns: 20)
      let before = address(m)
      try await engine.compute("i+j", into: &m)
      findings.expect(m[3, 4] == 7, "\(m[3, 4]) instead of 7")
      findings.expect(address(m) == before, "other memory")
      let copy = m
      try await engine.compute("i-j", into: &m)
      findings.expect(m[3, 4] == -1, "\(m[3, 4]) instead of -1")
      findings.expect(copy[3, 4] == 7, "the copy became \(copy[3, 4])")
    },
    EngineCheck("into gives the job's shape") { mode, findings in
      let engine = try Engine(mode)
      var m = try await engine.compute("i", rows: 20, columns: 20)
      var job = Job(.formula(try Formula("i+100*j")), rows: 7, columns: 9)
      var report = try await engine.run(job, into: &m)
      findings.expect(m.rows == 7 && m.columns == 9 && m[6, 8] == 806 && report.shape == m.shape, "\(m.shape)")
      (job.rows, job.columns) = (300, 200)
      report = try await engine.run(job, into: &m)
      findings.expect(m.rows == 300 && m[299, 199] == 20_199 && report.shape == m.shape, "\(m.shape)")
      var own = try SharedMatrix<Double>(shape: Shape(rows: 300, columns: 200))
      try await engine.compute("i+100*j", into: &own)
      findings.expect(own.identical(to: m), "a matrix of another origin")
    },
    EngineCheck("a matrix is a value") { mode, findings in
      let engine = try Engine(mode)
      var m = try await engine.compute("i+j", rows: 30, columns: 30)
      let copy = m
      m[0, 0] = Double(getpid())
      m[29, 29] = -1
      // All ranks are past their changes once they have come to the end of another job.
      _ = try await engine.compute("i", rows: 3, columns: 3)
      findings.expect(m[0, 0] == Double(getpid()) && m[29, 29] == -1 && m[1, 0] == 1, "the change is lost: \(m[0, 0])")
      findings.expect(copy[0, 0] == 0 && copy[29, 29] == 58, "the copy changed: \(copy[0, 0])")
      var alone = try await engine.compute("i+j", rows: 30, columns: 30)
      alone[0, 0] = Double(getpid())
      _ = try await engine.compute("i", rows: 3, columns: 3)
      findings.expect(
        alone[0, 0] == Double(getpid()) && alone[29, 29] == 58, "another process changed it: \(alone[0, 0])")
      // Changed by this process, it is this process's: computed into again, it is right again everywhere.
      try await engine.compute("i-j", into: &alone)
      findings.expect(alone[0, 0] == 0 && alone[29, 0] == 29, "\(alone[0, 0])")
    },
    EngineCheck("matrices outlive their engine") { mode, findings in
      var m: SharedMatrix<Double>?
      do {
        let engine = try Engine(mode)
        m = try await engine.compute("i*j", rows: 50, columns: 50)
        await engine.shutdown()
      }
      findings.expect(m?[7, 8] == 56, "\(m?[7, 8] ?? -1)")
    },
    EngineCheck("several engines, one after the other and in turns") { mode, findings in
      let (a, b) = (try Engine(mode), try Engine(mode))
      for k in 0..<5 {
        let (x, y) = (
          try await a.compute("i+\(k)", rows: 9, columns: 9), try await b.compute("j-\(k)", rows: 9, columns: 9)
        )
        findings.expect(x[2, 3] == Double(2 + k) && y[2, 3] == Double(3 - k), "round \(k)")
      }
      await a.shutdown()
      await b.shutdown()
    },
    // A descriptor lost by each of 200 jobs would be 200 more; other suites, running beside this one, have a few open.
    EngineCheck("jobs lose no descriptors") { mode, findings in
      func count() -> Int { (0..<1024).count { fcntl($0, F_GETFD) != -1 } }
      let engine = try Engine(mode)
      _ = try await engine.compute("i", rows: 10, columns: 10)
      let before = count()
      for k in 0..<200 { _ = try await engine.compute("i+\(k)", rows: 10 + k, columns: 10) }
      findings.expect(count() < before + 100, "\(count()) descriptors are open, \(before) were before")
    },
  ]
}
