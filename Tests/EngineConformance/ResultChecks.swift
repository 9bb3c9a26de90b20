// SPDX-License-Identifier: Apache-2.0
//
// The right bits: those of the engine in this process, which is the oracle.

import Glibc
import Weft

extension EngineCheck {
  public static let formulas = [
    "sin(i*j)*cos(i+j)", "1/(i+j+1)", "i > j ? exp(-i/50) : atan2(i, j+1)", "sum(k, 0, 9, (i-k)*(j+k))",
    // Symmetric and costly: one triangle is copied from the other, where that is possible.
    "exp(-abs(i-j)/50)*tanh(i+j+1)",
  ]

  /// Also run with other numbers of workers.
  public static let sameBits = EngineCheck("same bits as in this process") { mode, findings in
    let (here, there) = (try Engine(.inProcess), try Engine(mode))
    for formula in formulas {
      for (rows, columns) in [(100, 130), (1, 1000), (1000, 1), (3, 7), (300, 300)] {
        let expected = try await here.compute(formula, rows: rows, columns: columns)
        let found = try await there.compute(formula, rows: rows, columns: columns)
        findings.expect(found.identical(to: expected), "\(formula) \(rows)×\(columns) has other bits")
      }
    }
    await there.shutdown()
  }

  static let resultChecks = [
    sameBits,
    EngineCheck("chunks do not matter") { mode, findings in
      let engine = try Engine(mode)
      var job = Job(.formula(try Formula(formulas[0])), rows: 200, columns: 50)
      let expected = try await Engine(.inProcess).run(job)
      for chunkRows in [1, 2, 3, 5, 33, 1000] {
        job.chunkRows = chunkRows
        let found = try await engine.run(job)
        findings.expect(found.matrix.identical(to: expected.matrix), "other bits with chunks of \(chunkRows) rows")
        findings.expect(
          found.report.checksum == expected.report.checksum, "another checksum with chunks of \(chunkRows)")
        findings.expect(found.report.chunks == (200 + chunkRows - 1) / chunkRows, "\(found.report.chunks) chunks")
      }
    },
    EngineCheck("empty shapes are empty matrices") { mode, findings in
      let engine = try Engine(mode)
      for (rows, columns) in [(0, 5), (5, 0), (0, 0)] {
        let m = try await engine.compute("1/0", rows: rows, columns: columns)
        findings.expect(m.rows == rows && m.columns == columns && m.isEmpty, "\(rows)×\(columns) became \(m.shape)")
      }
    },
    EngineCheck("parameters, inputs and origin") { mode, findings in
      let engine = try Engine(mode)
      let points = Matrix(rows: 30, columns: 2) { i, j in Double(i * 3 + j) / 7 }
      for input in [points as any MatrixReadable, try SharedMatrix(points)] {
        let k = try await engine.compute(
          try Formula("exp(-a*abs(X[i,0]-X[j,1]))"), rows: 30, columns: 30, parameters: ["a": 0.1], inputs: ["X": input]
        )
        // Within 2 ulp of the platform's exp.
        let expected = exp(-0.1 * abs(points[4, 0] - points[7, 1]))
        findings.expect(abs(k[4, 7] - expected) <= 2 * expected.ulp, "\(k[4, 7]) instead of \(expected)")
      }
      var job = Job(.formula(try Formula("10*i + j")), rows: 3, columns: 3)
      job.origin = 1
      let m: SharedMatrix<Double> = try await engine.run(job).matrix
      findings.expect(m[0, 0] == 11 && m[2, 1] == 32, "the origin is not 1: \(m[0, 0]), \(m[2, 1])")
    },
    EngineCheck("a matrix of the engine is an input of its next") { mode, findings in
      let engine = try Engine(mode)
      let x = try await engine.compute("i+10*j", rows: 40, columns: 40)
      let y = try await engine.compute(try Formula("X[j,i]-X[i,j]"), rows: 40, columns: 40, inputs: ["X": x])
      findings.expect(y[3, 7] == 7 + 30 - 3 - 70, "\(y[3, 7])")
    },
    EngineCheck("float32 is the double rounded once") { mode, findings in
      let engine = try Engine(mode)
      let job = Job(.formula(try Formula("sin(i*j)/3")), rows: 57, columns: 91)
      let double = try await engine.run(job, as: Double.self).matrix
      let single = try await engine.run(job, as: Float.self).matrix
      for i in 0..<57 {
        for j in 0..<91 { findings.expect(single[i, j] == Float(double[i, j]), "[\(i), \(j)] is \(single[i, j])") }
      }
    },
    EngineCheck("the caller's own kernels") { mode, findings in
      let engine = try Engine(mode)
      let expected = try await Engine(.inProcess).compute(Checker.self, rows: 100, columns: 64)
      let c = try await engine.compute(Checker.self, rows: 100, columns: 64)
      findings.expect(c[3, 4] == 1 + 3.0 / 7 && c.identical(to: expected), "[3, 4] is \(c[3, 4])")
      let single = try await engine.run(Job(.kernel(Checker.self), rows: 10, columns: 64), as: Float.self).matrix
      findings.expect(single[3, 4] == Float(1 + 3.0 / 7), "[3, 4] is \(single[3, 4])")
    },
    EngineCheck("a report says what was done") { mode, findings in
      let (here, there) = (try Engine(.inProcess), try Engine(mode))
      for verification in Job.Verification.allCases {
        var job = Job(.formula(try Formula(formulas[2])), rows: 90, columns: 70)
        (job.verification, job.chunkRows) = (verification, 7)
        let expected = try await here.run(job).report
        let found = try await there.run(job).report
        findings.expect(found.checksum == expected.checksum, "\(verification): checksum")
        findings.expect(
          (found.checksum == nil) == (verification == .none), "\(verification): whether there is a checksum")
        findings.expect(
          found.elementsRecomputed == expected.elementsRecomputed, "\(verification): elements computed anew")
        findings.expect(
          found.chunks == 13 && found.retries == 0 && found.shape == expected.shape && found.bound == expected.bound,
          "\(verification): \(found)")
      }
    },
    EngineCheck("the same job again, and others that differ in one thing") { mode, findings in
      let engine = try Engine(mode)
      var job = Job(.formula(try Formula("a*i + j")), rows: 3, columns: 2)
      job.parameters = ["a": 2]
      var jobs = [(job, [0, 1, 2, 3, 4, 5] as [Double]), (job, [0, 1, 2, 3, 4, 5])]
      var another = job
      another.parameters = ["a": 3]
      jobs.append((another, [0, 1, 3, 4, 6, 7]))
      another = job
      another.origin = 1
      jobs.append((another, [3, 4, 5, 6, 7, 8]))
      another = job
      another.columns = 1
      jobs.append((another, [0, 2, 4]))
      another = job
      another.source = .formula(try Formula("a*i - j"))
      jobs.append((another, [0, -1, 2, 1, 4, 3]))
      jobs.append((job, [0, 1, 2, 3, 4, 5]))
      for (job, expected) in jobs {
        let matrix = try await engine.run(job, as: Double.self).matrix
        let found = (0..<matrix.rows).flatMap { i in (0..<matrix.columns).map { matrix[i, $0] } }
        findings.expect(found == expected, "\(found) instead of \(expected)")
      }
    },
  ]
}
